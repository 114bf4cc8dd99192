// Package copydata reads and writes the data of COPY: rows in PostgreSQL's text, CSV and binary
// formats, and the options that say which.
//
// It knows values and columns, and neither sessions nor where rows come from or go.
package copydata
