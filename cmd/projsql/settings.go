package main

import (
	"net"
	"path/filepath"
	"strconv"

	"github.com/projsql/projsql"
)

// logMessages are the words of log_min_messages for --log-level's.
var logMessages = map[string]string{"debug": "debug1", "info": "info", "warn": "warning", "error": "error"}

// settings are those of PostgreSQL's that tell how the node runs: its listeners, files and log.
func (n *node) settings() map[string]projsql.Setting {
	c, all := &n.config, map[string]projsql.Setting{}
	add := func(name, value, flag string) {
		s := projsql.Setting{Source: "override"}
		if c.flags != nil {
			s = origin(c.flags, flag)
		}
		s.Value = value
		all[name] = s
	}
	host, _, _ := net.SplitHostPort(c.pgAddr)
	if host == "" {
		host = "*"
	}
	add("listen_addresses", host, "pg-addr")
	add("port", strconv.Itoa(n.pg.Addr().(*net.TCPAddr).Port), "pg-addr")
	add("unix_socket_directories", absolute(c.socketDir), "socket-dir")
	add("max_connections", strconv.Itoa(min(c.db.ConnectionsMax, connectionsShownMax)), "max-connections")
	add("work_mem", strconv.FormatInt(c.workMB<<10, 10), "work-memory")
	add("log_min_messages", logMessages[c.logLevel], "log-level")
	if c.tlsCert != "" {
		add("ssl", "on", "tls-cert")
		add("ssl_cert_file", absolute(c.tlsCert), "tls-cert")
		add("ssl_key_file", absolute(c.tlsKey), "tls-key")
	}
	for name, value := range map[string]string{
		"config_file": c.configFile(), "log_line_prefix": "", "log_checkpoints": "off", "log_autovacuum_min_duration": "-1",
	} {
		all[name] = projsql.Setting{Value: value, Source: "override"}
	}
	return all
}

// connectionsShownMax is the most that max_connections can tell.
const connectionsShownMax = 1<<18 - 1

// configFile is the file that --config names; "" without.
func (c *nodeConfig) configFile() string {
	if c.flags == nil {
		return ""
	}
	path, _ := c.flags.GetString("config")
	return absolute(path)
}

// absolute is a path from the root; "" stays.
func absolute(path string) string {
	if path == "" {
		return ""
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
