// Package expr binds PostgreSQL's expressions to types and evaluates them.
//
// A Binder takes nodes of PostgreSQL's own grammar and gives typed expressions:
// overloads, implicit casts, unknown literals and parameters are resolved by
// PostgreSQL's documented rules (chapter 10) over PostgreSQL 15's own catalog
// rows (package pgdata). Compile turns an expression into closures.
//
// What PostgreSQL has and projsql has not is refused with 0A000 and its place.
// The package knows nothing of plans, relations or the cluster: columns come
// through a Scope, subqueries, aggregates and window calls through hooks.
package expr
