package storage

import (
	"errors"
	"runtime"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"

	"github.com/projsql/projsql/storage/compaction"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// content is one opened Pebble database and what is known of it in memory. A
// Restore replaces it; who reads holds a reference until done.
type content struct {
	db      *pebble.DB
	dir     string
	number  uint64 // of the directory
	keys    keyspace
	heads   *headCache
	idle    idle
	kinds   atomic.Pointer[[]event.Kind] // by number; grows only
	fail    *failure
	refs    atomic.Int64
	closing atomic.Bool
	drained chan struct{}
}

func (o *Options) pebble(cache *pebble.Cache, f *failure) *pebble.Options {
	const (
		blockBytes   = 8 << 10
		bloomBits    = 10
		stopWrites   = 1000 // a stalled Apply would stall Raft
		compactions  = 2
		openFilesMax = 4096
	)
	p := &pebble.Options{
		FS:                         pacedFS{readFS{namedFS{o.FS}}, f},
		Cache:                      cache,
		Merger:                     newMerger(),
		DisableWAL:                 true,
		FormatMajorVersion:         pebble.FormatValueSeparation,
		MemTableSize:               o.MemTableBytes,
		L0StopWritesThreshold:      stopWrites,
		CompactionConcurrencyRange: func() (lower, upper int) { return 1, compactions },
		MaxOpenFiles:               openFilesMax,
		EventListener:              f.listener(),
		Logger:                     pebbleLog{o.Logger, f},
	}
	p.Experimental.ReadSamplingMultiplier = -1 // compactions follow writes; a replay pays for no statistics
	for i := range p.Levels {
		p.Levels[i].BlockSize = blockBytes
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBits)
	}
	return p
}

// blockCache has room for CacheBytes of blocks: Pebble takes the memory of the memtables
// that are written and flushed from its cache too.
func (o *Options) blockCache() *pebble.Cache {
	const memTables = 2
	return pebble.NewCache(o.CacheBytes + memTables*int64(o.MemTableBytes))
}

// openPebble opens Pebble's database in dir, or says why Pebble cannot go on: its Fatalf does
// not return, and where it could not sync a directory it panics.
func (s *Store) openPebble(dir string) (*pebble.DB, error) {
	type result struct {
		db  *pebble.DB
		err error
	}
	opened := make(chan result, 1)
	go func() {
		defer func() {
			switch r := recover().(type) {
			case nil:
			case runtime.Error:
				panic(r)
			case error:
				opened <- result{nil, r}
			default:
				panic(r)
			}
		}()
		db, err := compaction.Open(dir, s.options.pebble(s.blocks, s.fail))
		opened <- result{db, err}
	}()
	select {
	case r := <-opened:
		if r.err != nil {
			return nil, openError(dir, r.err)
		}
		return r.db, nil
	case <-s.fail.failed:
		return nil, s.fail.first()
	}
}

// openContent opens the database in dir. The returned meta is nil if it is new.
func (s *Store) openContent(dir string, number uint64) (*content, *meta, error) {
	db, err := s.openPebble(dir)
	if err != nil {
		return nil, nil, err
	}
	c := &content{
		db: db, dir: dir, number: number,
		heads: newHeadCache(s.options.HeadCacheBytes), fail: s.fail, drained: make(chan struct{}),
	}
	c.refs.Store(1)
	m, err := c.load()
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return c, m, nil
}

// openError says that what Pebble will not open, and the operating system has
// nothing against, is damaged.
func openError(dir string, err error) error {
	if fromSystem(err) {
		return err
	}
	e := sqlstate.New(sqlstate.DataCorrupted, "the store is damaged: %v", err).WithDetail("Directory: %s", dir)
	e.Cause = err
	return e
}

// load reads the meta record and the kinds.
func (c *content) load() (*meta, error) {
	b, err := c.get(c.keys.meta(nil))
	if err != nil {
		return nil, err
	}
	if b == nil {
		return nil, c.mustBeEmpty()
	}
	m, ok := readMeta(b)
	if !ok && len(b) > 0 && b[0] != format {
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "%s was written in format %d; this version reads format %d", c.dir, b[0], format)
	}
	if !ok {
		return nil, damage("the record of the position in %s", c.dir)
	}
	return &m, c.loadKinds()
}

func (c *content) mustBeEmpty() error {
	it, err := c.db.NewIter(nil)
	if err != nil {
		return err
	}
	defer it.Close()
	if it.First() {
		return damage("%s holds data but no record of its position", c.dir)
	}
	c.kinds.Store(&[]event.Kind{})
	c.heads.startEmpty()
	return it.Error()
}

func (c *content) loadKinds() error {
	it, err := c.iter(tableKind)
	if err != nil {
		return err
	}
	defer it.Close()
	kinds := []event.Kind{}
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return err
		}
		if string(it.Key()) != string(c.keys.kind(nil, uint32(len(kinds)))) {
			return damage("kind %d is missing in %s", len(kinds), c.dir)
		}
		kinds = append(kinds, event.Kind(v))
	}
	c.kinds.Store(&kinds)
	return it.Error()
}

// acquire takes a reference; false if the content was replaced or closed.
func (c *content) acquire() bool {
	for !c.closing.Load() {
		n := c.refs.Load()
		if n == 0 {
			return false
		}
		if c.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
	return false
}

func (c *content) release() {
	if c.refs.Add(-1) == 0 {
		close(c.drained)
	}
}

// leave lets nobody in any more and gives up the owner's reference.
func (c *content) leave() {
	c.closing.Store(true)
	c.release()
}

// close waits for the last reader and closes the database. Where Pebble has given up neither ends, and it does not wait.
func (c *content) close() error {
	if !c.closing.Load() {
		c.leave()
	}
	closed := make(chan error, 1)
	go func() {
		<-c.drained
		c.idle.drop()
		closed <- c.db.Close()
	}()
	select {
	case err := <-closed:
		return err
	case <-c.fail.stuck:
		return c.fail.first()
	}
}

// get returns a copy of the value of a key; nil if there is no such key.
func (c *content) get(key []byte) ([]byte, error) {
	v, closer, err := c.db.Get(key)
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return append([]byte{}, v...), closer.Close()
}

// iter opens an iterator over a table.
func (c *content) iter(t table) (*pebble.Iterator, error) {
	lower, upper := c.keys.bounds(t)
	return c.db.NewIter(&pebble.IterOptions{LowerBound: lower, UpperBound: upper})
}

// newestHead returns the newest head of an entity, nil if it has no event, and
// keeps it in the cache.
func (c *content) newestHead(e event.Entity) (*head, error) {
	h, ticket := c.heads.get(e)
	if h != nil {
		return h, nil
	}
	if c.heads.lacks(e) && c.fail.first() == nil {
		return nil, nil
	}
	c.heads.missed(e)
	var keyBuf [128]byte
	v, closer, err := c.db.Get(c.keys.head(keyBuf[:0], e))
	if errors.Is(err, pebble.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	// The kinds are read after the head: it holds none that is not among them.
	h, ok := readHead(v, *c.kinds.Load())
	if err := closer.Close(); err != nil {
		return nil, err
	}
	if !ok {
		return nil, damage("head of entity %q", e)
	}
	c.heads.fill(e, h, ticket)
	return h, nil
}

// event reads the event at a place into a fresh Event; nil if there is none.
func (c *content) event(e event.Entity, p *place) (*event.Event, error) {
	b, err := c.get(c.keys.block(nil, e, p.block))
	if err != nil || b == nil {
		return nil, err
	}
	var body []byte
	for v := p.block; v <= p.version; v++ {
		var ok bool
		if body, b, ok = cutRecord(b); !ok {
			return nil, damage("event %d of entity %q", p.version, e)
		}
	}
	r := bodyReader{kinds: *c.kinds.Load()}
	if !r.read(body) {
		return nil, damage("event %d of entity %q", p.version, e)
	}
	r.event.Entity, r.event.Version = e, p.version
	return &r.event, nil
}

// blockOf returns the first version of the block that holds an event.
func (c *content) blockOf(e event.Entity, v event.Version) (event.Version, error) {
	it, err := c.iter(tableEvent)
	if err != nil {
		return 0, err
	}
	defer it.Close()
	key := append(c.keys.block(nil, e, v), 0)
	if !it.SeekLT(key) || !isBlockOf(it.Key(), key[:len(key)-versionBytes-1]) {
		return 0, orDamage(it.Error(), "event %d of entity %q is missing", v, e)
	}
	return blockFirst(it.Key()), nil
}

// byID returns the event with an id, nil if there is none.
func (c *content) byID(id event.ID) (*event.Event, error) {
	b, err := c.get(c.keys.id(nil, id))
	if err != nil || b == nil {
		return nil, err
	}
	entity, at, ok := readPointer(b)
	if !ok {
		return nil, damage("pointer of event id %s", id)
	}
	e, err := c.event(entity, &at)
	if err == nil && (e == nil || e.ID != id) {
		return nil, damage("event id %s points to version %d of entity %q, which is another", id, at.version, entity)
	}
	return e, err
}
