package main

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"
)

// TestSettingsOfTheNode: SHOW, current_setting and pg_settings tell what the node runs with, and where that is from.
func TestSettingsOfTheNode(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "projsql.toml")
	if err := os.WriteFile(file, []byte("# a node\nlog-level = \"error\"\n\"max-connections\" = 77\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := serveCommand().Flags()
	flags.String("config", "", "")
	if err := flags.Parse([]string{"--config", file, "--pg-addr", "127.0.0.1:0", "--log-level", "warn"}); err != nil {
		t.Fatal(err)
	}
	environment := map[string]string{"PROJSQL_WORK_MEMORY": "8", "PROJSQL_PG_ADDR": "ignored"}
	if err := configure(flags, func(name string) (string, bool) { v, ok := environment[name]; return v, ok }); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	n := startNodeWith(t, dir, func(c *testConfig) {
		c.flags, c.logLevel, c.workMB, c.socketDir = flags, "warn", 8, "."
		c.db.ConnectionsMax, _ = flags.GetInt("max-connections")
	})
	port := fmt.Sprint(n.pg.Addr().(*net.TCPAddr).Port)
	conn := n.connect(t)
	for _, c := range []struct{ name, shown, setting, source, place string }{
		{"port", port, port, "command line", ""},
		{"listen_addresses", "127.0.0.1", "127.0.0.1", "command line", ""},
		{"unix_socket_directories", dir, dir, "override", ""},
		{"data_directory", dir, dir, "override", ""},
		{"config_file", file, file, "override", ""},
		{"max_connections", "77", "77", "configuration file", file + ":3"},
		{"log_min_messages", "warning", "warning", "command line", ""},
		{"work_mem", "8MB", "8192", "environment variable", ""},
		{"ssl", "off", "off", "default", ""},
		{"data_checksums", "on", "on", "override", ""},
		{"transaction_isolation", "read committed", "read committed", "override", ""},
		{"server_version_num", "150020", "150020", "default", ""},
		{"statement_timeout", "0", "0", "default", ""},
	} {
		var shown, current, setting, reset, source, place string
		if err := conn.QueryRow(t.Context(), "SHOW "+c.name).Scan(&shown); err != nil {
			t.Fatal(err)
		}
		const asked = `SELECT current_setting(name), setting, reset_val, source, coalesce(sourcefile || ':' || sourceline, '') FROM pg_settings WHERE name = $1`
		if err := conn.QueryRow(t.Context(), asked, c.name).Scan(&current, &setting, &reset, &source, &place); err != nil {
			t.Fatal(c.name, err)
		}
		if shown != c.shown || current != c.shown || setting != c.setting || reset != c.setting || source != c.source || place != c.place {
			t.Errorf("%s: SHOW %q, current_setting %q, setting %q, reset_val %q, source %q, at %q; want %+v", c.name, shown, current, setting, reset, source, place, c)
		}
	}
}
