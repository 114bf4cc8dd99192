package wire

import "time"

// watch looks after connections that are busy: a running statement whose client is
// gone is cancelled, and so is a write that nobody reads. Requests pay two stores for
// it, no timers.
func (s *Server) watch() {
	t := time.NewTimer(s.options.GoneCheck)
	defer t.Stop()
	for stop := s.stop; ; {
		busy := true
		select {
		case <-stop:
			stop = nil // it goes on while the last connections end
		case <-t.C:
			busy = s.look()
		}
		if n, _ := s.counts(); n == 0 && stop == nil {
			return
		}
		pause := s.options.GoneCheck
		if !busy && stop != nil {
			pause *= idlePauses
		}
		t.Reset(pause)
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
		busy = busy || c.busySince.Load() != 0 || c.writingSince.Load() != 0
	}
	return busy
}

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
