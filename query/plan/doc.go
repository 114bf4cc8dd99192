// Package plan has the words of a plan: operators, the references and subqueries that
// stand in their expressions beside those of query/expr, the relations that they read,
// what running them asks of the session, and what it took.
//
// It says what a plan means, and neither how one is made (query/analyze), improved
// (query/optimize) or shared with other nodes (query/fragment), nor how one is run
// (query/exec) or shown (query/explain).
package plan
