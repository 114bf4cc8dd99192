package main

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// TestSilentClientsAreLetGo: idle_session_timeout and idle_in_transaction_session_timeout end
// sessions, each where it applies.
func TestSilentClientsAreLetGo(t *testing.T) {
	n := testNode(t)
	for _, c := range []struct {
		code     string
		settings map[string]string
		sql      []string
	}{
		{"25P03", nil, []string{"SET idle_in_transaction_session_timeout = 20", "BEGIN"}},
		{"25P03", map[string]string{"idle_in_transaction_session_timeout": "1min"}, []string{"BEGIN", "SET idle_in_transaction_session_timeout = '20ms'"}},
		{"57P05", map[string]string{"idle_in_transaction_session_timeout": "1h"}, []string{"SET idle_session_timeout = 20"}},
		{"57P05", map[string]string{"idle_session_timeout": "20"}, nil},
	} {
		config := n.connect(t).Config()
		config.RuntimeParams = c.settings
		conn, err := pgx.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		for _, sql := range c.sql {
			if _, err := conn.Exec(t.Context(), sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
		began := time.Now()
		_, err = conn.WaitForNotification(t.Context())
		var told *pgconn.PgError
		if !errors.As(err, &told) || told.Code != c.code || told.Severity != "FATAL" || time.Since(began) > 10*time.Second {
			t.Errorf("%v: %v after %v, want %s", c.sql, err, time.Since(began), c.code)
		}
		conn.Close(t.Context())
	}
}
