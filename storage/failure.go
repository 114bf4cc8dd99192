package storage

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	crdb "github.com/cockroachdb/errors"
	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/wire/sqlstate"
)

// failure remembers the first error that made a store unusable.
type failure struct {
	log    *slog.Logger
	failed chan struct{}
	stuck  chan struct{} // closed when Pebble holds its locks for ever
	once   sync.Once
	gaveUp sync.Once
	err    atomic.Pointer[sqlstate.Error]
	stalls atomic.Uint64
	outage outage
	// damaged is the path of the file that Pebble last found damaged.
	damaged atomic.Pointer[string]
}

func newFailure(log *slog.Logger, now func() time.Time) *failure {
	return &failure{log: log, failed: make(chan struct{}), stuck: make(chan struct{}), outage: outage{now: now}}
}

// first returns the error that made the store unusable, nil if it is well.
func (f *failure) first() error {
	if e := f.err.Load(); e != nil {
		return e
	}
	return nil
}

// fatal makes the store unusable and returns the error as clients see it.
func (f *failure) fatal(err error) error {
	e := f.classify(err)
	f.once.Do(func() {
		f.err.Store(e)
		close(f.failed)
		f.log.Error("the store is unusable", "error", e.Message, "detail", e.Detail, "sqlstate", string(e.Code))
	})
	return e
}

// read returns the error of a read as clients see it. Damage makes the store
// unusable; a failing disk may come back, and the next read finds out.
func (f *failure) read(err error) error {
	if err == nil {
		return nil
	}
	if e := f.classify(err); e.Code != sqlstate.DataCorrupted {
		return e
	}
	return f.fatal(err)
}

// background is told of errors of what Pebble does by itself: compactions, flushes,
// statistics. What could only not be read it tries again; what was written has an
// unknown fate.
func (f *failure) background(err error) {
	if !ofReading(err) || damaged(err) {
		_ = f.fatal(err)
		return
	}
	begins, lasts := f.outage.goesOn()
	switch {
	case lasts > outageMax:
		_ = f.fatal(err)
	case begins:
		f.log.Warn("the disk cannot be read; the store stops if that goes on", "error", err, "for", outageMax)
	default:
		f.log.Debug("the disk still cannot be read", "error", err)
	}
}

// classify gives an error its code: XX001 for damage, 53100 for a full disk, 58030 for
// what else is wrong with it.
func (f *failure) classify(err error) *sqlstate.Error {
	var own *sqlstate.Error
	if errors.As(err, &own) {
		return own
	}
	e := &sqlstate.Error{Code: sqlstate.IOError, Message: "could not access the store: " + err.Error(), Cause: err}
	if errors.Is(err, syscall.ENOSPC) {
		e.Code = sqlstate.DiskFull
	}
	if damaged(err) {
		e.Code, e.Message = sqlstate.DataCorrupted, "the store is damaged: "+err.Error()
		if path := f.damaged.Load(); path != nil {
			e.Detail = "Damaged file: " + *path
		}
	}
	return e
}

// damage is an error of a record that cannot be what this package wrote.
func damage(format string, args ...any) error {
	return sqlstate.New(sqlstate.DataCorrupted, "the store is damaged: "+format, args...)
}

// damaged reports whether Pebble marked an error as damage; the marks are those of
// its own errors package.
func damaged(err error) bool { return crdb.Is(err, pebble.ErrCorruption) }

// fromSystem reports whether the operating system refused something. A file that
// is not there is not its fault.
func fromSystem(err error) bool {
	var errno syscall.Errno
	return (errors.As(err, &errno) && errno != syscall.ENOENT && !damaged(err)) || errors.Is(err, fs.ErrPermission)
}

// listener is how Pebble tells of what happens in the background.
func (f *failure) listener() *pebble.EventListener {
	return &pebble.EventListener{
		BackgroundError: f.background,
		DataCorruption: func(i pebble.DataCorruptionInfo) {
			f.damaged.Store(&i.Path)
		},
		WriteStallBegin: func(i pebble.WriteStallBeginInfo) {
			f.stalls.Add(1)
			f.log.Warn("writes wait for the store to compact", "reason", i.Reason)
		},
		DiskSlow: func(i pebble.DiskSlowInfo) {
			f.log.Warn("the disk is slow", "path", i.Path, "duration", i.Duration)
		},
	}
}

// pebbleLog is Pebble's Logger.
type pebbleLog struct {
	log  *slog.Logger
	fail *failure
}

func (l pebbleLog) Infof(format string, args ...any) {}

func (l pebbleLog) Errorf(format string, args ...any) {
	l.log.Error("pebble", "message", fmt.Sprintf(format, args...))
}

// Fatalf does not return: Pebble calls it, with its locks held, when a write of its
// manifest failed and its state on disk is unknown. Nobody writes to the store from
// then on, and what waits for it waits until the process ends.
func (l pebbleLog) Fatalf(format string, args ...any) {
	_ = l.fail.fatal(&unknownState{message: fmt.Sprintf(format, args...), args: args})
	l.fail.gaveUp.Do(func() { close(l.fail.stuck) })
	select {}
}

// unknownState is an error that Pebble cannot go on after, and what it was told of.
type unknownState struct {
	message string
	args    []any
}

func (e *unknownState) Error() string { return e.message }

func (e *unknownState) Unwrap() (causes []error) {
	for _, a := range e.args {
		if err, ok := a.(error); ok {
			causes = append(causes, err)
		}
	}
	return causes
}
