package projsql

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/feed"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/query/guard"
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire"
)

// openTemp empties the directory of temporary files, which are of no process any more.
func (db *DB) openTemp() (err error) {
	db.temp, err = spill.Open(db.options.dir("tmp"), spill.Options{BytesMax: db.options.TempBytesMax})
	if err == nil {
		db.onClose(db.temp.Close)
	}
	return err
}

// openStore opens the store; the cluster node closes it, unless it is never opened.
func (db *DB) openStore() (err error) {
	options := storage.Options{
		Logger:     db.room("storage"),
		CacheBytes: db.options.StoreCacheBytes,
		Predicates: guard.Compile,
	}
	if db.hooks.Store != nil {
		db.hooks.Store(&options)
	}
	db.store, err = storage.Open(db.options.dir("store"), options)
	if err != nil {
		return fmt.Errorf("event store: %w", err)
	}
	db.onClose(func() error {
		if db.cluster == nil {
			return db.store.Close()
		}
		return nil
	})
	return nil
}

func (db *DB) openEngine() error {
	logger := db.room("engine")
	options := engine.Options{
		Log: db.store, External: db.openExternal(), SlotBytesMax: db.options.SlotBytesMax, ListingBytesMax: db.options.ScanBytesMax, Logger: logger, DatabaseLabel: database,
		Now: db.hooks.Now,
	}
	if db.hooks.Engine != nil {
		db.hooks.Engine(&options)
	}
	db.external = options.External
	db.onClose(db.closeCache(db.external.Close))
	db.engine = engine.New(options)
	db.onClose(db.closeCache(db.engine.Close))
	db.metrics.MustRegister(db.engine.Metrics())
	db.registry = engine.NewRegistry(engine.RegistryOptions{
		Compile: fold.CompileSource, CompileKind: fold.CompileUpcasts, Retired: db.engine.Retire, Logger: logger,
	})
	return nil
}

// closeCache is close with its error logged: what a cache could not keep is made
// again.
func (db *DB) closeCache(close func() error) func() error {
	return func() error {
		if err := close(); err != nil {
			db.options.Logger.Warn("cached states could not all be kept", "error", err)
		}
		return nil
	}
}

// openExternal opens the cache on disk. A node whose cache directory cannot be used
// answers all the same, so it starts without.
func (db *DB) openExternal() cache.External {
	if db.options.NoExternalCache {
		return cache.Noop{}
	}
	logger := db.room("engine")
	external, err := cache.OpenPebble(db.options.dir("cache"), cache.PebbleOptions{Logger: logger})
	if err != nil {
		logger.Error("no external cache: states are not kept on disk", "error", err)
		return cache.Noop{}
	}
	return external
}

// records hands the replicated records to the registry. A definition that does not
// compile here is out of service and logged; the node goes on.
type records struct{ registry *engine.Registry }

func (r records) Apply(changed []event.Record, removed []string) error {
	_ = r.registry.Apply(changed, removed) // logged by the registry, one by one
	return nil
}

func (db *DB) openCluster() (err error) {
	network, err := db.openNetwork()
	if err != nil {
		return err
	}
	together := db.together()
	if network != nil && db.hooks.Network != nil {
		db.hooks.Network(network)
	}
	options := cluster.Options{
		Network:   network,
		Dir:       db.options.dir("raft"),
		NodeName:  db.options.NodeName,
		Machine:   db.store,
		Projector: db.engine,
		Clock:     hlc.NewClock(hlc.Options{Now: db.options.Now, DriftMax: together.ClockDriftMax}),
		DriftMax:  together.ClockDriftMax,
		ReadLease: together.ReadLease,
		Catalog:   records{db.registry},
		Logger:    db.room("cluster"),
		Now:       db.hooks.Now,
	}
	if db.hooks.Cluster != nil {
		db.hooks.Cluster(&options)
	}
	if db.cluster, err = cluster.Open(options); err != nil {
		return fmt.Errorf("log: %w", err)
	}
	db.onClose(func() error { return db.drain(db.cluster.Close) })
	db.metrics.MustRegister(nodeCollector{db})
	return nil
}

func (db *DB) openFeed() error {
	db.feed = feed.Open(feed.Options{Log: db.cluster, Definitions: db.registry, Logger: db.room("feed")})
	db.onClose(db.feed.Close)
	return nil
}

func (db *DB) openQuery() (err error) {
	db.query, err = query.NewServer(query.Options{
		Backend:     db.cluster,
		Definitions: db.registry,
		NodeName:    db.options.NodeName,
		Version:     Version(),
		Database:    database,
		Temp:        db.temp,
		Logger:      db.room("query"),
		Hooks:       statementHooks(db.metrics),
		Relations:   db.relations(),
		Follow:      func() query.Subscription { return db.feed.Subscribe() },
		Cluster:     db.clusterFunctions(),
		Guards:      func() bool { return db.secret != nil || db.cluster.OnlyMember() },
		Entities:    db.store.Entities,
		Events:      func() uint64 { last, _ := db.store.Frontier(); return uint64(last) },
		States:      db.engine.Listed,
		DiskBytes:   func() int64 { return int64(db.store.Stats().DiskBytes) },
		Purge: func(_ context.Context, prefix string) (int64, error) {
			purged, err := db.engine.Purge(prefix)
			return int64(purged), err
		},
		QueryBytesMax: db.options.QueryBytesMax,
		WorkBytes:     db.options.WorkBytes,
		WorkBytesMax:  db.hooks.WorkBytesMax,
		Settings:      db.shown(),
	})
	return err
}

// shown are the settings of PostgreSQL's that tell how the node runs.
func (db *DB) shown() map[string]query.Setting {
	const connectionsMost = 1<<18 - 1 // that PostgreSQL's setting can tell
	dir, err := filepath.Abs(db.options.Dir)
	if err != nil {
		dir = db.options.Dir
	}
	all := map[string]query.Setting{}
	for name, value := range map[string]string{
		"ssl": strconv.FormatBool(db.options.TLS != nil), "max_connections": strconv.Itoa(min(max(db.options.ConnectionsMax, 1), connectionsMost)),
		"data_directory": dir, "data_checksums": "on", "ssl_library": "crypto/tls",
	} {
		all[name] = query.Setting{Value: value, Source: "override"}
	}
	for name, s := range db.options.Settings {
		all[name] = query.Setting(s)
	}
	return all
}

// sessions opens the query room's sessions for the wire.
type sessions struct{ server *query.Server }

func (s sessions) Open(ctx context.Context, start wire.Startup) (wire.Session, [][2]string, error) {
	session, parameters, err := s.server.Open(ctx, query.Startup(start))
	if err != nil {
		return nil, nil, err
	}
	return session, parameters, nil
}

func (db *DB) openWire() error {
	options := wire.Options{
		Sessions:       sessions{db.query},
		Logger:         db.room("wire"),
		Metrics:        db.metrics,
		ConnectionsMax: db.options.ConnectionsMax,
		TLSConfig:      db.options.TLS,
		Alert:          db.alert,
	}
	options.Auth = db.byPassword()
	if db.secret != nil {
		options.TLSConfig, options.Auth = db.secret.Beside(options.TLSConfig), nodesBySecret{db.secret, options.Auth}
	}
	db.wire, db.inner = wire.NewServer(options), newInnerListener()
	served := make(chan error, 1)
	go func() { served <- db.wire.Serve(context.Background(), db.inner) }()
	db.onClose(func() error {
		err := errors.Join(db.drain(db.wire.Shutdown), ignoreClosed(<-served))
		if errors.Is(err, context.DeadlineExceeded) {
			db.options.Logger.Warn("statements were ended by the drain timeout")
			return nil
		}
		return err
	})
	return nil
}
