// Package engine answers reads of projections: it decides how (decide), takes a
// state from a slot, from the external cache or from a replay of the log, and puts
// what it made back.
//
// A state, its generation, its watermark and its HLC always come from one cut and
// travel together. No cache can change an answer or fail a read: rows and slots are
// used only where the entity's head, read from the log, proves them right. A log
// read that fails does fail the read.
//
// It knows nothing of SQL, Raft or the network.
package engine
