package wire

import "time"

// watch looks after connections that are busy: a running statement whose client is
// gone is cancelled, and so is a write that nobody reads. Requests pay two stores for
// it, no timers.
func (s *Server) watch() {
	t := time.NewTicker(s.options.GoneCheck)
	defer t.Stop()
	writeTicks := int64((s.options.WriteTimeout + s.options.GoneCheck - 1) / s.options.GoneCheck)
	for {
		select {
		case <-s.stop:
			s.watchDrain(t, writeTicks)
			return
		case <-t.C:
			s.look(writeTicks)
		}
	}
}

// watchDrain goes on while the last connections end.
func (s *Server) watchDrain(t *time.Ticker, writeTicks int64) {
	for {
		if n, _ := s.counts(); n == 0 {
			return
		}
		<-t.C
		s.look(writeTicks)
	}
}

func (s *Server) look(writeTicks int64) {
	now := s.tick.Add(1)
	for _, c := range s.all() {
		c.look(now, writeTicks)
	}
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
