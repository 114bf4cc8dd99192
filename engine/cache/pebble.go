package cache

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/storage/compaction"
	"github.com/projsql/projsql/storage/event"
)

// memTables is how many memtables there are most of the time: one that is written, one that
// is flushed. Pebble takes their memory from its cache.
const memTables = 2

// PebbleOptions configure a Pebble; zero fields mean the defaults.
type PebbleOptions struct {
	FS            vfs.FS       // nil = the operating system's
	Logger        *slog.Logger // nil = discard
	BlockBytesMax int64        // memory for blocks read from disk; 0 = 32 MiB
	MemTableBytes uint64       // 0 = 8 MiB
}

func (o PebbleOptions) withDefaults() PebbleOptions {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.BlockBytesMax == 0 {
		o.BlockBytesMax = 32 << 20
	}
	if o.MemTableBytes == 0 {
		o.MemTableBytes = 8 << 20
	}
	return o
}

// Pebble is an External in a directory of its own. Writes go through a write-ahead log
// that is handed to the operating system within 20 ms of each Put, by a goroutine that
// Close waits for, and never forced to the disk: rows survive the end of the process,
// kill -9 too, and may be lost with the machine's power, which is no more than a miss.
// Every row carries a checksum, so no damage below it can pass for a state. When its disk
// fails it is unavailable, and is opened again as soon as the disk takes writes.
type Pebble struct {
	dir     string
	options PebbleOptions
	logger  *slog.Logger
	broken  atomic.Bool // Pebble gave up; what it says from then on is not asked
	damaged atomic.Uint64
	losses  atomic.Uint64

	db   *pebble.DB // changes while healing, with no users
	lock *pebble.Lock

	mu      sync.RWMutex
	closed  bool
	healing bool
	stuck   bool           // a lost database does not close: keep's, and Close's after it
	users   sync.WaitGroup // of db; joined under mu, so none joins once closed or healing

	pending     *pending
	groupMemory sync.Pool // of *groupMemory
	absent      *absent
	dirty       chan struct{} // something is put and not handed over yet, or db is broken
	lost        chan struct{} // db is broken
	quit        chan struct{}
	keeping     sync.WaitGroup
}

var _ External = (*Pebble)(nil)

// OpenPebble opens the cache in dir, or makes one. A cache that does not open is
// logged and replaced by an empty one. An error means that the directory cannot be
// used at all: it is locked by a process or not writable.
func OpenPebble(dir string, o PebbleOptions) (*Pebble, error) {
	o = o.withDefaults()
	p := &Pebble{
		dir: dir, options: o, logger: o.Logger, pending: newPending(), absent: newAbsent(),
		dirty: make(chan struct{}, 1), lost: make(chan struct{}, 1), quit: make(chan struct{}),
	}
	err := p.open(dir, o)
	if err != nil && p.lock == nil {
		return nil, err
	}
	if err != nil {
		err = p.reopen(dir, o, err)
	}
	if err != nil {
		return nil, errors.Join(err, p.lock.Close())
	}
	p.keeping.Go(p.keep)
	return p, nil
}

// reopen replaces a cache that does not open by an empty one.
func (p *Pebble) reopen(dir string, o PebbleOptions, err error) error {
	o.Logger.Warn("external cache does not open; it starts empty", "dir", dir, "error", err)
	if !p.abandon() {
		return ErrUnavailable
	}
	if err := p.wipe(dir, o.FS); err != nil {
		return fmt.Errorf("emptying the external cache in %s: %w", dir, err)
	}
	p.broken.Store(false)
	if err := p.open(dir, o); err != nil {
		return fmt.Errorf("opening an external cache in %s: %w", dir, err)
	}
	return nil
}

// open takes the lock, unless it is held, and opens the database.
func (p *Pebble) open(dir string, o PebbleOptions) (err error) {
	if err := o.FS.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if p.lock == nil {
		if p.lock, err = pebble.LockDirectory(dir, o.FS); err != nil {
			return fmt.Errorf("locking the external cache in %s: %w", dir, err)
		}
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("pebble: %v", r)
		}
	}()
	blocks := pebble.NewCache(o.BlockBytesMax + memTables*int64(o.MemTableBytes))
	defer blocks.Unref()
	if p.db, err = compaction.Open(dir, p.pebbleOptions(blocks, o)); err != nil {
		return err
	}
	if p.broken.Load() {
		return ErrUnavailable
	}
	return nil
}

func (p *Pebble) pebbleOptions(blocks *pebble.Cache, o PebbleOptions) *pebble.Options {
	const bloomBits = 10 // a cold read asks for a row that is not there
	opts := &pebble.Options{
		FS: lossyFS{o.FS, p.broken.Load, p.lose}, Cache: blocks, MemTableSize: o.MemTableBytes, Lock: p.lock,
		FormatMajorVersion: pebble.FormatNewest,
		Logger:             fatalLogger{p},
		EventListener: &pebble.EventListener{
			DataCorruption:  func(i pebble.DataCorruptionInfo) { p.logger.Warn("external cache is damaged", "info", i.String()) },
			BackgroundError: p.background,
		},
		MemTableStopWritesThreshold: stopWritesMemTables, L0StopWritesThreshold: stopWritesTables,
	}
	for i := range opts.Levels {
		opts.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBits)
	}
	return opts
}

// wipe removes everything but the lock.
func (p *Pebble) wipe(dir string, fs vfs.FS) error {
	names, err := fs.List(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if name == "LOCK" {
			continue
		}
		if err := fs.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// fatalLogger takes the place of a logger that ends the process: losing a cache is
// no reason to. The cache is unavailable from then on.
type fatalLogger struct{ p *Pebble }

func (l fatalLogger) Infof(string, ...any) {}

func (l fatalLogger) Errorf(format string, args ...any) {
	l.p.logger.Warn("external cache: " + fmt.Sprintf(format, args...))
}

func (l fatalLogger) Fatalf(format string, args ...any) { l.p.lose(fmt.Errorf(format, args...)) }

// lose makes the cache unavailable until its disk is well.
func (p *Pebble) lose(err error) {
	if !p.broken.Swap(true) {
		p.logger.Error("external cache is lost until its disk is well: " + err.Error())
	}
	tell(p.lost)
	p.wake()
}

// Pebble has writers wait for flushes and compactions: those that fail must not be waited
// for, by readers least of all. So they lose the cache long before there is so much.
const (
	stopWritesMemTables = 16
	stopWritesTables    = 1000
)

// background is told of flushes and compactions that failed. Damage is a miss, found row
// by row; it ends nothing.
func (p *Pebble) background(err error) {
	if damaged(err) {
		p.logger.Warn("external cache failed in the background", "error", err)
		return
	}
	p.lose(err)
}

// use runs f with the database, unless there is none to be used.
func (p *Pebble) use(f func(*pebble.DB) error) (err error) {
	if !p.enter() {
		return ErrUnavailable
	}
	defer p.users.Done()
	if err = f(p.db); err == nil && p.broken.Load() {
		return ErrUnavailable
	}
	return err
}

// useWritten is use after everything put so far is in the database.
func (p *Pebble) useWritten(f func(*pebble.DB) error) error {
	return p.use(func(db *pebble.DB) error {
		if err := p.write(); err != nil {
			return err
		}
		return f(db)
	})
}

func (p *Pebble) enter() bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	if p.closed || p.healing || p.broken.Load() {
		return false
	}
	p.users.Add(1)
	return true
}

// Capabilities says that rows are kept, and that Prefetch does nothing.
func (p *Pebble) Capabilities() Capabilities { return Capabilities{} }

// Put implements External. The row is written with those that are put at the time; that
// it could not be is logged.
func (p *Pebble) Put(o Owner, e event.Entity, r Row) error {
	h := p.absent.hash(e)
	return p.use(func(db *pebble.DB) error {
		p.met(db, o).single.add(h)
		first, full, err := p.pending.put(db, h, o, &EntityRow{e, r})
		if err != nil {
			return err
		}
		return p.queued(first, full)
	})
}

// queued sees to it that what was put is written soon, or now.
func (p *Pebble) queued(first, full bool) error {
	if first {
		p.wake()
	}
	if !full {
		return nil
	}
	return p.write()
}

// write hands everything put so far to Pebble.
func (p *Pebble) write() error {
	err := p.pending.write()
	if err != nil {
		p.losses.Add(1)
	}
	return err
}

func (p *Pebble) wake() { tell(p.dirty) }

func tell(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Owners implements External. The owners' lineages are not told.
func (p *Pebble) Owners() (owners []Owner, err error) {
	err = p.useWritten(func(db *pebble.DB) error {
		it, err := db.NewIter(nil)
		if err != nil {
			return err
		}
		for ok := it.First(); ok; {
			name, version, _, valid := splitKey(it.Key())
			if !valid {
				ok = it.Next()
				continue
			}
			owners = append(owners, Owner{Name: string(name), Version: version})
			ok = it.SeekGE(prefixEnd(appendKey(nil, string(name), version, "")))
		}
		return it.Close()
	})
	return owners, err
}

// OwnerBytes implements External. Rows that are still in memory are not in it.
func (p *Pebble) OwnerBytes(name string, version uint64) (bytes uint64, err error) {
	prefix := appendKey(nil, name, version, "")
	err = p.useWritten(func(db *pebble.DB) error {
		bytes, err = db.EstimateDiskUsage(prefix, prefixEnd(prefix))
		return err
	})
	return bytes, err
}

// Prefetch does nothing: Get is a lookup in memory or one read.
func (p *Pebble) Prefetch(Owner, event.Entity) error { return nil }

// Sync implements External.
func (p *Pebble) Sync() error {
	return p.useWritten(func(db *pebble.DB) error { return db.LogData(nil, pebble.Sync) })
}

// Metrics implements External.
func (p *Pebble) Metrics() Metrics {
	m := Metrics{Damaged: p.damaged.Load()}
	_ = p.use(func(db *pebble.DB) error {
		m.Bytes = db.Metrics().DiskSpaceUsage()
		return nil
	})
	return m
}

// Close waits for calls under way and closes the database. One that is lost is left to
// the next open.
func (p *Pebble) Close() error {
	p.mu.Lock()
	again := p.closed
	p.closed = true
	p.mu.Unlock()
	if again {
		return nil
	}
	close(p.quit)
	p.keeping.Wait()
	p.users.Wait()
	if p.broken.Load() {
		p.abandon()
		return p.lock.Close()
	}
	return errors.Join(p.write(), p.db.Close(), p.lock.Close())
}

// Mark implements External.
func (p *Pebble) Mark(o Owner) ([]byte, error) {
	row, err := p.Get(o, "", nil)
	return row.State, err
}

// SetMark implements External.
func (p *Pebble) SetMark(o Owner, mark []byte) error {
	if err := p.Put(o, "", Row{State: mark}); err != nil {
		return err
	}
	return p.Sync()
}

// Losses implements External.
func (p *Pebble) Losses() uint64 { return p.losses.Load() }
