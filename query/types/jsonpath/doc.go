// Package jsonpath reads and writes PostgreSQL's SQL/JSON path expressions. It knows
// their grammar, not what they find.
package jsonpath
