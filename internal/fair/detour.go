package fair

import (
	"sync"
	"syscall"
)

// detour is a way through Go's poller: who goes it waits for an event that has just come. To find that
// event Go asks its poller, which tells of everybody's.
type detour struct {
	mu    sync.Mutex
	away  bool          // somebody is on it
	wave  chan struct{} // closed when he is back; nil: nobody waits for him
	rc    syscall.RawConn
	event func(fd uintptr) error // makes one
	began bool                   // there is one; used by who is on the way
	try   func(fd uintptr) bool
}

func newDetour(rc syscall.RawConn, event func(fd uintptr) error) *detour {
	d := &detour{rc: rc, event: event}
	d.try = d.begin
	return d
}

// pass goes the way. Where somebody is on it, it waits for him, or not at all.
func (d *detour) pass(wait bool) {
	if !d.leave(wait) {
		return
	}
	d.began = false
	_ = d.rc.Read(d.try) // fails where Go cannot poll it: then nobody waits
	d.mu.Lock()
	wave := d.wave
	d.away, d.wave = false, nil
	d.mu.Unlock()
	if wave != nil {
		close(wave)
	}
}

// leave reports whether the way is the caller's to go.
func (d *detour) leave(wait bool) bool {
	d.mu.Lock()
	if !d.away {
		d.away = true
		d.mu.Unlock()
		return true
	}
	if wait && d.wave == nil {
		d.wave = make(chan struct{})
	}
	wave := d.wave
	d.mu.Unlock()
	if wait {
		<-wave
	}
	return false
}

// begin is called before Go waits, and when it need not any more.
func (d *detour) begin(fd uintptr) bool {
	if d.began {
		return true
	}
	d.began = true
	return d.event(fd) != nil
}
