package raftlog

import (
	"errors"
	"fmt"
	"time"
)

// writer runs writes one at a time on its own goroutine, so that a disk that
// hangs is a failed write to the caller instead of a stuck one. The first failure
// is final.
type writer struct {
	path    string
	timeout time.Duration
	failed  func(error) // called once
	fault   func() error
	work    chan writeJob
	done    chan struct{} // closed when the goroutine is gone

	// turn is held by who writes, one at a time, and guards the rest: a mutex, but one at
	// which a test's time does not stand still.
	turn    chan struct{}
	err     error
	hung    bool
	stopped bool
}

type writeJob struct {
	write  func() error
	after  func() error // runs when the caller has its answer
	result chan error
}

func startWriter(path string, o Options) *writer {
	w := &writer{
		path: path, timeout: o.WriteTimeout, failed: o.Failed, fault: o.Fault,
		work: make(chan writeJob), done: make(chan struct{}), turn: make(chan struct{}, 1),
	}
	if w.fault == nil {
		w.fault = func() error { return nil }
	}
	go w.run()
	return w
}

func (w *writer) run() {
	defer close(w.done)
	var late error
	for job := range w.work {
		if late != nil {
			job.result <- late
			continue
		}
		err := w.fault()
		if err == nil {
			err = job.write()
		}
		job.result <- err
		if err == nil && job.after != nil {
			late = job.after()
		}
	}
}

// do runs write, and then after without making the caller wait for it. It
// returns write's error, or the failure of a write before.
func (w *writer) do(write, after func() error) error {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	if w.err != nil {
		return w.err
	}
	if w.stopped {
		return &WriteError{File: w.path, Err: fmt.Errorf("closed")}
	}
	timer := time.NewTimer(w.timeout)
	defer timer.Stop()
	job := writeJob{write: write, after: after, result: make(chan error, 1)}
	select {
	case w.work <- job:
	case <-timer.C:
		return w.fail(fmt.Errorf("no answer from the disk in %v", w.timeout), true)
	}
	select {
	case err := <-job.result:
		if err != nil {
			return w.fail(err, false)
		}
		return nil
	case <-timer.C:
		return w.fail(fmt.Errorf("no answer from the disk in %v", w.timeout), true)
	}
}

func (w *writer) fail(cause error, hung bool) error {
	w.err, w.hung = &WriteError{File: w.path, Err: cause}, hung
	var damage *DamageError
	if errors.As(cause, &damage) {
		w.err = damage
	}
	w.failed(w.err)
	return w.err
}

// stop ends the goroutine and reports whether it is gone; it is not if a write hangs.
func (w *writer) stop() bool {
	w.turn <- struct{}{}
	defer func() { <-w.turn }()
	if !w.stopped {
		w.stopped = true
		close(w.work)
	}
	if w.hung {
		return false
	}
	<-w.done
	return true
}

// Hold makes writes wait until release is called, as a disk that hangs does: for drills.
func (s *Store) Hold() (release func()) {
	held := make(chan struct{})
	s.writer.work <- writeJob{write: func() error { <-held; return nil }, result: make(chan error, 1)}
	return func() { close(held) }
}
