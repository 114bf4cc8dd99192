// Package temptable keeps the temporary tables of one session, in its memory.
//
// Rows of a table are a Version, immutable once it is published: a statement reads
// the version that stood when it began, whatever it writes meanwhile. Transactions
// and savepoints go back by a mark in a journal of what stood before.
//
// It knows nothing of SQL text, plans or the log. Nothing of it is safe for
// concurrent use but Versions.
package temptable
