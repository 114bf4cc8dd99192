package cluster_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"sync"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// fakeMachine is a machine in memory. As the store, it keeps on disk only what
// was flushed.
type fakeMachine struct {
	dir string

	mu      sync.Mutex
	state   fakeState
	applied func([]event.Entry) error // set by onApply
	read    int                       // how often all records were

	failed chan struct{}
	err    error // why failed is closed

	restored func()       // called at the end of Restore
	refuse   func() error // asked before files are written
}

type fakeState struct {
	Index, Term uint64
	Events      []event.Event
	Changed     map[string]event.Record
	Stamp       hlc.Timestamp // of the last entry
}

func openFake(dir string) (*fakeMachine, error) {
	m := &fakeMachine{dir: dir, state: fakeState{Changed: map[string]event.Record{}}, failed: make(chan struct{})}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	err := m.load(dir)
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return m, err
}

func (m *fakeMachine) load(dir string) error {
	b, err := os.ReadFile(filepath.Join(dir, "state.json"))
	if err != nil {
		return err
	}
	var s fakeState
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	m.state = s
	return nil
}

func (m *fakeMachine) save(dir string) error {
	b, err := json.Marshal(&m.state)
	if err == nil && m.refuse != nil {
		err = m.refuse()
	}
	if err != nil {
		return err
	}
	fresh := filepath.Join(dir, "state.new")
	return errors.Join(os.WriteFile(fresh, b, 0o600), os.Rename(fresh, filepath.Join(dir, "state.json")))
}

func (m *fakeMachine) Apply(entries []event.Entry) ([]event.Result, error) {
	m.mu.Lock()
	before := m.applied
	m.mu.Unlock()
	// Not under the mutex: a test's time stands still while somebody waits for one.
	if before != nil {
		if err := before(entries); err != nil {
			return nil, err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	results := make([]event.Result, len(entries))
	for i, e := range entries {
		if e.Index <= m.state.Index {
			continue
		}
		if err := m.applyOne(e, &results[i]); err != nil {
			return nil, err
		}
		m.state.Index, m.state.Term = e.Index, e.Term
		results[i].Sequence, results[i].HLC = m.frontier()
	}
	return results, nil
}

// onApply has f run before entries are applied; its error is Apply's.
func (m *fakeMachine) onApply(f func([]event.Entry) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.applied = f
}

func (m *fakeMachine) applyOne(e event.Entry, r *event.Result) error {
	if len(e.Command) == 0 {
		return nil
	}
	c, err := event.DecodeCommand(e.Command)
	if err != nil {
		return err
	}
	stamp := c.Stamp
	for _, t := range c.Transactions {
		r.Transactions = append(r.Transactions, m.append(t, e.Index, &stamp))
	}
	m.state.Stamp = max(m.state.Stamp, c.Stamp)
	for _, c := range c.Changes {
		r.Changes = append(r.Changes, m.change(c, e.Index))
	}
	return nil
}

func (m *fakeMachine) append(t event.Transaction, index uint64, stamp *hlc.Timestamp) event.TransactionResult {
	for _, c := range t.Changes {
		if err := m.refused(c); err != nil {
			return event.TransactionResult{Err: err}
		}
	}
	if receipts := m.known(t); len(t.Changes) == 0 && receipts != nil && len(receipts) == len(t.Drafts) && !t.Drafts[0].Fresh {
		return event.TransactionResult{Receipts: receipts}
	}
	for _, d := range t.Drafts {
		if e := m.byID(d.ID); d.Fresh && e != nil {
			return event.TransactionResult{Err: &event.KnownIDError{ID: d.ID, Sequence: e.Sequence}}
		}
		if d.Expected.Set && d.Expected.Version != m.generation(d.Entity) {
			return event.TransactionResult{Err: &event.ConflictError{Entity: d.Entity, Expected: d.Expected.Version, Actual: m.generation(d.Entity)}}
		}
	}
	if r := m.state.Changed[t.Premise.Prefix]; t.Premise.Version != r.Version {
		return event.TransactionResult{Err: &event.PremiseError{Premise: t.Premise, Actual: r.Version}}
	}
	for i := range t.Guards {
		if e := m.excluded(&t.Guards[i]); e != nil {
			return event.TransactionResult{Err: &event.GuardError{Guard: i, Entity: e.Entity, Version: e.Version, Kind: e.Kind, Sequence: e.Sequence}}
		}
	}
	var receipts []event.Receipt
	for _, d := range t.Drafts {
		if m.byID(d.ID) != nil {
			receipts = append(receipts, m.known(event.Transaction{Drafts: []event.Draft{d}})...)
			continue
		}
		_, last := m.frontier()
		*stamp = max(*stamp, last+1)
		m.state.Events = append(m.state.Events, event.Event{
			Entity: d.Entity, Version: m.generation(d.Entity) + 1, Kind: d.Kind, Data: d.Data, ID: d.ID,
			HLC: *stamp, Sequence: event.Sequence(len(m.state.Events) + 1),
		})
		e := &m.state.Events[len(m.state.Events)-1]
		receipts = append(receipts, event.Receipt{Version: e.Version, Sequence: e.Sequence, HLC: e.HLC})
	}
	r := event.TransactionResult{Receipts: receipts}
	for _, c := range t.Changes {
		r.Changes = append(r.Changes, m.put(c, index))
	}
	return r
}

// excluded is the first event that a guard looks for; a predicate is what data begins
// with.
func (m *fakeMachine) excluded(g *event.Guard) *event.Event {
	for i := range m.state.Events {
		e := &m.state.Events[i]
		if e.Sequence > g.Since && g.CoversKind(e.Kind) && g.Covers(e.Entity) && bytes.HasPrefix(e.Data, g.Predicate) {
			return e
		}
	}
	return nil
}

// known returns the receipts of those drafts of a transaction that are in the log already.
func (m *fakeMachine) known(t event.Transaction) (receipts []event.Receipt) {
	for _, d := range t.Drafts {
		if e := m.byID(d.ID); e != nil {
			receipts = append(receipts, event.Receipt{Version: e.Version, Sequence: e.Sequence, HLC: e.HLC, Duplicate: true})
		}
	}
	return receipts
}

func (m *fakeMachine) byID(id event.ID) *event.Event {
	for i := range m.state.Events {
		if m.state.Events[i].ID == id {
			return &m.state.Events[i]
		}
	}
	return nil
}

func (m *fakeMachine) generation(e event.Entity) (v event.Version) {
	for i := len(m.state.Events) - 1; i >= 0; i-- {
		if m.state.Events[i].Entity == e {
			return m.state.Events[i].Version
		}
	}
	return 0
}

func (m *fakeMachine) change(c event.Change, index uint64) event.ChangeResult {
	if err := m.refused(c); err != nil {
		return event.ChangeResult{Err: err}
	}
	return m.put(c, index)
}

func (m *fakeMachine) refused(c event.Change) error {
	refusal, _ := c.Refusal(func(record string) (uint64, error) { return m.state.Changed[record].Version, nil })
	return refusal
}

func (m *fakeMachine) put(c event.Change, index uint64) event.ChangeResult {
	sequence, _ := m.frontier()
	record := event.Record{Name: c.Name, Value: c.Value, Version: index, Since: sequence}
	m.state.Changed[c.Name] = record
	if c.Value == nil {
		delete(m.state.Changed, c.Name)
	}
	return event.ChangeResult{Record: record}
}

func (m *fakeMachine) frontier() (event.Sequence, hlc.Timestamp) {
	if n := len(m.state.Events); n > 0 {
		return event.Sequence(n), max(m.state.Stamp, m.state.Events[n-1].HLC)
	}
	return 0, m.state.Stamp
}

func (m *fakeMachine) Applied() (index, term uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.Index, m.state.Term
}

func (m *fakeMachine) Flush() (uint64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.Index, m.save(m.dir)
}

func (m *fakeMachine) Failed() <-chan struct{} { return m.failed }

func (m *fakeMachine) Err() error { return m.err }

// fail makes the machine unusable, whatever is under way.
func (m *fakeMachine) fail(err error) {
	m.err = err
	close(m.failed)
}

func (m *fakeMachine) Frontier() (event.Sequence, hlc.Timestamp) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.frontier()
}

func (m *fakeMachine) Records() ([]event.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.read++
	var all []event.Record
	for _, r := range m.state.Changed {
		all = append(all, r)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all, nil
}

func (m *fakeMachine) Lineage() [16]byte { return [16]byte{1} }

func (m *fakeMachine) Checkpoint(dir string) (index, term uint64, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.state.Index, m.state.Term, errors.Join(os.MkdirAll(filepath.Join(dir, "sub"), 0o700), m.save(dir),
		os.WriteFile(filepath.Join(dir, "sub", "empty"), nil, 0o600))
}

func (m *fakeMachine) Restore(dir string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.load(dir); err != nil {
		return err
	}
	if err := m.save(m.dir); err != nil {
		return err // and what was received stays
	}
	err := os.RemoveAll(dir)
	if m.restored != nil {
		m.restored()
	}
	return err
}

func (m *fakeMachine) Close() error { return nil }

func (m *fakeMachine) Reader(c projection.Cut) event.Reader {
	m.mu.Lock()
	defer m.mu.Unlock()
	return &fakeReader{cut: c, events: slices.Clone(m.state.Events[:c.Sequence])}
}

// fakeReader has what Cut needs of a reader, and Log.
type fakeReader struct {
	event.Reader
	cut    projection.Cut
	events []event.Event
}

func (r *fakeReader) Log(from, to event.Sequence) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for i := range r.events {
			e := &r.events[i]
			if e.Sequence >= from && (to == 0 || e.Sequence <= to) && !yield(e, nil) {
				return
			}
		}
	}
}

func (r *fakeReader) ByHLC(ts hlc.Timestamp) (event.Sequence, error) {
	return event.Sequence(sort.Search(len(r.events), func(i int) bool { return r.events[i].HLC > ts })), nil
}

// fakeProjector answers nothing.
type fakeProjector struct{}

func (fakeProjector) Project(context.Context, projection.Request) (projection.Outcome, error) {
	return projection.Outcome{Strategy: projection.Empty}, nil
}

func (fakeProjector) Scan(context.Context, projection.ScanRequest, projection.EachState) error {
	return nil
}

func (fakeProjector) History(context.Context, projection.HistoryRequest, projection.EachStep) (projection.Outcome, error) {
	return projection.Outcome{Strategy: projection.Empty}, nil
}

func (fakeProjector) Verify(context.Context, projection.VerifyRequest) ([]projection.Verified, error) {
	return nil, nil
}

// fakeCatalog remembers the records it was told of.
type fakeCatalog struct {
	mu       sync.Mutex
	records  map[string]string
	versions map[string]uint64
	calls    int
	most     int // records of one call but the first
	refuse   error
}

func (c *fakeCatalog) Apply(records []event.Record, removed []string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.refuse != nil {
		return c.refuse
	}
	if c.records == nil {
		c.records, c.versions = map[string]string{}, map[string]uint64{}
	}
	for _, r := range records {
		c.records[r.Name], c.versions[r.Name] = string(r.Value), r.Version
	}
	for _, name := range removed {
		delete(c.records, name)
	}
	if c.calls++; c.calls > 1 {
		c.most = max(c.most, len(records)+len(removed))
	}
	return nil
}

func (c *fakeCatalog) has() map[string]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := map[string]string{}
	for k, v := range c.records {
		all[k] = v
	}
	return all
}

// version returns that of a record, 0 if it is not known.
func (c *fakeCatalog) version(record string) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.versions[record]
}

// count returns how many events an entity has.
func (m *fakeMachine) count(e event.Entity) event.Version {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.generation(e)
}
