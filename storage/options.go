package storage

import (
	"crypto/rand"
	"io"
	"log/slog"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/storage/event"
)

// Defaults of Options.
const (
	CacheBytesDefault     = 128 << 20
	HeadCacheBytesDefault = 64 << 20
	MemTableBytesDefault  = 64 << 20
)

// Options of a Store; zero fields mean the defaults.
type Options struct {
	// FS holds the files; default vfs.Default, the operating system's.
	FS vfs.FS
	// Logger hears of stalls and damage; default slog.DiscardHandler.
	Logger *slog.Logger
	// CacheBytes bounds the cache of blocks read from disk; default CacheBytesDefault.
	CacheBytes int64
	// HeadCacheBytes bounds the memory of cached heads; default HeadCacheBytesDefault.
	HeadCacheBytes int64
	// MemTableBytes is how much is written before Pebble sorts it into a file; default
	// MemTableBytesDefault. At most twice that much is in memory.
	MemTableBytes uint64
	// Predicates compiles the predicate of a guard. It must be a pure function of the
	// bytes, and what it returns one of the event's, on every replica: both decide what
	// is in the log. What it refuses, or any predicate if it is nil, stops the store.
	Predicates func(encoded []byte) (func(*event.Event) bool, error)
	// Now tells how long the disk has failed, and nothing else; default time.Now.
	Now func() time.Time
	// Rand makes the lineage of a new store; default crypto/rand.Reader.
	Rand io.Reader
}

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.CacheBytes <= 0 {
		o.CacheBytes = CacheBytesDefault
	}
	if o.HeadCacheBytes <= 0 {
		o.HeadCacheBytes = HeadCacheBytesDefault
	}
	if o.MemTableBytes == 0 {
		o.MemTableBytes = MemTableBytesDefault
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	return o
}
