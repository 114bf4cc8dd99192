package raftlog_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/projsql/projsql/cluster/raftlog"
)

// TestATailHalfMadeIsMadeAgain: a crash while the tail is made leaves a log that opens. Under its
// own name it is whole, or damaged.
func TestATailHalfMadeIsMadeAgain(t *testing.T) {
	dir := t.TempDir()
	closeLogs(t, openLogs(t, dir))
	tail := filepath.Join(dir, "raft.tail")
	if err := os.Truncate(tail, 0); err != nil {
		t.Fatal(err)
	}
	var damage *raftlog.DamageError
	if _, err := raftlog.OpenLogs(dir, 64<<10); !errors.As(err, &damage) {
		t.Fatalf("an empty tail gives %v", err)
	}
	fresh := t.TempDir()
	half := filepath.Join(fresh, "raft.tail.new")
	if err := os.WriteFile(half, []byte("PJTAIL"), 0o600); err != nil {
		t.Fatal(err)
	}
	closeLogs(t, openLogs(t, fresh))
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the half is still there: %v", err)
	}
}
