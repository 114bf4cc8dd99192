package main

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/projsql/projsql/internal/seam"
)

// runningNode is a node of a test, on loopback ports of the system's choice.
type runningNode struct {
	*node
	rooms seam.Rooms
	stop  func() error
}

// testConfig is what a node of a test is started with.
type testConfig struct {
	nodeConfig
	seam.Hooks
}

// testNode starts a node that ends with the test.
func testNode(t *testing.T) *runningNode {
	t.Helper()
	return startNode(t, t.TempDir())
}

func startNode(t *testing.T, dir string) *runningNode {
	t.Helper()
	return startNodeWith(t, dir, func(*testConfig) {})
}

// startNodeWith starts a node whose configuration is changed first.
func startNodeWith(t testing.TB, dir string, change func(*testConfig)) *runningNode {
	t.Helper()
	r := &runningNode{}
	c := testConfig{nodeConfig: defaultConfig(), Hooks: seam.Hooks{Opened: func(rooms seam.Rooms) { r.rooms = rooms }}}
	c.db.Dir, c.pgAddr, c.httpAddr = dir, "127.0.0.1:0", "127.0.0.1:0"
	c.db.Warm = "off" // tests look at what reads leave in the caches
	change(&c)
	c.alone = true
	n, err := openNode(seam.With(t.Context(), c.Hooks), c.nodeConfig)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- n.serve(ctx) }()
	r.node = n
	stopped := false
	r.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		if err := <-served; err != nil {
			return err
		}
		return n.close()
	}
	t.Cleanup(func() {
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (n *runningNode) connect(t testing.TB) *pgx.Conn {
	t.Helper()
	conn, err := dialPatiently(t.Context(), n.pg.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// dialPatiently opens a session, in as much time as a busy machine may take.
func dialPatiently(ctx context.Context, addr string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, fmt.Sprintf("postgres://ada@%s/projsql?sslmode=disable&connect_timeout=%d", addr, int(patience.Seconds())))
}
