// Package raftlog keeps Raft's log and stable keys on disk: raft-boltdb behind a
// journal, which makes an append durable with one sync, and checksums, which tell
// damage from what was written. It knows no node and no store.
package raftlog
