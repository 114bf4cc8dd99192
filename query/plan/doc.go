// Package plan turns the syntax tree of a SELECT into a typed plan with
// PostgreSQL 15's meaning: names resolved, expressions bound, predicates pushed
// into the log index and the projection scans, single-entity reads recognised.
//
// It knows nothing of the wire, the cluster or how a plan runs (query/exec does).
package plan
