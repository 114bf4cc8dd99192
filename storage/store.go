package storage

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Store is one node's copy of a database's log: the machine that cluster drives
// and the log that engine reads. Apply, Restore and Close are called by one
// goroutine; the rest is safe for concurrent use.
type Store struct {
	options Options
	layout  layout
	lock    io.Closer
	blocks  *pebble.Cache
	fail    *failure
	retired sync.WaitGroup // closes what Restore replaced

	// writing keeps Apply, Checkpoint and Restore apart.
	writing sync.Mutex
	apply   applier

	flooring sync.Mutex
	floor    floor // what the file FLOOR says

	now atomic.Pointer[view]
}

// view is what readers see: a content and how far it goes.
type view struct {
	content *content
	meta    meta
}

// Open opens the store in dir, or makes one if there is none. It finishes a
// Restore that was interrupted. It fails with XX001 if the files are damaged or
// hold less than a Flush has promised, with 58030 if the disk fails or another
// process has the store open.
func Open(dir string, o Options) (*Store, error) {
	o = o.withDefaults()
	s := &Store{options: o, apply: applier{judge: judge{predicates: o.Predicates}}, layout: layout{fs: o.FS, dir: dir}, fail: newFailure(o.Logger, o.Now)}
	if err := makeDir(o.FS, dir); err != nil {
		return nil, s.fail.classify(err)
	}
	lock, err := o.FS.Lock(o.FS.PathJoin(dir, "LOCK"))
	if err != nil {
		return nil, s.fail.classify(fmt.Errorf("%s is in use: %w", dir, err))
	}
	s.lock = lock
	s.blocks = o.blockCache()
	if err := s.open(); err != nil {
		s.blocks.Unref()
		return nil, errors.Join(s.fail.classify(err), lock.Close())
	}
	return s, nil
}

func (s *Store) open() error {
	if err := haveRoom(s.options.FS, s.layout.dir); err != nil {
		return err
	}
	if err := s.layout.settle(s.verify); err != nil {
		return err
	}
	low, err := readFloor(s.options.FS, s.layout.dir)
	if err != nil {
		return err
	}
	s.floor = low
	number, err := s.layout.newest()
	if err != nil {
		return err
	}
	if number < low.number {
		return damage("directory %s is missing", s.layout.content(low.number))
	}
	number = max(number, 1)
	c, m, err := s.openContent(s.layout.content(number), number)
	if err != nil {
		return err
	}
	if m, err = s.begin(c, m); err != nil {
		return errors.Join(err, c.close())
	}
	s.now.Store(&view{content: c, meta: *m})
	return nil
}

// begin checks an opened content against its floor; a new one gets a lineage.
func (s *Store) begin(c *content, m *meta) (*meta, error) {
	if low := s.floor; low.number == c.number && (m == nil || m.index < low.index) {
		var index uint64
		if m != nil {
			index = m.index
		}
		return nil, damage("%s ends at entry %d, but entry %d was flushed: its manifest or its files are damaged", c.dir, index, low.index)
	}
	if m != nil {
		return m, nil
	}
	m = &meta{}
	if _, err := io.ReadFull(s.options.Rand, m.lineage[:]); err != nil {
		return nil, err
	}
	if err := c.db.Set(c.keys.meta(nil), appendMeta(nil, m), pebble.NoSync); err != nil {
		return nil, err
	}
	if err := s.flush(c); err != nil {
		return nil, err
	}
	if err := syncDir(s.options.FS, s.layout.dir); err != nil {
		return nil, err
	}
	return m, s.raiseFloor(floor{number: c.number})
}

// raiseFloor writes a floor unless a higher one is written.
func (s *Store) raiseFloor(f floor) error {
	s.flooring.Lock()
	defer s.flooring.Unlock()
	if f.number < s.floor.number || (f.number == s.floor.number && f.index <= s.floor.index) {
		return nil
	}
	if err := writeFloor(s.options.FS, s.layout.dir, f); err != nil {
		return err
	}
	s.floor = f
	return nil
}

// Applied returns the index and term of the last applied entry, in memory.
func (s *Store) Applied() (index, term uint64) {
	m := &s.now.Load().meta
	return m.index, m.term
}

// Frontier is the last sequence that readers see, and a stamp that is not before any
// event's up to it and before every later one's.
func (s *Store) Frontier() (event.Sequence, hlc.Timestamp) {
	m := &s.now.Load().meta
	return m.sequence, m.hlc
}

// Lineage identifies this history of the log. It is drawn when a store is made,
// travels with its checkpoints, and so changes by a Restore.
func (s *Store) Lineage() [16]byte { return s.now.Load().meta.lineage }

// Flush makes everything applied durable and returns the index it covers: Raft's
// log may be cut up to it.
func (s *Store) Flush() (index uint64, err error) {
	if err := s.Err(); err != nil {
		return 0, err
	}
	v := s.now.Load()
	if !v.content.acquire() {
		return 0, errReplaced()
	}
	defer v.content.release()
	if err := s.flush(v.content); err != nil {
		return 0, err
	}
	if err := s.raiseFloor(floor{number: v.content.number, index: v.meta.index}); err != nil {
		return 0, s.fail.fatal(err)
	}
	return v.meta.index, nil
}

// flush makes Pebble write its memtables. Pebble tries again after an error, for ever
// while the disk is full; here the first one counts, since what a failed sync has lost is
// not known.
func (s *Store) flush(c *content) error {
	flushed, err := c.db.AsyncFlush()
	if err != nil {
		return s.fail.fatal(err)
	}
	select {
	case <-flushed:
	case <-s.fail.failed:
	}
	return s.Err()
}

// Err returns what made the store unusable, nil if it is well.
func (s *Store) Err() error { return s.fail.first() }

// Failed is closed when the store has become unusable: damage, an error of a write, or a
// disk that Pebble's own reads have failed at for a minute. Err says how. The node stops.
func (s *Store) Failed() <-chan struct{} { return s.fail.failed }

// Reader reads at a cut. It holds nothing open between calls; after a Restore it
// fails with 57P03. Every method fails with XX000 if the cut is ahead of the
// frontier.
func (s *Store) Reader(c projection.Cut) event.Reader {
	v := s.now.Load()
	r := &reader{content: v.content, cut: c.Sequence, hlc: c.HLC, occurredBy: c.OccurredBy}
	if c.Sequence > v.meta.sequence {
		r.err = sqlstate.New(sqlstate.InternalError, "cut %d is ahead of the frontier %d", c.Sequence, v.meta.sequence)
	}
	return r
}

// Head returns what a Reader of the cut would return, and the lineage it is of, if the
// head is cached and within the cut. It allocates nothing.
func (s *Store) Head(c projection.Cut, e event.Entity) (h event.Head, lineage [16]byte, ok bool) {
	v := s.now.Load()
	if c.OccurredBy != event.NoTime || c.Sequence > v.meta.sequence || s.fail.first() != nil {
		return event.Head{}, lineage, false
	}
	newest, _ := v.content.heads.get(e)
	if newest == nil || newest.Sequence > c.Sequence {
		return event.Head{}, lineage, false
	}
	return newest.Head, v.meta.lineage, true
}

// Close waits for the readers in flight, flushes and closes. The store must not
// be used after it. One that has failed since Pebble could not write its manifest waits for nothing,
// and its directory is free when the process has ended.
func (s *Store) Close() error {
	var err error
	if s.Err() == nil {
		_, err = s.Flush()
	}
	s.retired.Wait()
	err = errors.Join(err, s.now.Load().content.close())
	select {
	case <-s.fail.stuck: // what Pebble holds it holds until the process ends, and with it the directory
		return s.Err()
	default:
	}
	s.blocks.Unref()
	if err = errors.Join(err, s.lock.Close()); err != nil {
		return s.fail.classify(err)
	}
	return nil
}

// errReplaced says that a Restore came between a reader and its content.
func errReplaced() error {
	return sqlstate.New(sqlstate.CannotConnectNow, "the log of this node was replaced by a newer copy").
		WithHint("Try the statement again.")
}
