package wire

import (
	"slices"
	"time"
)

// watch looks after connections that are busy: a running statement whose client is
// gone is cancelled, and so is a write that nobody reads. Requests pay some stores and
// loads for it, no timers.
func (s *Server) watch() {
	t := time.NewTimer(s.options.GoneCheck)
	defer t.Stop()
	for stop := s.stop; ; {
		busy := true
		select {
		case <-stop:
			stop = nil // it goes on while the last connections end
		case <-s.wake:
		case <-t.C:
			busy = s.look()
		}
		if n, _ := s.counts(); n == 0 && stop == nil {
			return
		}
		pause := s.options.GoneCheck
		s.asleep.Store(!busy && stop != nil)
		if s.asleep.Load() && !s.busy() {
			pause *= idlePauses
		}
		t.Reset(pause)
	}
}

// rouse wakes a watchdog that sleeps long. Whoever calls it is busy already: the watchdog
// looks for that once more after it has said that it sleeps.
func (s *Server) rouse() {
	if !s.asleep.Load() || !s.asleep.CompareAndSwap(true, false) {
		return
	}
	select {
	case s.wake <- struct{}{}:
	default: // it is about to wake
	}
}

// idlePauses is how many times longer the watchdog sleeps while no connection is busy: waking
// costs an idle process more than the look.
const idlePauses = 20

// look is one round of the watchdog; busy says that there is something to look after.
func (s *Server) look() (busy bool) {
	now := s.tick.Add(1)
	writeTicks := int64((s.options.WriteTimeout + s.options.GoneCheck - 1) / s.options.GoneCheck)
	for _, c := range s.all() {
		c.look(now, writeTicks)
		busy = busy || c.isBusy()
	}
	return busy
}

// work says that the session works, at a message that begins now. The messages of a batch
// mostly share a tick: to store it once, and what rests, is all that they pay.
func (c *conn) work() {
	if tick := c.server.tick.Load() + 1; tick != c.worksSince {
		c.worksSince = tick
		c.busySince.Store(tick)
		c.server.rouse()
	}
}

// pause says that the session does not work.
func (c *conn) pause() {
	if c.worksSince != 0 {
		c.worksSince = 0
		c.busySince.Store(0)
	}
}

func (s *Server) busy() bool { return slices.ContainsFunc(s.all(), (*conn).isBusy) }

func (c *conn) isBusy() bool { return c.busySince.Load() != 0 || c.writingSince.Load() != 0 }

// look is one round of the watchdog at one connection.
func (c *conn) look(now, writeTicks int64) {
	if since := c.writingSince.Load(); since != 0 && now-since >= writeTicks {
		c.server.metrics.gone.Inc()
		_ = c.raw.SetWriteDeadline(longAgo)
		c.cancels.forbid(errClientGone)
		return
	}
	if since := c.busySince.Load(); since != 0 && now > since && !c.copying.Load() && hungUp(c.raw) {
		c.server.metrics.gone.Inc()
		c.cancels.forbid(errClientGone)
	}
}
