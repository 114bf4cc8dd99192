package cluster_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"

	"github.com/projsql/projsql/cluster"
)

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
