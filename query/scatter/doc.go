// Package scatter shares the scans of a statement: with other nodes, which run fragments of them over the entities that
// they own, and with workers, goroutines of this node that read a range each. What an owner does not give, this node reads
// itself, behind the rows that it has had; wherever it came from, the answer is the same.
//
// It knows fragments, cuts and shares, and decides who reads what. It knows neither sessions nor transactions: a Statement
// says of them what the decision depends on. How a fragment is made is query/fragment's, how strands become one,
// query/exec's.
package scatter
