// Package projsql is a node of projsql as a Go library: an event log on disk and the
// projections that are folded from it, each read under a stated freshness.
//
// It is where the rooms of the module meet: Open puts them together, Close takes them
// apart. The program in cmd/projsql is one of its callers.
package projsql
