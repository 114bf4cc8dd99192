// Package warm keeps the external cache's rows in step with the log, ahead of whoever
// reads them. One goroutine follows the log behind the applied position, folds on the
// rows of entities that changed, and makes the rows of new definitions; a mark beside
// the rows tells how far it is, so that it goes on there after a restart.
//
// It takes a share of one processor and pauses between short stretches of work. No
// answer depends on it: rows are used only where the log's head proves them right.
//
// It knows nothing of SQL, Raft or the network.
package warm
