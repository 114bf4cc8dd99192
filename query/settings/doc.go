// Package settings holds the run-time parameters of a session: the names, types
// and bounds of PostgreSQL 15's, our own, their values, and what becomes of them
// when a transaction or savepoint is rolled back.
//
// It knows nothing of statements: what a value does, its reader decides.
package settings
