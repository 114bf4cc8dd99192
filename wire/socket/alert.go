package socket

import (
	"runtime"
	"sync/atomic"
	"time"

	"github.com/projsql/projsql/internal/fair"
)

// Alert has a process that serves one session alone look for what comes next, for some
// microseconds, before it waits in Go's poller: to wake a processor that has gone idle takes longer
// than most answers. It knows how many sessions are at work; of the others' connections one looks
// at a time, only while nobody else works, and only where looking has paid. A nil Alert never looks.
type Alert struct {
	working atomic.Int32 // counted sessions that do not wait for their clients
	looking atomic.Bool
	limits  limits
	poll    func() // has Go ask its poller

	paid, vain atomic.Uint64 // looks
}

// limits say when to look, and for how long.
type limits struct {
	look  time.Duration // at most
	short time.Duration // a wait that a look would have spared
	away  time.Duration // between two tries: another process had the processor meanwhile
	trust int           // short waits in a row, before a first look
	pause int           // as many more at most after looks in vain
}

var usual = limits{look: 100 * time.Microsecond, short: 100 * time.Microsecond, away: 20 * time.Microsecond, trust: 2, pause: 32}

// blindMax is how many looks in a row ask nobody what has come for others: whose session is alone
// keeps its thread, and the other may sleep, so that nobody waits in Go's poller.
const blindMax = 4

// NewAlert returns what all connections of a process share; nil where Go has one processor, which
// has the poller to look after.
func NewAlert() *Alert {
	if runtime.GOMAXPROCS(0) < 2 {
		return nil
	}
	return &Alert{limits: usual, poll: fair.Poll}
}

// Looks returns how many looks have paid, and how many were in vain. It may be called at any time.
func (a *Alert) Looks() (paid, vain uint64) {
	if a == nil {
		return 0, 0
	}
	return a.paid.Load(), a.vain.Load()
}

// eagerness is what one connection knows of its waits. Its reader uses it alone.
type eagerness struct {
	alert   *Alert // nil: it waits at once
	counted bool   // a session's
	looks   bool

	waits bool
	began time.Time // of the wait; zero: it says nothing
	short int       // waits in a row; below 0: that are to come before it trusts again
	pause int       // how far below, after the next look in vain
	blind int       // looks since the poller was asked
}

// wait is called when nothing has come yet; try says whether it has. It returns what the last try
// said.
func (e *eagerness) wait(try func() bool) bool {
	if e.alert == nil || e.waits {
		return false
	}
	e.waits, e.began = true, time.Time{}
	if e.counted {
		e.alert.working.Add(-1)
	}
	switch {
	case !e.looks:
		return false
	case !e.alone():
		e.short = min(e.short, 0)
		return false
	}
	e.began = time.Now()
	if e.short < e.alert.limits.trust || !e.alert.looking.CompareAndSwap(false, true) {
		return false
	}
	defer e.alert.looking.Store(false)
	return e.look(try)
}

// alone reports whether no session works but the one that waits here, for its client or for
// another node.
func (e *eagerness) alone() bool {
	if e.counted {
		return e.alert.working.Load() == 0
	}
	return e.alert.working.Load() == 1
}

// look tries for a while. It lets other processes have the processor in between, and gives up
// when one took it.
func (e *eagerness) look(try func() bool) bool {
	a := e.alert
	if e.blind++; e.blind == blindMax {
		e.blind = 0
		a.poll()
	}
	for last := e.began; e.alone(); {
		if yield(); try() {
			a.paid.Add(1)
			e.pause /= 2
			return true
		}
		now := time.Now()
		if now.Sub(last) > a.limits.away || now.Sub(e.began) > a.limits.look {
			a.vain.Add(1)
			e.pause = min(2*e.pause+2, a.limits.pause)
			e.short = -e.pause
			break
		}
		last = now
	}
	return false
}

// over is called when the wait is, however it ended.
func (e *eagerness) over() {
	if !e.waits {
		return
	}
	e.waits = false
	if e.counted {
		e.alert.working.Add(1)
	}
	switch {
	case e.began.IsZero():
	case time.Since(e.began) < e.alert.limits.short:
		e.short = min(e.short+1, e.alert.limits.trust)
	default:
		e.short = min(e.short, 0)
	}
}

// closed is called when the connection is.
func (e *eagerness) closed() {
	if e.counted && !e.waits {
		e.alert.working.Add(-1)
	}
	e.counted = false
}
