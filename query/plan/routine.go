package plan

import "github.com/projsql/projsql/query/expr"

// Routine runs the calls of a function in SQL, and tells what its statements do.
type Routine interface {
	expr.Routine
	// Touches reports whether they read or change a relation.
	Touches(r *Relation) bool
	// Reads and Changes report whether they read or change any, Appends whether they append events.
	Reads() bool
	Changes() bool
	Appends() bool
}
