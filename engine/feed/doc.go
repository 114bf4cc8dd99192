// Package feed tells subscribers which states change, by reading the log as it
// grows.
//
// Nobody calls it when an event is appended: one goroutine follows the position
// that the node has applied and reads what lies between, so it misses nothing and
// costs an append nothing. While nobody listens it reads nothing. What a slow
// subscriber has not taken is kept once an entity, with the newest generation, and
// in bounded memory: beyond a limit a channel tells to read everything anew.
//
// It knows nothing of SQL or connections.
package feed
