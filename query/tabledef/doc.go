// Package tabledef makes the definitions of temporary tables: the shape that CREATE TABLE's
// columns and constraints say, as PostgreSQL's parse analysis does, and the rules of a shape, which
// compute and judge the rows that come.
//
// It knows expressions and types. What a session has (its tables, its functions) is handed
// in; nothing is changed here. Builders are for one goroutine.
package tabledef
