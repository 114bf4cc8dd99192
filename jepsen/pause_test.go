package jepsen

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// TestClusterPausedLeader stops the leader with SIGSTOP until another leads and has
// appended, asks it meanwhile, and lets it go on: its first answers, which it may
// have begun before it learned of the other, are not behind. CLUSTER_PAUSES sets how
// often (default 2). The nodes answer by asking a majority, and by leases.
func TestClusterPausedLeader(t *testing.T) {
	t.Run("confirmed", func(t *testing.T) { pausedLeader(t, newCluster(t, 3)) })
	t.Run("lease", func(t *testing.T) { pausedLeader(t, newCluster(t, 3, "--read-lease")) })
}

func pausedLeader(t *testing.T, nodes []*Process) {
	exec1(t, nodes[0], accountProjection)
	exec1(t, nodes[0], `INSERT INTO events (entity, kind, data) VALUES ('hot', 'Deposited', '{"amount": 1}')`)
	answers, refusals := 0, 0
	for pause := range envInt(t, "CLUSTER_PAUSES", 2) {
		leader := leaderOf(t, nodes)
		readers := connect(t, leader, 32)
		if err := leader.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		newest := appendElsewhere(t, nodes, leader)
		var mu sync.Mutex
		var asked sync.WaitGroup
		for _, c := range readers {
			asked.Go(func() {
				defer c.Close(context.Background())
				for range 16 {
					var got int64
					err := c.QueryRow(context.Background(), "SELECT _generation FROM project('account', 'hot')").Scan(&got)
					mu.Lock()
					if err != nil {
						refusals++
					} else if answers++; got < newest {
						t.Errorf("pause %d: a consistent read is at version %d after %d was acknowledged", pause+1, got, newest)
					}
					mu.Unlock()
				}
			})
		}
		time.Sleep(200 * time.Millisecond) // the first questions wait in the sockets
		if err := leader.cmd.Process.Signal(syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		asked.Wait()
	}
	t.Logf("%d answers, %d refusals", answers, refusals)
	if answers == 0 {
		t.Error("nothing was answered: the test tests nothing")
	}
}

func connect(t *testing.T, p *Process, n int) (conns []*pgx.Conn) {
	t.Helper()
	for range n {
		c, err := p.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		conns = append(conns, c)
	}
	return conns
}

// appendElsewhere appends through a node that is not the given one and returns the
// version, once it is acknowledged.
func appendElsewhere(t *testing.T, nodes []*Process, but *Process) (version int64) {
	t.Helper()
	for _, p := range nodes {
		if p == but {
			continue
		}
		c, err := p.Connect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close(t.Context())
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
			err = c.QueryRow(t.Context(), `INSERT INTO events (event_id, entity, kind, data) VALUES ($1::text::uuid, 'hot', 'Deposited', '{"amount": 1}') RETURNING version`,
				fmt.Sprintf("00000000-0000-0000-0000-%012d", time.Now().UnixNano()%1e12)).Scan(&version)
			if err == nil {
				return version
			}
			t.Log(err)
		}
	}
	t.Fatal("nothing could be appended while the leader is paused")
	return 0
}
