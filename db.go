package projsql

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/cluster/secret"
	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/feed"
	"github.com/projsql/projsql/engine/warm"
	"github.com/projsql/projsql/internal/seam"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/wire"
	"github.com/projsql/projsql/wire/socket"
)

// database is the one database of a node.
const database = "projsql"

// DB is a node: every room, put together. It is safe for concurrent use.
type DB struct {
	gate     gate
	options  Options
	hooks    seam.Hooks
	metrics  *prometheus.Registry
	store    *storage.Store
	external cache.External
	engine   *engine.Engine
	registry *engine.Registry
	feed     *feed.Feed
	cluster  *cluster.Node
	secret   *secret.Secret // nil: nodes are not authenticated
	query    *query.Server
	temp     *spill.Dir
	warm     *warm.Warmer
	wire     *wire.Server
	alert    *socket.Alert
	inner    *innerListener         // for clients of this process
	abreast  atomic.Bool            // it has known, since it was opened, all that was committed
	pgAddr   atomic.Pointer[string] // where ServePG answers; nil: nowhere
	closers  []func() error         // in the order of opening
}

// Open opens the node in a directory and returns once it can append and answer
// consistently, or with ctx's error if that takes too long; a member of a cluster with
// others returns at once, and ServePG must be called: see WaitReady. After an error nothing is
// left open. Damage that is found in the directory is an error with SQLSTATE XX001.
func Open(ctx context.Context, o Options) (*DB, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	db := &DB{gate: gate{closing: make(chan struct{})}, options: o, hooks: seam.From(ctx), metrics: prometheus.NewRegistry(), alert: socket.NewAlert()}
	db.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, open := range []func() error{
		db.openDirectory, db.openTemp, db.openStore, db.openEngine, db.openCluster, db.openFeed, db.openQuery, db.openWire,
		func() error { return db.awaitReady(ctx) }, db.openWarm,
	} {
		if err := open(); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	if db.hooks.Opened != nil {
		db.hooks.Opened(seam.Rooms{Store: db.store, Engine: db.engine, Registry: db.registry, Cluster: db.cluster})
	}
	return db, nil
}

// Close shuts the node down gracefully: it waits for calls that run, clients are told,
// running statements and waiting appends get Options.DrainTimeout. Calls after it are
// errors with SQLSTATE 57P03; closing again does nothing. A node that has failed may wait
// for its disk for ever: if it has not ended five seconds after the time for both, Close
// returns an error, and the rest goes on until the process ends.
func (db *DB) Close() error {
	closed := make(chan error, 1)
	go func() { closed <- db.close() }()
	var failure error
	stored, logged := db.failed()
	select {
	case err := <-closed:
		return err
	case <-stored:
		failure = db.store.Err()
	case <-logged:
		failure = db.cluster.Err()
	}
	wait := 2*db.options.DrainTimeout + failedCloseMax
	select {
	case err := <-closed:
		return err
	case <-time.After(wait):
		db.options.Logger.Error("the node has failed and does not end: it is left as it is", "after", wait, "error", failure)
		return fmt.Errorf("the node has failed and could not be closed in %s: %w", wait, failure)
	}
}

// failedCloseMax is how long a node that has failed may take to close beside its drains.
const failedCloseMax = 5 * time.Second

// failed are closed when the store, or the log of the cluster, cannot go on; a room that is
// not open does not fail.
func (db *DB) failed() (stored, logged <-chan struct{}) {
	if db.store != nil {
		stored = db.store.Failed()
	}
	if db.cluster != nil {
		logged = db.cluster.Failed()
	}
	return stored, logged
}

// close undoes what Open did, in reverse order.
func (db *DB) close() (err error) {
	if !db.gate.close() {
		return nil
	}
	for len(db.closers) > 0 {
		last := len(db.closers) - 1
		err = errors.Join(err, db.closers[last]())
		db.closers = db.closers[:last]
	}
	return err
}

// onClose registers what undoes a step; Close runs it in reverse order.
func (db *DB) onClose(f func() error) { db.closers = append(db.closers, f) }

// drain is close with the time that Options.DrainTimeout gives it.
func (db *DB) drain(close func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.Background(), db.options.DrainTimeout)
	defer cancel()
	return close(ctx)
}

// room is the logger of a room.
func (db *DB) room(name string) *slog.Logger { return db.options.Logger.With("room", name) }

// openDirectory makes the data directory and takes its lock.
func (db *DB) openDirectory() error {
	if err := os.MkdirAll(db.options.Dir, 0o700); err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	lock, err := os.OpenFile(db.options.dir("LOCK"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("data directory: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("data directory: another process has %s open", db.options.Dir), lock.Close())
	}
	db.onClose(lock.Close)
	return nil
}
