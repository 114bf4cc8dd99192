// Package appends has what a transaction appends before it commits: drafts made of rows of
// values, the events that they will be over the log at the transaction's cut, and the log as
// the transaction itself reads it, with these events in it.
//
// It knows neither sessions nor plans that run; nothing in it is safe for concurrent use.
package appends
