// Package exec runs plans: pull operators over batches of rows, with the memory
// of a statement accounted.
//
// It reads through a Source and knows nothing of freshness, the cluster or the
// wire.
package exec
