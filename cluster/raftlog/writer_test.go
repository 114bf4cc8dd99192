package raftlog_test

import (
	"errors"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/cluster/raftlog"
	"github.com/projsql/projsql/wire/sqlstate"
)

func TestAWriteThatHangsFailsTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var failures []error
		w := raftlog.StartWriter("raft.db", 10*time.Second, func(err error) { failures = append(failures, err) })
		thaw := make(chan struct{})
		start := time.Now()
		err := w.Do(func() error { <-thaw; return nil }, nil)
		wantState(t, err, sqlstate.IOError)
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("gave up after %v", took)
		}
		close(thaw)
		// The disk answers again, but nobody knows what it holds.
		wantState(t, w.Do(func() error { t.Error("written after a failure"); return nil }, nil), sqlstate.IOError)
		if len(failures) != 1 {
			t.Errorf("failed with %v", failures)
		}
		if w.Stop() {
			t.Error("a writer that hung must keep its files open")
		}
	})
}

func TestAWriteThatFailsIsTheLast(t *testing.T) {
	full := error(syscall.ENOSPC)
	failures := 0
	w := raftlog.StartWriter("raft.db", time.Minute, func(error) { failures++ })
	if err := w.Do(func() error { return nil }, nil); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		err := w.Do(func() error { return full }, nil)
		wantState(t, err, sqlstate.DiskFull)
	}
	if failures != 1 {
		t.Errorf("told of %d failures", failures)
	}
	if !w.Stop() {
		t.Error("the goroutine is still there")
	}
}

func TestAfterAWriteThatFailsNothingIsWritten(t *testing.T) {
	broken := errors.New("input/output error")
	w := raftlog.StartWriter("raft.db", time.Minute, func(error) {})
	if err := w.Do(func() error { return nil }, func() error { return broken }); err != nil {
		t.Fatal("the caller waited for what comes after its write")
	}
	if err := w.Do(func() error { t.Error("written"); return nil }, nil); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	w.Stop()
}
