// Package structs maps the fields of Go structs onto the columns of relations, both
// ways and without loss.
//
// It knows types and values: neither expressions nor projections.
package structs
