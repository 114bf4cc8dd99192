// Package analyze is PostgreSQL's parse analysis: it turns the syntax tree of a SELECT,
// INSERT, UPDATE or DELETE into a plan with PostgreSQL 15's meaning. Names are found in
// their scopes, expressions bound to functions and types, clauses checked in PostgreSQL's
// order, which decides the error that is told.
//
// The plan is finished by query/optimize. The package knows neither sessions, whose
// relations are handed in, nor how a plan runs.
package analyze
