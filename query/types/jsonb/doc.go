// Package jsonb holds PostgreSQL's jsonb values as compact immutable strings that
// are read in place: a key lookup is a binary search in the encoding.
//
// It knows JSON only: neither SQL types nor Datums. A document is a string: a
// version byte, then one value. Every function here accepts any bytes as a
// document without a panic; what is not valid reads as null or absent, and
// Validate tells.
package jsonb
