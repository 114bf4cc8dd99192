package fair

import (
	"sync"
	"syscall"
)

// detour is a way through Go's poller: who goes it waits for an event that has just come. To find that
// event Go asks its poller, which tells of everybody's.
type detour struct {
	way   sync.Mutex // held by who is on it
	rc    syscall.RawConn
	event func(fd uintptr) error // makes one
	began bool                   // there is one
	try   func(fd uintptr) bool
}

func newDetour(rc syscall.RawConn, event func(fd uintptr) error) *detour {
	d := &detour{rc: rc, event: event}
	d.try = d.begin
	return d
}

// pass goes the way. Where somebody is on it, it waits for him, or not at all.
func (d *detour) pass(wait bool) {
	if d.way.TryLock() {
		d.began = false
		_ = d.rc.Read(d.try) // fails where Go cannot poll it: then nobody waits
		d.way.Unlock()
		return
	}
	if wait {
		d.way.Lock()
		//lint:ignore SA2001 he is back when it can be had
		d.way.Unlock()
	}
}

// begin is called before Go waits, and when it need not any more.
func (d *detour) begin(fd uintptr) bool {
	if d.began {
		return true
	}
	d.began = true
	return d.event(fd) != nil
}
