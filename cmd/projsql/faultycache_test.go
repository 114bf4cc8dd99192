package main

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/storage/event"
)

var errFault = errors.New("injected fault")

// faults are the ways in which a faultyCache misbehaves; "" is none.
var faults = []string{
	"", "get_error", "put_error", "prefetch_error", "scan_error", "garbage", "truncated", "wrong_type", "ahead_of_log", "other_lineage",
}

// faultyCache is the node's own external cache, behind a layer that misbehaves when told to.
type faultyCache struct {
	cache.External
	otherState []byte // of a projection with other columns

	mu    sync.Mutex
	fault string
	// dropPuts makes Put forget what it gets; keepRows makes purges spare the rows.
	dropPuts, keepRows bool
}

func (f *faultyCache) set(fault string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}

func (f *faultyCache) drop(puts bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dropPuts = puts
}

func (f *faultyCache) now() (fault string, dropPuts, keepRows bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fault, f.dropPuts, f.keepRows
}

func (f *faultyCache) Capabilities() cache.Capabilities { return cache.Capabilities{Prefetch: true} }

func (f *faultyCache) Get(o cache.Owner, e event.Entity, buf []byte) (cache.Row, error) {
	fault, _, _ := f.now()
	switch fault {
	case "get_error":
		return cache.Row{}, errFault
	case "other_lineage":
		o.Lineage[0]++
	}
	row, err := f.External.Get(o, e, buf)
	return f.spoil(row, fault), err
}

// spoil is what a cache without checksums could give.
func (f *faultyCache) spoil(r cache.Row, fault string) cache.Row {
	switch fault {
	case "garbage":
		r.State = []byte("garbage")
	case "truncated":
		r.State = slices.Clone(r.State[:len(r.State)/2])
	case "wrong_type":
		r.State = f.otherState
	case "ahead_of_log":
		r.Watermark += 1_000_000
	}
	return r
}

func (f *faultyCache) Put(o cache.Owner, e event.Entity, r cache.Row) error {
	fault, drop, _ := f.now()
	switch {
	case fault == "put_error":
		return errFault
	case drop:
		return nil
	}
	return f.External.Put(o, e, r)
}

func (f *faultyCache) Scan(o cache.Owner, from event.Entity) cache.Rows {
	fault, _, _ := f.now()
	if fault == "other_lineage" {
		o.Lineage[0]++
	}
	return &faultyRows{Rows: f.External.Scan(o, from), cache: f, fault: fault}
}

// faultyRows are spoilt as single rows are, and may end with an error.
type faultyRows struct {
	cache.Rows
	cache *faultyCache
	fault string
	n     int
}

func (r *faultyRows) Next() bool { return r.Err() == nil && r.Rows.Next() && r.count() }

func (r *faultyRows) count() bool {
	r.n++
	return r.Err() == nil
}

func (r *faultyRows) Row() cache.Row { return r.cache.spoil(r.Rows.Row(), r.fault) }

func (r *faultyRows) Err() error {
	if r.fault == "get_error" || r.fault == "scan_error" && r.n > 5 {
		return errFault
	}
	return r.Rows.Err()
}

func (f *faultyCache) Prefetch(o cache.Owner, e event.Entity) error {
	if fault, _, _ := f.now(); fault == "prefetch_error" {
		return errFault
	}
	return f.External.Prefetch(o, e)
}

func (f *faultyCache) DeletePrefix(prefix string) (int, error) {
	if _, _, keep := f.now(); keep {
		return 0, nil
	}
	return f.External.DeletePrefix(prefix)
}

// handClock is a clock that moves when it is told to.
type handClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *handClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *handClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}
