package jepsen

import (
	"math/rand/v2"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// sharedScans are clients of a node that ask for sums of all accounts, between which others
// move money: whatever the position, nothing is missing and nothing is there twice.
type sharedScans struct {
	mu      sync.Mutex
	answers int
	failed  []error
	stop    chan struct{}
}

const (
	scanAccounts = 2000
	scanOpened   = `INSERT INTO events (entity, kind, data) SELECT 'acct:' || x, 'Deposited', '{"amount": 5}' FROM generate_series(1, 2000) x`
	scanMoved    = `INSERT INTO events (entity, kind, data) SELECT 'acct:' || $1::int, 'Deposited', jsonb_build_object('amount', -$3::int) UNION ALL
		SELECT 'acct:' || $2::int, 'Deposited', jsonb_build_object('amount', $3::int)`
)

// scanStatements give one row: the number of accounts and what they have.
var scanStatements = []string{
	"SELECT count(*), sum(balance)::bigint FROM account",
	"SELECT sum(n)::bigint, sum(b)::bigint FROM (SELECT left(entity, 6), count(*) AS n, sum(balance) AS b FROM account GROUP BY 1) AS x",
	"SELECT count(*), sum(balance::float8)::bigint FROM account WHERE balance > -1000000",
	"SELECT count(*), sum(balance)::bigint FROM (SELECT balance FROM account ORDER BY balance DESC LIMIT 2000) AS x",
}

func (s *sharedScans) read(conn *pgx.Conn, t *testing.T, i int) {
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "SET projsql.distribute = on"); err != nil {
		s.note(err)
		return
	}
	for ; ; i++ {
		select {
		case <-s.stop:
			return
		default:
		}
		var count, sum int64
		sql := scanStatements[i%len(scanStatements)]
		err := conn.QueryRow(t.Context(), sql).Scan(&count, &sum)
		if err == nil && (count != scanAccounts || sum != 5*scanAccounts) {
			t.Errorf("%d accounts have %d: %s", count, sum, sql)
		}
		s.note(err)
	}
}

func (s *sharedScans) note(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answers++; err != nil {
		s.failed = append(s.failed, err)
	}
}

func (s *sharedScans) move(conn *pgx.Conn, t *testing.T, r *rand.Rand) {
	defer conn.Close(t.Context())
	for {
		select {
		case <-s.stop:
			return
		case <-time.After(5 * time.Millisecond): // the load is the experiment
		}
		_, _ = conn.Exec(t.Context(), scanMoved, 1+r.IntN(scanAccounts), 1+r.IntN(scanAccounts), r.IntN(100)) // it may be unknown whether it is in the log
	}
}

// TestClusterSharedScans has three nodes share scans while money moves between the accounts.
// An owner stops for a while, and is killed: the clients of another node meet no error, and every answer is of
// one position.
func TestClusterSharedScans(t *testing.T) {
	nodes := newCluster(t, 3, steady...)
	exec1(t, nodes[0], accountProjection)
	exec1(t, nodes[0], scanOpened)
	victim, gateway := nodes[2], nodes[0]
	leadElsewhere(t, nodes, victim, nodes[1])
	s := &sharedScans{stop: make(chan struct{})}
	var clients sync.WaitGroup
	for i := range 3 {
		conns := connect(t, gateway, 2)
		clients.Go(func() { s.read(conns[0], t, i) })
		clients.Go(func() { s.move(conns[1], t, rand.New(rand.NewPCG(3, uint64(i)))) })
	}
	for pauses := 0; pauses == 0 || pauses < 10 && fragments(t, gateway, "redone") == 0; pauses++ { // until it is asked for something when it stops
		before := fragments(t, victim, "served")
		await(t, "the owner to be asked", func() bool { return fragments(t, victim, "served") > before })
		time.Sleep(2 * time.Second) // the length of each phase is the experiment
		if err := syscall.Kill(victim.PID(), syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		time.Sleep(4 * time.Second)
		if err := syscall.Kill(victim.PID(), syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(2 * time.Second)
	if err := victim.Kill(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	close(s.stop)
	clients.Wait()
	sent, redone, served := fragments(t, gateway, "sent"), fragments(t, gateway, "redone"), fragments(t, nodes[1], "served")
	t.Logf("%d answers; %d fragments were sent, %d of them redone; the third node served %d", s.answers, sent, redone, served)
	if len(s.failed) > 0 {
		t.Errorf("%d errors, e.g. %v", len(s.failed), s.failed[0])
	}
	if sent == 0 || redone == 0 || served == 0 {
		t.Error("no owner was asked, or none failed")
	}
}

// fragments counts a node's part in scans that are shared.
func fragments(t *testing.T, p *Process, column string) (count int64) {
	t.Helper()
	if err := p.ask(t.Context(), &count, "SELECT "+column+" FROM projsql.fragments"); err != nil {
		t.Fatal(err)
	}
	return count
}
