package raftlog

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/projsql/projsql/wire/sqlstate"
)

// DamageError says that a file of Raft's is not what was written to it. It is
// never healed by this node alone.
type DamageError struct {
	File  string
	Index uint64 // of the log entry; 0 = not one entry
	Cause string
}

func (e *DamageError) Error() string {
	if e.Index == 0 {
		return fmt.Sprintf("%s is damaged: %s", e.File, e.Cause)
	}
	return fmt.Sprintf("%s is damaged at log index %d: %s", e.File, e.Index, e.Cause)
}

// SQLState returns XX001.
func (e *DamageError) SQLState() string { return string(sqlstate.DataCorrupted) }

// WriteError says that Raft's log could not be written, so that what it holds is
// unknown: the node stops and never tries again.
type WriteError struct {
	File string
	Err  error
}

func (e *WriteError) Error() string { return fmt.Sprintf("could not write %s: %v", e.File, e.Err) }

// Unwrap returns the file system's error.
func (e *WriteError) Unwrap() error { return e.Err }

// SQLState returns 53100 for a full disk, else 58030.
func (e *WriteError) SQLState() string {
	if errors.Is(e.Err, syscall.ENOSPC) {
		return string(sqlstate.DiskFull)
	}
	return string(sqlstate.IOError)
}
