// Package storage keeps the log of one database in Pebble and advances it only
// by Apply, from committed Raft entries. It knows nothing of the time of day, of
// Raft's protocol, or of who reads.
//
// # Keys
//
// Every key begins with the number of its database (2 bytes) and a table:
//
//	e entity 00 version   a block: the bodies from this version on; a replay is one
//	                      sequential scan of few keys
//	h entity              the head: generation and the last event of each kind
//	s sequence            a run: where the events from this sequence on are
//	t hlc                 the run whose first event has this stamp
//	i event id            where the event is, to find duplicates
//	k kind number         a kind's name; bodies and heads hold the number
//	c name                a catalog record
//	m                     the applied index, the frontier, the lineage
//
// Numbers are big-endian, so that keys order as numbers do. Entities hold no
// zero byte, so that 00 ends one and orders before its extensions.
//
// Apply stamps the events of one command max(proposed, last+1), so their stamps
// are consecutive as their sequences are. A run (at most runEventsMax events of
// one command) therefore names its first stamp only: the index of sequences and
// the index of stamps cost a key a run each, not two keys an event.
//
// # Cuts
//
// Events never change and carry their sequence, so a cut is a sequence: a reader
// leaves out what lies behind it. Heads do change; one that has moved beyond the
// cut is derived from the events.
//
// # Durability
//
// Pebble writes no log of its own (DisableWAL): Raft's log is the log. One call of
// Apply is one batch with the applied index in it, so that after a crash the store
// holds a prefix of the entries and Raft applies the rest again. Raft's log may be
// cut up to what Flush returned. Flush also writes that index, with a checksum, to
// the file FLOOR: Pebble takes a damaged manifest for a torn one and opens an older
// state without an error, and a store below its floor is refused instead.
//
// # Damage
//
// Every block read is checked by its checksum. Damage is an error with SQLSTATE
// XX001 that names the file, a failing disk is 58030, and neither is ever "no
// event". Damage, and any error of a write, makes the store refuse everything
// from then on: see Store.Failed.
package storage
