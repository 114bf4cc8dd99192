package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/projsql/projsql/engine"
)

// nodeConfig is what a node is started with; see defaultConfig.
type nodeConfig struct {
	dataDir      string
	nodeName     string
	pgAddr       string
	httpAddr     string
	tlsCert      string
	tlsKey       string
	insecure     bool
	connections  int
	slotMB       int64
	storeMB      int64
	noCache      bool
	drainTimeout time.Duration
	logLevel     string
	logFormat    string
	logger       *slog.Logger
	now          func() time.Time // nil = time.Now
	// engineOptions, when set, may change what the engine is opened with, e.g. to another
	// external cache, which the node closes then.
	engineOptions func(*engine.Options)
}

// defaultConfig is what a newcomer gets.
func defaultConfig() nodeConfig {
	return nodeConfig{
		dataDir: "projsql-data", nodeName: "node1", pgAddr: "127.0.0.1:5433", httpAddr: "127.0.0.1:8433",
		connections: 10_000, slotMB: 256, storeMB: 256, drainTimeout: 10 * time.Second,
		logLevel: "info", logFormat: "text", logger: slog.New(slog.DiscardHandler),
	}
}

func serveCommand() *cobra.Command {
	c := defaultConfig()
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a durable node",
		Long: `Run a durable node. It stops gracefully on SIGTERM and SIGINT: sessions are told,
running statements get --drain-timeout to finish.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.logger = newLogger(cmd.ErrOrStderr(), c)
			n, err := openNode(c)
			if err != nil {
				return err
			}
			err = n.serve(cmd.Context())
			return errors.Join(err, n.close())
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.dataDir, "data", c.dataDir, "data directory; created if missing")
	f.StringVar(&c.nodeName, "node-name", c.nodeName, "name of this node, as _node and projsql.nodes show it")
	f.StringVar(&c.pgAddr, "pg-addr", c.pgAddr, "address of the Postgres protocol")
	f.StringVar(&c.httpAddr, "http-addr", c.httpAddr, "address of /healthz, /readyz and /metrics")
	f.StringVar(&c.tlsCert, "tls-cert", "", "certificate chain (PEM) for the Postgres protocol")
	f.StringVar(&c.tlsKey, "tls-key", "", "private key (PEM) of --tls-cert")
	f.BoolVar(&c.insecure, "insecure", false, "allow listening beyond loopback although clients are not authenticated")
	f.IntVar(&c.connections, "max-connections", c.connections, "client connections at once")
	f.Int64Var(&c.slotMB, "slot-memory", c.slotMB, "memory for states cached in this process, in MiB")
	f.Int64Var(&c.storeMB, "store-cache", c.storeMB, "memory for blocks of the event store, in MiB")
	f.BoolVar(&c.noCache, "no-external-cache", false, "do not keep states on disk")
	f.DurationVar(&c.drainTimeout, "drain-timeout", c.drainTimeout, "how long running statements may go on after SIGTERM")
	f.StringVar(&c.logLevel, "log-level", c.logLevel, "debug, info, warn or error")
	f.StringVar(&c.logFormat, "log-format", c.logFormat, "text or json")
	return cmd
}

func newLogger(w io.Writer, c nodeConfig) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.logLevel)); err != nil {
		level = slog.LevelInfo
	}
	options := &slog.HandlerOptions{Level: level}
	if c.logFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// check refuses a configuration that would be open to the network.
func (c *nodeConfig) check() error {
	if (c.tlsCert == "") != (c.tlsKey == "") {
		return errors.New("--tls-cert and --tls-key belong together")
	}
	for _, addr := range []string{c.pgAddr, c.httpAddr} {
		loopback, err := isLoopback(addr)
		if err != nil {
			return err
		}
		if !loopback && !c.insecure {
			return fmt.Errorf("%s is beyond loopback and clients are not authenticated yet: give --insecure if the network is trusted", addr)
		}
	}
	return nil
}

func isLoopback(addr string) (bool, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false, err
	}
	resolved, err := net.ResolveIPAddr("ip", host)
	if err != nil {
		return false, err
	}
	return resolved.IP.IsLoopback(), nil
}

// dir is a directory of the node's within the data directory.
func (c *nodeConfig) dir(name string) string { return filepath.Join(c.dataDir, name) }

// listen opens a listener with an error that names the flag.
func listen(ctx context.Context, flag, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	return l, nil
}
