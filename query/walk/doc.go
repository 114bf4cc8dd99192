// Package walk finds reads of one entity after the other that go through a projection's entities in byte order, and has
// states made ahead of them, a stretch at a time (ADR 22).
//
// It knows what was read, how each read was answered, and what Reader has made. It knows neither sessions nor statements,
// and no answer depends on it. A hit that is no walk's costs no allocation.
package walk
