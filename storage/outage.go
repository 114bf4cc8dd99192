package storage

import (
	"sync"
	"time"
)

// Bounds of what the store puts up with, while reads of its background fail.
const (
	outageMax = time.Minute
	outageGap = 40 * time.Second // without an error it is over; Pebble leaves tables alone for 30 s
)

// outage is a time in which reads fail one after another.
type outage struct {
	now         func() time.Time
	mu          sync.Mutex
	began, last time.Time
}

// goesOn notes that a read has failed. begins says that none has lately; lasts is for how
// long they do.
func (o *outage) goesOn() (begins bool, lasts time.Duration) {
	now := o.now()
	o.mu.Lock()
	defer o.mu.Unlock()
	if begins = o.last.IsZero() || now.Sub(o.last) > outageGap; begins {
		o.began = now
	}
	o.last = now
	return begins, now.Sub(o.began)
}
