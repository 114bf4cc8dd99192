// Package spill keeps rows on disk that do not fit into a statement's memory.
//
// A Dir is the node's directory of temporary files, with a bound on their size. A Space
// is one statement's part of it, a File has one or more Tapes: rows that are written
// once, one after the other, and then read, from the beginning or from a row on. A List
// is rows of which the first are in memory.
//
// It knows the types of values, and nothing of plans, operators and sessions: when
// something is spilled is its users' business. Files have no name from the moment they are
// opened, so nothing is left of them however the process ends.
package spill
