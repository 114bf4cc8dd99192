// Package textsearch is PostgreSQL's full text search over its own values: documents
// (tsvector), queries (tsquery), the default parser, the dictionaries simple and
// Snowball's, and the configurations that PostgreSQL comes with.
//
// A value is kept in PostgreSQL's binary format, which has one form for each value;
// DecodeVector and DecodeQuery take it apart. Everything here is a pure function and may
// be called concurrently.
//
// The parser is written from what PostgreSQL's manual says of the kinds of tokens, and from what a running
// PostgreSQL answers to texts of all kinds; ranks and headlines choose and count as PostgreSQL's do.
//
// It knows nothing of SQL types, settings or catalogs.
package textsearch
