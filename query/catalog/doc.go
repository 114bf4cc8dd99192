// Package catalog gives the relations that describe projsql itself: the schema
// projsql, and later pg_catalog and information_schema.
//
// It knows nothing of the wire or of how plans run: rows are made from what a
// Session tells.
package catalog
