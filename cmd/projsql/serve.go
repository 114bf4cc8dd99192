package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/projsql/projsql"
)

// nodeConfig is what a node is started with; see defaultConfig.
type nodeConfig struct {
	db                      projsql.Options
	pgAddr                  string
	httpAddr                string
	socketDir               string
	tlsCert                 string
	tlsKey                  string
	slotMB, scanMB, storeMB int64
	queryMB, workMB, tempMB int64
	cluster                 clusterConfig
	alone                   bool // no other node may join
	logLevel                string
	logFormat               string
	flags                   *pflag.FlagSet // that it comes from; nil: none
}

// defaultConfig is what a newcomer gets.
func defaultConfig() nodeConfig {
	return nodeConfig{
		db: projsql.Options{
			Dir: "projsql-data", NodeName: "node1", ConnectionsMax: 10_000, DrainTimeout: 10 * time.Second,
			Logger: slog.New(slog.DiscardHandler),
		},
		pgAddr: "127.0.0.1:5433", httpAddr: "127.0.0.1:8433",
		slotMB: 256, scanMB: 256, storeMB: 256, queryMB: 512, workMB: 384, tempMB: 64 << 10, logLevel: "info", logFormat: "text", cluster: clusterConfig{voters: 5},
	}
}

func serveCommand() *cobra.Command {
	c := defaultConfig()
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run a durable node",
		Long: `Run a durable node. It stops gracefully on SIGTERM and SIGINT: sessions are told,
running statements get --drain-timeout to finish. A second signal ends it at once;
nothing that was acknowledged is lost then either. SIGHUP has it read the files of
--tls-cert and --tls-key again; all else is read when it starts.`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c.db.Logger, c.flags = newLogger(cmd.ErrOrStderr(), c), cmd.Flags()
			n, err := openNode(cmd.Context(), c)
			if err != nil {
				return err
			}
			defer spareCollections(garbageMin)()
			err = n.serve(cmd.Context())
			return errors.Join(err, n.close())
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.db.Dir, "data", c.db.Dir, "data directory; created if missing")
	f.StringVar(&c.db.NodeName, "node-name", c.db.NodeName, "name of this node, as _node and projsql.nodes show it")
	f.StringVar(&c.pgAddr, "pg-addr", c.pgAddr, "address of the Postgres protocol")
	f.StringVar(&c.socketDir, "socket-dir", "", "directory of a Unix-domain socket for the Postgres protocol, .s.PGSQL. and the port of --pg-addr; none without")
	f.StringVar(&c.httpAddr, "http-addr", c.httpAddr, "address of /healthz, /readyz and /metrics")
	f.StringVar(&c.tlsCert, "tls-cert", "", "certificate chain (PEM) for the Postgres protocol")
	f.StringVar(&c.tlsKey, "tls-key", "", "private key (PEM) of --tls-cert")
	f.BoolVar(&c.db.Insecure, "insecure", false, "trust the network: listen beyond loopback without TLS, and let in whoever comes while no roles are defined")
	f.IntVar(&c.db.ConnectionsMax, "max-connections", c.db.ConnectionsMax, "client connections at once")
	f.Int64Var(&c.slotMB, "slot-memory", c.slotMB, "memory for states cached in this process, in MiB; 0: none")
	f.Int64Var(&c.scanMB, "scan-memory", c.scanMB, "memory for what scans of whole projections leave for the next scan, in MiB; 0: none")
	f.Int64Var(&c.storeMB, "store-cache", c.storeMB, "memory for blocks of the event store, in MiB")
	f.Int64Var(&c.queryMB, "query-memory", c.queryMB, "memory that the operators of one statement may take, in MiB; what needs more ends with 53200")
	f.Int64Var(&c.workMB, "work-memory", c.workMB, "default of work_mem, in MiB: what one operator takes before it writes to temporary files")
	f.Int64Var(&c.tempMB, "temp-files", c.tempMB, "disk that temporary files of statements may take, in MiB")
	f.BoolVar(&c.db.NoExternalCache, "no-external-cache", false, "do not keep states on disk")
	f.StringVar(&c.db.Warm, "warm", "lazy", "states on disk that are kept in step with the log in the background: lazy (those that were read), on (all) or off")
	f.Float64Var(&c.db.WarmShare, "warm-share", 0.25, "share of one processor that --warm may take")
	f.DurationVar(&c.db.DrainTimeout, "drain-timeout", c.db.DrainTimeout, "how long running statements may go on after SIGTERM; 0: not at all")
	f.StringVar(&c.logLevel, "log-level", c.logLevel, "debug, info, warn or error")
	f.StringVar(&c.logFormat, "log-format", c.logFormat, "text or json")
	c.cluster.flags(f)
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

// check refuses values that mean nothing, and a configuration that would be open to the
// network.
func (c *nodeConfig) check() error {
	switch {
	case (c.tlsCert == "") != (c.tlsKey == ""):
		return errors.New("--tls-cert and --tls-key belong together")
	case c.db.Dir == "":
		return errors.New(`--data "": it is a directory`)
	case !logLevels[c.logLevel]:
		return fmt.Errorf("--log-level %q: it is debug, info, warn or error", c.logLevel)
	case !slices.Contains([]string{"", "off", "lazy", "on"}, c.db.Warm):
		return fmt.Errorf("--warm %q: it is off, lazy or on", c.db.Warm)
	case c.db.WarmShare != 0 && !(c.db.WarmShare >= 0.01 && c.db.WarmShare <= 1): // NaN neither
		return fmt.Errorf("--warm-share %v: it is 0.01 to 1", c.db.WarmShare)
	case c.logFormat != "text" && c.logFormat != "json":
		return fmt.Errorf("--log-format %q: it is text or json", c.logFormat)
	case c.db.ConnectionsMax < 1:
		return fmt.Errorf("--max-connections %d: it is at least 1", c.db.ConnectionsMax)
	case c.slotMB < 0 || c.slotMB > memoryMBMax:
		return fmt.Errorf("--slot-memory %d: it is 0 to %d", c.slotMB, memoryMBMax)
	case c.scanMB < 0 || c.scanMB > memoryMBMax:
		return fmt.Errorf("--scan-memory %d: it is 0 to %d", c.scanMB, memoryMBMax)
	case c.storeMB < 1 || c.storeMB > memoryMBMax:
		return fmt.Errorf("--store-cache %d: it is 1 to %d", c.storeMB, memoryMBMax)
	case c.queryMB < 1 || c.queryMB > memoryMBMax:
		return fmt.Errorf("--query-memory %d: it is 1 to %d", c.queryMB, memoryMBMax)
	case c.workMB < 1 || c.workMB > workMBMax:
		return fmt.Errorf("--work-memory %d: it is 1 to %d", c.workMB, workMBMax)
	case c.tempMB < 1 || c.tempMB > memoryMBMax:
		return fmt.Errorf("--temp-files %d: it is 1 to %d", c.tempMB, memoryMBMax)
	case c.db.DrainTimeout < 0:
		return fmt.Errorf("--drain-timeout %s: it is not negative", c.db.DrainTimeout)
	}
	err := c.checkAddr("http-addr", c.httpAddr, "whoever reaches it is answered")
	if c.tlsCert == "" && c.cluster.secretFile == "" {
		err = errors.Join(c.checkAddr("pg-addr", c.pgAddr, "clients are not encrypted without --tls-cert"), err)
	}
	if c.cluster.raftAddr != "" && c.cluster.secretFile == "" {
		err = errors.Join(err, c.checkAddr("raft-addr", c.cluster.raftAddr, "nodes do not know each other without --cluster-secret-file"))
	}
	if c.cluster.gossipAddr != "" && c.cluster.secretFile == "" {
		err = errors.Join(err, c.checkAddr("gossip-addr", c.cluster.gossipAddr, "nodes do not know each other without --cluster-secret-file"))
	}
	return err
}

// memoryMBMax is a petabyte, in MiB: more is a typing mistake.
const memoryMBMax = 1 << 30

// workMBMax is the most that work_mem can be.
const workMBMax = 1<<21 - 1

var logLevels = map[string]bool{"debug": true, "info": true, "warn": true, "error": true}

// checkAddr refuses an address beyond loopback, and says why, unless the network is trusted.
func (c *nodeConfig) checkAddr(flag, addr, why string) error {
	loopback, err := isLoopback(addr)
	switch {
	case err != nil:
		return fmt.Errorf("--%s %q: %w; it is host:port, e.g. 127.0.0.1:5433", flag, addr, err)
	case !loopback && !c.db.Insecure:
		return fmt.Errorf("--%s %s is beyond loopback, and %s: give --insecure if the network is trusted", flag, addr, why)
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
