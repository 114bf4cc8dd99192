package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/feed"
	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire"
)

// node is one projsql process: every room, put together.
type node struct {
	config   nodeConfig
	metrics  *prometheus.Registry
	store    *storage.Store
	external cache.External
	engine   *engine.Engine
	registry *engine.Registry
	feed     *feed.Feed
	cluster  *cluster.Node
	query    *query.Server
	wire     *wire.Server
	pg       net.Listener
	admin    net.Listener
	http     *http.Server
	closers  []func() error // in the order of opening
}

// openNode opens a node and its listeners; serve answers on them. After an error
// nothing is left open.
func openNode(c nodeConfig) (n *node, err error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	n = &node{config: c, metrics: prometheus.NewRegistry()}
	n.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, open := range []func() error{
		n.openDirectory, n.openStore, n.openEngine, n.openCluster, n.openQuery, n.openWire, n.openAdmin,
	} {
		if err := open(); err != nil {
			return nil, errors.Join(err, n.close())
		}
	}
	return n, nil
}

// onClose registers what undoes a step; close runs it in reverse order.
func (n *node) onClose(f func() error) { n.closers = append(n.closers, f) }

// close shuts the node down gracefully.
func (n *node) close() (err error) {
	for len(n.closers) > 0 {
		last := len(n.closers) - 1
		err = errors.Join(err, n.closers[last]())
		n.closers = n.closers[:last]
	}
	return err
}

// openDirectory makes the data directory and takes its lock.
func (n *node) openDirectory() error {
	if err := os.MkdirAll(n.config.dataDir, 0o700); err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	lock, err := os.OpenFile(n.config.dir("LOCK"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("--data: %w", err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return errors.Join(fmt.Errorf("--data: another process has %s open", n.config.dataDir), lock.Close())
	}
	n.onClose(lock.Close)
	return nil
}

// openStore opens the store; the cluster node closes it, unless it is never opened.
func (n *node) openStore() (err error) {
	n.store, err = storage.Open(n.config.dir("store"), storage.Options{
		Logger:     n.config.logger.With("room", "storage"),
		CacheBytes: n.config.storeMB << 20,
	})
	if err != nil {
		return fmt.Errorf("event store: %w", err)
	}
	n.onClose(func() error {
		if n.cluster == nil {
			return n.store.Close()
		}
		return nil
	})
	return nil
}

func (n *node) openEngine() (err error) {
	logger := n.config.logger.With("room", "engine")
	options := engine.Options{
		Log: n.store, External: n.openExternal(), SlotBytesMax: n.config.slotMB << 20, Logger: logger, DatabaseLabel: database,
		Now: n.config.now,
	}
	if n.config.engineOptions != nil {
		n.config.engineOptions(&options)
	}
	n.external = options.External
	n.onClose(n.closeCache(n.external.Close))
	n.engine, err = engine.New(options)
	if err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	n.onClose(n.closeCache(n.engine.Close))
	n.metrics.MustRegister(n.engine.Metrics())
	n.registry = engine.NewRegistry(engine.RegistryOptions{
		Compile: fold.CompileSource, Retired: n.engine.Retire, Logger: logger,
	})
	return nil
}

// closeCache is close with its error logged: what a cache could not keep is made
// again.
func (n *node) closeCache(close func() error) func() error {
	return func() error {
		if err := close(); err != nil {
			n.config.logger.Warn("cached states could not all be kept", "error", err)
		}
		return nil
	}
}

// openExternal opens the cache on disk. A node whose cache directory cannot be used
// answers all the same, so it starts without.
func (n *node) openExternal() cache.External {
	if n.config.noCache {
		return cache.Noop{}
	}
	logger := n.config.logger.With("room", "engine")
	external, err := cache.OpenPebble(n.config.dir("cache"), cache.PebbleOptions{Logger: logger})
	if err != nil {
		logger.Error("no external cache: states are not kept on disk", "error", err)
		return cache.Noop{}
	}
	return external
}

// database is the one database of a node.
const database = "projsql"

// records hands the replicated records to the registry. A definition that does not
// compile here is out of service and logged; the node goes on.
type records struct{ registry *engine.Registry }

func (r records) Apply(changed []event.Record, removed []string) error {
	_ = r.registry.Apply(changed, removed) // logged by the registry, one by one
	return nil
}

func (n *node) openCluster() (err error) {
	n.cluster, err = cluster.Open(cluster.Options{
		Dir:       n.config.dir("raft"),
		NodeName:  n.config.nodeName,
		Machine:   n.store,
		Projector: n.engine,
		Clock:     hlc.NewClock(hlc.Options{}),
		Catalog:   records{n.registry},
		Logger:    n.config.logger.With("room", "cluster"),
		Now:       n.config.now,
	})
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	n.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), n.config.drainTimeout)
		defer cancel()
		return n.cluster.Close(ctx)
	})
	n.metrics.MustRegister(nodeCollector{n})
	n.engine.Reclaim(n.registry.All())
	n.feed = feed.Open(feed.Options{Log: n.cluster, Definitions: n.registry, Logger: n.config.logger.With("room", "feed")})
	n.onClose(n.feed.Close)
	return nil
}

func (n *node) openQuery() (err error) {
	n.query, err = query.NewServer(query.Options{
		Backend:     n.cluster,
		Definitions: n.registry,
		NodeName:    n.config.nodeName,
		Version:     versionText(),
		Database:    database,
		Logger:      n.config.logger.With("room", "query"),
		Hooks:       statementHooks(n.metrics),
		Relations:   n.relations(),
		Follow:      func() query.Subscription { return n.feed.Subscribe() },
		Purge: func(_ context.Context, prefix string) (int64, error) {
			purged, err := n.engine.Purge(prefix)
			return int64(purged), err
		},
	})
	return err
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

func (n *node) openWire() (err error) {
	options := wire.Options{
		Sessions:       sessions{n.query},
		Logger:         n.config.logger.With("room", "wire"),
		Metrics:        n.metrics,
		ConnectionsMax: n.config.connections,
	}
	if n.config.insecure {
		options.Auth = wire.TrustAll{}
	}
	if n.config.tlsCert != "" {
		certificate, err := tls.LoadX509KeyPair(n.config.tlsCert, n.config.tlsKey)
		if err != nil {
			return fmt.Errorf("--tls-cert: %w", err)
		}
		options.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	}
	if n.pg, err = listen(context.Background(), "pg-addr", n.config.pgAddr); err != nil {
		return err
	}
	n.wire = wire.NewServer(options)
	n.onClose(func() error {
		ctx, cancel := context.WithTimeout(context.Background(), n.config.drainTimeout)
		defer cancel()
		err := n.wire.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			n.config.logger.Warn("statements were ended by --drain-timeout")
			err = nil
		}
		_ = n.pg.Close() // closed by Shutdown if it was served
		return err
	})
	return nil
}

func (n *node) pgAddr() net.Addr { return n.pg.Addr() }

// serve answers until ctx ends or the node fails.
func (n *node) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if err := n.awaitReady(ctx); err != nil {
		return err
	}
	n.config.logger.Info("ready", "version", versionText(), "pg", n.pg.Addr().String(), "http", n.admin.Addr().String(), "data", n.config.dataDir)
	go func() { cancel(n.http.Serve(n.admin)) }()
	go func() { cancel(n.wire.Serve(context.WithoutCancel(ctx), n.pg)) }()
	select {
	case <-ctx.Done():
	case <-n.cluster.Failed():
		return fmt.Errorf("the node stops: %w", n.cluster.Err())
	case <-n.store.Failed():
		return fmt.Errorf("the node stops: %w", n.store.Err())
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	n.config.logger.Info("shutting down")
	return nil
}

func (n *node) awaitReady(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return n.cluster.WaitReady(ctx)
}
