// Package deparse writes queries as PostgreSQL's ruleutils show those of views and of functions' bodies: every name and
// literal written out, each clause on a line of its own.
//
// It knows syntax trees, what parse analysis made of them (analyze.Trace), and how expressions are written. What names mean
// where the text is read it asks of Names. It knows no session, no catalog of definitions and no view's freshness. What
// it cannot write as PostgreSQL does it does not write at all. Its functions may be called concurrently.
package deparse
