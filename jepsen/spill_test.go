package jepsen

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	queryMB    = 64  // --query-memory of the server
	rssMBMax   = 400 // of the server: its limits, and what Go's collector leaves for a while
	valueMBMax = 560 // while one value grows up to the limit, and is copied as it does
)

// wide is rows of some 1000 bytes in no order, %d of them.
const wide = `(SELECT i, repeat(md5(i::text), 31) AS s FROM generate_series(1, %d) AS g(i)) AS wide`

// TestStatementBeyondItsMemory asks for what needs SPILL_MB (default 512; SPILL_MB=10240
// is `make spill`) of a server whose statements may take 64. What can go on on disk answers, the
// rest ends with 53200; the server stays small, and another session's reads are answered
// meanwhile.
func TestStatementBeyondItsMemory(t *testing.T) {
	mb := envInt(t, "SPILL_MB", 512)
	n := mb << 20 / 1000
	half := n / 2 // of what is on disk twice
	server := newServer(t)
	server.Flags = []string{"--query-memory", strconv.Itoa(queryMB), "--temp-files", strconv.Itoa(mb + mb/2)}
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	exec1(t, server, accountProjection)
	exec1(t, server, `INSERT INTO events (entity, kind, data) VALUES ('acct:1', 'Deposited', '{"amount": 5}')`)
	rows, halfRows := fmt.Sprintf(wide, n), fmt.Sprintf(wide, half)
	t.Run("stream", func(t *testing.T) { streamSorted(t, server, rows, n) })
	for _, c := range []struct{ name, sql, want string }{
		{"sort", `SELECT count(*)::text FROM (SELECT s FROM ` + rows + ` ORDER BY s OFFSET 1) AS sorted`, fmt.Sprint(n - 1)},
		{"group", `SELECT count(*) || ',' || sum(c) FROM (SELECT s, count(*) AS c FROM ` + rows + ` GROUP BY s) AS groups`, fmt.Sprintf("%d,%d", n, n)},
		{"distinct", `SELECT count(*)::text FROM (SELECT DISTINCT s FROM ` + rows + `) AS different`, fmt.Sprint(n)},
		{"join", `SELECT count(*) || ',' || sum(b.i - wide.i) FROM ` + halfRows + ` JOIN (SELECT * FROM ` + halfRows + `) AS b USING (s)`, fmt.Sprintf("%d,0", half)},
		{"in", `SELECT count(*)::text FROM ` + halfRows + ` WHERE s IN (SELECT s FROM ` + halfRows + `)`, fmt.Sprint(half)},
		{"distinct values", `SELECT count(DISTINCT s)::text FROM ` + rows, fmt.Sprint(n)},
		{"window", `SELECT max(n) || ',' || count(*) FROM (SELECT s, row_number() OVER (ORDER BY s) AS n FROM ` + halfRows + `) AS numbered`, fmt.Sprintf("%d,%d", half, half)},
		{"with", `WITH w AS MATERIALIZED (SELECT * FROM ` + rows + `) SELECT count(*) || ',' || sum(a.i - i2) FROM w AS a CROSS JOIN LATERAL (SELECT a.i AS i2) AS b`, fmt.Sprintf("%d,0", n)},
		{"one value", `SELECT length(string_agg(s, ','))::text FROM ` + rows, "53200"},
		{"one array", `SELECT array_length(array_agg(s), 1)::text FROM ` + rows, "53200"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.want == "53200" {
				restart(t, server) // without what Go keeps of the memory that statements before it took
			}
			forgetPeak(t, server)
			answered := false
			for tries := 0; tries < 5 && !answered; tries++ { // the machine may stand still for as long as a statement takes
				neighbour := startNeighbour(t, server)
				start := time.Now()
				got := askOne(t, server, c.sql)
				end := time.Now()
				reads := neighbour.stop(t)
				var took []time.Duration
				for _, r := range reads {
					took = append(took, r.end.Sub(r.start))
					answered = answered || r.end.After(start) && r.end.Before(end)
				}
				t.Logf("%s after %v; peak RSS %d MB; meanwhile %d reads of another session, median %v, longest %v",
					got, end.Sub(start).Round(time.Millisecond), peakMB(t, server), len(reads), median(took).Round(time.Microsecond), slices.Max(took).Round(time.Microsecond))
				if got != c.want {
					t.Errorf("the answer is %s, not %s", got, c.want)
				}
			}
			if rss := peakMB(t, server); rss > rssMBMax && (c.want != "53200" || rss > valueMBMax) {
				t.Errorf("the server has taken %d MB", rss)
			}
			if !answered {
				t.Errorf("reads wait for the statement's end")
			}
		})
	}
	t.Run("cancel", func(t *testing.T) { cancelSpilling(t, server, fmt.Sprintf(wide, min(n, 512<<10))) })
	t.Run("kill", func(t *testing.T) { killSpilling(t, server, rows) })
}

// askOne returns a statement's only value, or its SQLSTATE.
func askOne(t *testing.T, p *Process, sql string) (answer string) {
	t.Helper()
	c := connect(t, p, 1)[0]
	defer c.Close(t.Context())
	err := c.QueryRow(t.Context(), sql).Scan(&answer)
	if code := codeOf(err); code != "" {
		return code
	}
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// neighbour reads one entity again and again.
type neighbour struct {
	ended context.CancelFunc
	done  sync.WaitGroup
	reads []read
	err   error
}

type read struct{ start, end time.Time }

func startNeighbour(t *testing.T, p *Process) *neighbour {
	ctx, cancel := context.WithCancel(t.Context())
	n, c := &neighbour{ended: cancel}, connect(t, p, 1)[0]
	n.done.Go(func() {
		defer c.Close(context.Background())
		for first := true; first || ctx.Err() == nil; first = false {
			start, balance := time.Now(), ""
			n.err = c.QueryRow(context.Background(), "SELECT balance::text FROM project('account', 'acct:1')").Scan(&balance)
			if n.err == nil && balance != "5" {
				n.err = fmt.Errorf("balance %s", balance)
			}
			if n.err != nil {
				return
			}
			n.reads = append(n.reads, read{start, time.Now()})
		}
	})
	return n
}

func (n *neighbour) stop(t *testing.T) []read {
	t.Helper()
	n.ended()
	n.done.Wait()
	if n.err != nil {
		t.Fatalf("another session's read: %v", n.err)
	}
	return n.reads
}

func median(all []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}

func restart(t *testing.T, p *Process) {
	t.Helper()
	if err := errors.Join(p.Stop(), p.Start(t.Context())); err != nil {
		t.Fatal(err)
	}
}

// forgetPeak has peakMB begin anew.
func forgetPeak(t *testing.T, p *Process) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.PID()), []byte("5"), 0o200); err != nil {
		t.Fatal(err)
	}
}

// peakMB is the most memory that the server has had.
func peakMB(t *testing.T, p *Process) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if f := strings.Fields(line); f[0] == "VmHWM:" {
			kB, err := strconv.Atoi(f[1])
			if err != nil {
				t.Fatal(err)
			}
			return kB >> 10
		}
	}
	t.Fatal("no VmHWM")
	return 0
}

// streamSorted takes all rows of a sort that is on disk.
func streamSorted(t *testing.T, p *Process, rows string, n int) {
	forgetPeak(t, p)
	c := connect(t, p, 1)[0]
	defer c.Close(t.Context())
	r, err := c.Query(t.Context(), "SELECT s FROM "+rows+" ORDER BY s DESC")
	if err != nil {
		t.Fatal(err)
	}
	seen, last := 0, "~"
	for ; r.Next(); seen++ {
		s := string(r.RawValues()[0])
		if s > last {
			t.Fatalf("row %d is out of order", seen)
		}
		last = s
	}
	if r.Err() != nil || seen != n {
		t.Fatalf("%d rows of %d: %v", seen, n, r.Err())
	}
	if rss := peakMB(t, p); rss > rssMBMax {
		t.Errorf("the server has taken %d MB", rss)
	}
}

// cancelSpilling cancels at several points of a sort, and has it end by
// statement_timeout: it ends long before it would have. What it still does is told by the server's
// CPU time, which does not depend on what else the machine does.
func cancelSpilling(t *testing.T, p *Process, rows string) {
	sql := "SELECT count(*)::text FROM (SELECT s FROM " + rows + " ORDER BY s OFFSET 1) AS sorted"
	start, before := time.Now(), cpuTime(t, p)
	askOne(t, p, sql)
	whole, wholeCPU := time.Since(start), cpuTime(t, p)-before
	ended := 0
	for _, part := range []time.Duration{10, 25, 40, 55} {
		after, asked := whole*part/100, make(chan time.Duration, 1)
		c := connect(t, p, 1)[0]
		timer := time.AfterFunc(after, func() {
			asked <- cpuTime(t, p)
			_ = c.PgConn().CancelRequest(context.Background())
		})
		_, err := c.Exec(t.Context(), sql)
		c.Close(t.Context())
		if timer.Stop() || err == nil {
			t.Logf("it has ended within %v of %v", after, whole)
			continue
		}
		ended++
		more := cpuTime(t, p) - <-asked
		t.Logf("cancelled after %v of %v: it took %v of %v more of a processor", after.Round(time.Millisecond), whole.Round(time.Millisecond), more, wholeCPU)
		if codeOf(err) != "57014" || more > wholeCPU/4 {
			t.Errorf("it ended hardly sooner than by itself: %v", err)
		}
	}
	if ended == 0 {
		t.Error("nothing was cancelled: the test tests nothing")
	}
	timeOutSpilling(t, p, sql, whole/4, wholeCPU)
}

// timeOutSpilling has a statement end by statement_timeout, after less time where the machine
// has become faster.
func timeOutSpilling(t *testing.T, p *Process, sql string, after, wholeCPU time.Duration) {
	c := connect(t, p, 1)[0]
	defer c.Close(t.Context())
	for ; after > time.Millisecond; after /= 2 {
		if _, err := c.Exec(t.Context(), fmt.Sprintf("SET statement_timeout = %d", after.Milliseconds())); err != nil {
			t.Fatal(err)
		}
		before := cpuTime(t, p)
		_, err := c.Exec(t.Context(), sql)
		took := cpuTime(t, p) - before
		t.Logf("timed out after %v: it took %v of %v of a processor, %v", after.Round(time.Millisecond), took, wholeCPU, err)
		if err != nil && codeOf(err) != "57014" {
			t.Fatal(err)
		}
		if err != nil && took < wholeCPU*3/4 {
			return
		}
	}
	t.Error("it ends hardly sooner than by itself")
}

func codeOf(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// cpuTime is what the server has used of processors, in steps of 10 ms.
func cpuTime(t *testing.T, p *Process) time.Duration {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID()))
	if err != nil {
		t.Error(err)
		return 0
	}
	var user, system time.Duration
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if _, err := fmt.Sscan(fields[11]+" "+fields[12], &user, &system); err != nil {
		t.Error(err)
	}
	return (user + system) * 10 * time.Millisecond
}

// killSpilling kills the server while it sorts on disk: nothing of that is left.
func killSpilling(t *testing.T, p *Process, rows string) {
	c := connect(t, p, 1)[0]
	r, err := c.Query(t.Context(), "SELECT s FROM "+rows+" ORDER BY s", pgx.QueryExecModeSimpleProtocol)
	if err != nil {
		t.Fatal(err)
	}
	if !r.Next() {
		t.Fatal(r.Err())
	}
	if err := p.Kill(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Join(p.Dir, "tmp"))
	if err != nil || len(left) != 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
	if err := p.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}
