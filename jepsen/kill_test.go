package jepsen

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	writers  = 64
	accounts = 200
)

const accountProjection = `CREATE PROJECTION account (
	balance  numeric NOT NULL DEFAULT 0,
	deposits bigint  NOT NULL DEFAULT 0
)
WHEN 'Deposited' THEN UPDATE SET balance = balance + (data->>'amount')::numeric, deposits = deposits + 1
WHEN 'Withdrawn' THEN UPDATE SET balance = balance - (data->>'amount')::numeric
WHEN 'Closed'    THEN DELETE`

// attempt is one INSERT: ids of the events it would append, all or none.
type attempt struct {
	ids   []uuid.UUID
	acked bool
}

// TestKill kills a server under 64 writers with kill -9 again and again. After
// each restart every acknowledged event is there once, no INSERT is there in
// half, versions have no gaps, sequence and HLC ascend, and the projection equals
// a fold made here. KILLS sets how often (default 3), SEED repeats a run.
func TestKill(t *testing.T) {
	ctx := context.Background()
	kills, seed := envInt(t, "KILLS", 3), uint64(envInt(t, "SEED", int(time.Now().UnixNano()%1e9)))
	t.Logf("SEED=%d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	server := newServer(t)
	if err := server.Start(ctx); err != nil {
		t.Fatal(err)
	}
	exec1(t, server, accountProjection)
	var history []*attempt
	for kill := 1; kill <= kills; kill++ {
		pause := time.Duration(200+random.IntN(1300)) * time.Millisecond
		made := runWriters(t, server, seed+uint64(kill)<<32, pause)
		history = append(history, made...)
		restarted := time.Now()
		if err := server.Start(ctx); err != nil {
			t.Fatal(err)
		}
		up := time.Since(restarted)
		events := check(t, server, history)
		t.Logf("kill %d: after %v of load, %d inserts acknowledged, ready again after %v, %d events verified",
			kill, pause, count(made), up.Round(time.Millisecond), events)
	}
	if err := server.Stop(); err != nil {
		t.Errorf("graceful shutdown: %v", err)
	}
}

func envInt(t *testing.T, name string, otherwise int) int {
	return env(t, name, otherwise, strconv.Atoi)
}

// env is the value of a variable of the environment, where it is set.
func env[T any](t *testing.T, name string, otherwise T, parse func(string) (T, error)) T {
	text, ok := os.LookupEnv(name)
	if !ok {
		return otherwise
	}
	v, err := parse(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return v
}

func count(attempts []*attempt) (acked int) {
	for _, a := range attempts {
		if a.acked {
			acked++
		}
	}
	return acked
}

// newServer returns a server that is not running yet, of the binary that PROJSQL
// names or of one built here.
func newServer(t *testing.T) *Process {
	t.Helper()
	binary := os.Getenv("PROJSQL")
	if binary == "" {
		binary = filepath.Join(t.TempDir(), "projsql")
		build := exec.Command("go", "build", "-o", binary, "../cmd/projsql")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("go build: %v\n%s", err, out)
		}
	}
	addr, err := FreeAddr()
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "server.log"))
	if err != nil {
		t.Fatal(err)
	}
	p := &Process{Binary: binary, Dir: t.TempDir(), Addr: addr, Log: log, Patience: "3min"}
	t.Cleanup(func() {
		if p.cmd != nil && p.cmd.ProcessState == nil {
			_ = p.Kill()
		}
		if t.Failed() {
			text, _ := os.ReadFile(log.Name())
			t.Logf("server log:\n%s", text[max(0, len(text)-8000):])
		}
		log.Close()
	})
	return p
}

func exec1(t *testing.T, p *Process, sql string) {
	t.Helper()
	conn, err := p.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	insist(t, func() error {
		_, err := conn.Exec(t.Context(), sql)
		return err
	})
}

// insist does what must not fail, again while nobody leads.
func insist(t *testing.T, do func() error) {
	t.Helper()
	await(t, "a leader", func() bool {
		err := do()
		var refused *pgconn.PgError
		if errors.As(err, &refused) && refused.Code == "57P03" {
			return false
		}
		if err != nil {
			t.Fatal(err)
		}
		return true
	})
}

// await waits until a condition holds, for as long as a busy machine may take.
func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// runWriters lets all writers append until the server is killed, after pause.
func runWriters(t *testing.T, p *Process, seed uint64, pause time.Duration) []*attempt {
	var (
		wg   sync.WaitGroup
		mu   sync.Mutex
		made []*attempt
	)
	begun := make(chan struct{}, writers)
	for w := range writers {
		wg.Go(func() {
			mine := write(p, rand.New(rand.NewPCG(seed, uint64(w)+1)), begun)
			mu.Lock()
			defer mu.Unlock()
			made = append(made, mine...)
		})
	}
	select {
	case <-begun:
	case <-time.After(patience):
		t.Fatal("no writer gets to work")
	}
	time.Sleep(pause) // the load's length is the experiment
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	return made
}

// write appends until the server is gone, and says when it has begun. Each INSERT has one to
// three events, of as many entities.
func write(p *Process, random *rand.Rand, begun chan<- struct{}) (made []*attempt) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := p.Connect(ctx)
	if err != nil {
		return nil
	}
	defer conn.Close(ctx)
	begun <- struct{}{}
	for {
		a := &attempt{}
		sql, args := "INSERT INTO events (event_id, entity, kind, data) VALUES ", []any{}
		for i := range 1 + random.IntN(3) {
			id := uuid.New()
			a.ids = append(a.ids, id)
			if i > 0 {
				sql += ", "
			}
			n := len(args)
			sql += fmt.Sprintf("($%d, $%d, $%d, $%d)", n+1, n+2, n+3, n+4)
			kind := []string{"Deposited", "Deposited", "Withdrawn", "Noted", "Closed"}[random.IntN(5)]
			if kind == "Closed" && random.IntN(10) > 0 {
				kind = "Deposited"
			}
			args = append(args, id, fmt.Sprintf("acct:%d", random.IntN(accounts)), kind,
				fmt.Sprintf(`{"amount": %d.%02d}`, random.IntN(1000), random.IntN(100)))
		}
		made = append(made, a)
		if _, err := conn.Exec(ctx, sql, args...); err != nil {
			return made
		}
		a.acked = true
	}
}

// check compares the log with what the writers saw, and the projection with a fold
// of the log. It returns the number of events.
func check(t *testing.T, p *Process, history []*attempt) int {
	t.Helper()
	ctx := t.Context()
	conn, err := p.Connect(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	present, states := readLog(t, ctx, conn)
	for _, a := range history {
		found := 0
		for _, id := range a.ids {
			found += present[id]
		}
		if found != 0 && found != len(a.ids) {
			t.Fatalf("an INSERT of %d events is there with %d", len(a.ids), found)
		}
		if a.acked && found == 0 {
			t.Fatalf("acknowledged events %v are lost", a.ids)
		}
	}
	compareProjection(t, ctx, conn, states)
	return len(present)
}

// cents is an account's balance in hundredths, and its deposits.
type account struct{ cents, deposits int64 }

func readLog(t *testing.T, ctx context.Context, conn *pgx.Conn) (map[uuid.UUID]int, map[string]*account) {
	t.Helper()
	rows, err := conn.Query(ctx, `SELECT event_id, entity, version, kind, sequence, hlc,
		((data->>'amount')::numeric * 100)::bigint FROM events ORDER BY sequence`)
	if err != nil {
		t.Fatal(err)
	}
	present, states, versions := map[uuid.UUID]int{}, map[string]*account{}, map[string]int64{}
	var lastSequence, lastHLC int64
	for rows.Next() {
		var id uuid.UUID
		var entity, kind string
		var version, sequence, hlc, cents int64
		if err := rows.Scan(&id, &entity, &version, &kind, &sequence, &hlc, &cents); err != nil {
			t.Fatal(err)
		}
		if present[id]++; present[id] > 1 {
			t.Fatalf("event %v is there twice", id)
		}
		if version != versions[entity]+1 {
			t.Fatalf("%s goes from version %d to %d", entity, versions[entity], version)
		}
		versions[entity] = version
		if sequence <= lastSequence || hlc <= lastHLC {
			t.Fatalf("sequence %d, hlc %d after %d, %d", sequence, hlc, lastSequence, lastHLC)
		}
		lastSequence, lastHLC = sequence, hlc
		fold(states, entity, kind, cents)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return present, states
}

func fold(states map[string]*account, entity, kind string, cents int64) {
	if kind == "Noted" {
		return
	}
	if kind == "Closed" {
		delete(states, entity)
		return
	}
	s := states[entity]
	if s == nil {
		s = &account{}
		states[entity] = s
	}
	if kind == "Deposited" {
		s.cents += cents
		s.deposits++
	} else {
		s.cents -= cents
	}
}

func compareProjection(t *testing.T, ctx context.Context, conn *pgx.Conn, states map[string]*account) {
	t.Helper()
	rows, err := conn.Query(ctx, "SELECT entity, (balance * 100)::bigint, deposits FROM account")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for rows.Next() {
		var entity string
		var got account
		if err := rows.Scan(&entity, &got.cents, &got.deposits); err != nil {
			t.Fatal(err)
		}
		if want := states[entity]; want == nil || *want != got {
			t.Fatalf("account %s is %+v, the fold of its events is %+v", entity, got, want)
		}
		found++
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if found != len(states) {
		t.Fatalf("the projection has %d accounts, the fold %d", found, len(states))
	}
}
