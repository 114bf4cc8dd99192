package cluster_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/hashicorp/raft"

	"github.com/projsql/projsql/cluster"
)

// TestFollowersCatchUpSilently: but an entry that they have and cannot read, and one that they should have, are told.
func TestFollowersCatchUpSilently(t *testing.T) {
	var log bytes.Buffer
	l := cluster.NewRaftLogger(slog.New(slog.NewTextHandler(&log, nil)))
	l.Warn("failed to get previous log", "previous-index", 9, "last-index", 7, "error", raft.ErrLogNotFound)
	if log.Len() > 0 {
		t.Errorf("logged %q", log.String())
	}
	l.Warn("failed to get previous log", "previous-index", 5, "last-index", 7, "error", errors.New("damaged"))
	l.Error("failed to get log", "index", 5, "error", raft.ErrLogNotFound)
	if got := log.String(); strings.Count(got, "level=INFO") != 1 || strings.Count(got, "level=WARN") != 1 {
		t.Errorf("logged %q", got)
	}
}

// TestRaftsErrorsAreWarnings: but not those of connections that the node closes itself.
func TestRaftsErrorsAreWarnings(t *testing.T) {
	var log bytes.Buffer
	l := cluster.NewRaftLogger(slog.New(slog.NewTextHandler(&log, nil)))
	l.Error("failed to decode incoming command", "error", fmt.Errorf("read: %w", net.ErrClosed))
	l.Error("failed to decode incoming command", "error", errors.New("nonsense"))
	if got := log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "level=WARN") || !strings.Contains(got, "nonsense") {
		t.Errorf("logged %q", got)
	}
}
