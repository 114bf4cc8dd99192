package engine_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/storage/event"
)

var errFault = errors.New("injected fault")

// faulty is an External in memory that can be told to misbehave; see faults.
type faulty struct {
	mu    sync.Mutex
	rows  map[faultyKey]faultyRow
	fault string
	gets  int
	puts  int
}

type faultyKey struct {
	name    string
	version uint64
	entity  event.Entity
}

type faultyRow struct {
	cache.Row
	lineage [16]byte
}

// faults is every way in which faulty misbehaves.
var faults = []string{
	"", "get_error", "put_error", "prefetch_error", "scan_error", "garbage", "truncated", "ahead_of_log",
	"other_lineage_in_row", "wrong_generation", "empty_state", "forgets",
}

func newFaulty() *faulty { return &faulty{rows: map[faultyKey]faultyRow{}} }

func (f *faulty) Capabilities() cache.Capabilities { return cache.Capabilities{Prefetch: true} }

func (f *faulty) Get(o cache.Owner, e event.Entity, buf []byte) (cache.Row, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gets++
	if f.fault == "get_error" {
		return cache.Row{}, errFault
	}
	r, ok := f.rows[faultyKey{o.Name, o.Version, e}]
	if !ok || r.lineage != o.Lineage || f.fault == "forgets" {
		return cache.Row{}, cache.ErrMiss
	}
	return f.spoil(r.Row), nil
}

// spoil gives what an External without checksums could give.
func (f *faulty) spoil(r cache.Row) cache.Row {
	r.State = slices.Clone(r.State)
	switch f.fault {
	case "garbage":
		r.State = []byte("garbage")
	case "truncated":
		r.State = r.State[:len(r.State)/2]
	case "empty_state":
		r.State = nil
	case "ahead_of_log":
		r.Watermark += 1000
	case "wrong_generation":
		r.Generation += 1000
		r.HLC++
	case "other_lineage_in_row":
		r.HLC += 1 << 20
		r.Generation += 1 << 20
	}
	return r
}

// change changes a row at rest.
func (f *faulty) change(k faultyKey, how func(*cache.Row)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.rows[k]
	r.State = slices.Clone(r.State)
	how(&r.Row)
	f.rows[k] = r
}

func (f *faulty) Put(o cache.Owner, e event.Entity, r cache.Row) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.puts++
	if f.fault == "put_error" {
		return errFault
	}
	r.State = slices.Clone(r.State)
	f.rows[faultyKey{o.Name, o.Version, e}] = faultyRow{r, o.Lineage}
	return nil
}

func (f *faulty) Scan(o cache.Owner, from event.Entity) cache.Rows {
	f.mu.Lock()
	fault := f.fault
	keys := slices.SortedFunc(maps.Keys(f.rows), func(a, b faultyKey) int {
		return strings.Compare(string(a.entity), string(b.entity))
	})
	f.mu.Unlock()
	rows := &faultyRows{}
	for i, k := range keys {
		if fault == "scan_error" && i > 0 {
			rows.err = errFault
			return rows
		}
		row, err := f.Get(o, k.entity, nil)
		if k.name != o.Name || k.version != o.Version || k.entity < from || k.entity == "" || errors.Is(err, cache.ErrMiss) {
			continue
		}
		if err != nil {
			rows.err = err
			return rows
		}
		rows.entities, rows.rows = append(rows.entities, k.entity), append(rows.rows, row)
	}
	return rows
}

// faultyRows are rows, and what ends them.
type faultyRows struct {
	entities []event.Entity
	rows     []cache.Row
	err      error
	at       int // 1: the first
}

func (r *faultyRows) Next() bool           { r.at++; return r.at <= len(r.rows) }
func (r *faultyRows) Entity() event.Entity { return r.entities[r.at-1] }
func (r *faultyRows) Row() cache.Row       { return r.rows[r.at-1] }
func (r *faultyRows) Err() error           { return r.err }
func (r *faultyRows) Close()               {}

func (f *faulty) DeleteOwner(name string, version uint64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	maps.DeleteFunc(f.rows, func(k faultyKey, _ faultyRow) bool { return k.name == name && k.version == version })
	return nil
}

func (f *faulty) DeletePrefix(prefix string) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.rows)
	maps.DeleteFunc(f.rows, func(k faultyKey, _ faultyRow) bool { return strings.HasPrefix(string(k.entity), prefix) })
	return before - len(f.rows), nil
}

func (f *faulty) Owners() ([]cache.Owner, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := map[cache.Owner]bool{}
	for k := range f.rows {
		seen[cache.Owner{Name: k.name, Version: k.version}] = true
	}
	return slices.Collect(maps.Keys(seen)), nil
}

func (f *faulty) Prefetch(cache.Owner, event.Entity) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fault == "prefetch_error" {
		return errFault
	}
	return nil
}

func (f *faulty) Mark(o cache.Owner) ([]byte, error) {
	row, err := f.Get(o, "", nil)
	return row.State, err
}

func (f *faulty) SetMark(o cache.Owner, mark []byte) error {
	return f.Put(o, "", cache.Row{State: mark})
}

func (f *faulty) OwnerBytes(string, uint64) (uint64, error) { return 0, nil }

func (f *faulty) Losses() uint64         { return 0 }
func (f *faulty) Sync() error            { return nil }
func (f *faulty) Metrics() cache.Metrics { return cache.Metrics{} }
func (f *faulty) Close() error           { return nil }

func (f *faulty) set(fault string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.fault = fault
}
