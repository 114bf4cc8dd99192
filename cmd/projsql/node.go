package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/projsql/projsql"
)

// readyTimeout bounds how long a node may take until it can answer.
const readyTimeout = time.Minute

// node is a DB and the listeners that it answers on.
type node struct {
	*projsql.DB
	config nodeConfig
	pg     net.Listener
	socket net.Listener // nil: none
	admin  net.Listener
	http   *http.Server
	// certificate is what clients are shown from now on.
	certificate atomic.Pointer[tls.Certificate]
}

// openNode opens a node and its listeners; serve answers on them. After an error
// nothing is left open.
func openNode(ctx context.Context, c nodeConfig) (*node, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	c.db.SlotBytesMax, c.db.ScanBytesMax, c.db.StoreCacheBytes = c.slotMB<<20, c.scanMB<<20, c.storeMB<<20
	c.db.QueryBytesMax, c.db.WorkBytes, c.db.TempBytesMax = c.queryMB<<20, c.workMB<<20, c.tempMB<<20
	if c.slotMB == 0 {
		c.db.SlotBytesMax = -1
	}
	if c.scanMB == 0 {
		c.db.ScanBytesMax = -1
	}
	if c.db.DrainTimeout == 0 { // the option's zero is its default
		c.db.DrainTimeout = time.Nanosecond
	}
	n := &node{config: c}
	for _, open := range []func(context.Context) error{n.listen, n.openTLS, n.openDB} {
		if err := open(ctx); err != nil {
			return nil, errors.Join(err, n.close())
		}
	}
	n.http = &http.Server{Handler: n.Handler(), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute}
	return n, nil
}

func (n *node) listen(ctx context.Context) (err error) {
	if n.pg, err = listen(ctx, "pg-addr", n.config.pgAddr); err != nil {
		return err
	}
	if dir := n.config.socketDir; dir != "" {
		if n.socket, err = listenUnix(ctx, dir, n.pg.Addr().(*net.TCPAddr).Port); err != nil {
			return err
		}
	}
	if n.admin, err = listen(ctx, "http-addr", n.config.httpAddr); err != nil || n.config.alone {
		return err
	}
	return n.listenCluster(ctx)
}

// listen opens a listener with an error that names the flag.
func listen(ctx context.Context, flag, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	return l, nil
}

func (n *node) openDB(ctx context.Context) (err error) {
	ctx, cancel := context.WithTimeout(ctx, readyTimeout)
	defer cancel()
	n.config.db.Settings = n.settings()
	if n.DB, err = projsql.Open(ctx, n.config.db); err != nil && n.config.db.Cluster != nil {
		_ = n.config.db.Cluster.Raft.Close()
	}
	return err
}

func (n *node) tellReady(ctx context.Context) {
	if err := n.WaitReady(ctx); err == nil {
		n.config.db.Logger.Info("ready")
	}
}

// close shuts the node down gracefully.
func (n *node) close() (err error) {
	if n.http != nil {
		err = n.http.Close()
	}
	if n.DB != nil {
		err = errors.Join(err, n.Close())
	}
	for _, l := range []net.Listener{n.pg, n.socket, n.admin} {
		if l != nil {
			_ = l.Close() // closed already if it was served
		}
	}
	return err
}

// serve answers until ctx ends or the node fails.
func (n *node) serve(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	n.config.db.Logger.Info("listening", "version", projsql.Version(), "pg", n.pg.Addr().String(), "http", n.admin.Addr().String(), "data", n.config.db.Dir)
	go n.tellReady(ctx)
	go n.reload(ctx, hangups)
	go func() { cancel(n.http.Serve(n.admin)) }()
	if n.socket != nil {
		n.config.db.Logger.Info("listening", "socket", n.socket.Addr().String())
		go func() { cancel(n.ServePG(ctx, n.socket)) }()
	}
	if err := n.ServePG(ctx, n.pg); err != nil {
		return err
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.Canceled) {
		return cause
	}
	n.config.db.Logger.Info("shutting down; a second signal ends at once")
	return nil
}
