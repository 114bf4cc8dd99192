// Package fold compiles CREATE PROJECTION into a definition that the engine folds:
// clauses become closures over the state's columns and the event's.
//
// Everything in a fold is fixed: it evaluates in UTC with ISO dates, whatever the
// session that created it, and refuses functions that could answer differently next
// time. It knows nothing of logs, caches or the catalog.
package fold
