package main

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

const ledger = `INSERT INTO events (entity, kind, data) VALUES
	('acct:7', 'AccountOpened', '{"owner": "Ada"}'), ('acct:7', 'MoneyDeposited', '{"amount": 10.50}'),
	('1', 'AccountOpened', '{"owner": "One"}'), ('2', 'AccountOpened', '{"owner": "Two"}');
CREATE PROJECTION account (owner text, balance numeric NOT NULL DEFAULT 0)
	WHEN 'AccountOpened'  THEN UPDATE SET owner = data->>'owner'
	WHEN 'MoneyDeposited' THEN UPDATE SET balance = balance + (data->>'amount')::numeric`

// clientNode is a running node with a small ledger.
func clientNode(t *testing.T) *runningNode {
	t.Helper()
	n := testNode(t)
	conn := n.connect(t)
	for statement := range strings.SplitSeq(ledger, ";\n") {
		if _, err := conn.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

func run(t *testing.T, stdin string, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

func (n *runningNode) hostPort() (string, string) {
	host, port, _ := net.SplitHostPort(n.pg.Addr().String())
	return host, port
}

func (n *runningNode) psql(t *testing.T, script string) string {
	t.Helper()
	host, port := n.hostPort()
	return run(t, script, "psql", "-X", "-h", host, "-p", port, "-U", "ada", "-d", "projsql", "-f", "-")
}

// TestPsql runs a session by psql: answers, errors with their caret, transactions.
func TestPsql(t *testing.T) {
	got := clientNode(t).psql(t, `
\pset format unaligned
SELECT * FROM project('Account','acct:7') WITH FRESHNESS MAYBE STALE '500ms';
SELECT owner FROM account WHERE balance > 100 ORDER BY 1 LIMIT 5;
\echo :SERVER_VERSION_NUM
SELECT current_user, current_database();
SELECT nosuch FROM account;
BEGIN;
INSERT INTO events (entity, kind, data) VALUES ('acct:7', 'MoneyDeposited', '{"amount": 1}') RETURNING version, hlc;
SELECT balance FROM account WHERE entity = 'acct:7';
ROLLBACK;
SELECT balance FROM account WHERE entity = 'acct:7' \g
SELECT entity FROM account WHERE entity = 'acct:7' \gset
\echo :entity
\copy (SELECT entity, balance FROM account ORDER BY 1) TO STDOUT
UPDATE events SET kind = 'x';
`)
	want := `Output format is unaligned.
entity|owner|balance
acct:7|Ada|10.50
(1 row)
owner
(0 rows)
150020
current_user|current_database
ada|projsql
(1 row)
`
	if !strings.HasPrefix(got, want) {
		t.Errorf("psql printed\n%s\nwhich does not begin with\n%s", got, want)
	}
	for _, part := range []string{
		"ERROR:  column \"nosuch\" does not exist\nLINE 1: SELECT nosuch FROM account;\n               ^",
		"version|hlc\n3|\n(1 row)\nINSERT 0 1\nbalance\n11.50\n(1 row)\nROLLBACK\nbalance\n10.50\n",
		"\nacct:7\n",
		"1\t0\n2\t0\nacct:7\t10.50\n",
		"events are append-only",
	} {
		if !strings.Contains(got, part) {
			t.Errorf("psql printed\n%s\nwithout\n%s", got, part)
		}
	}
}

// TestPgbench runs pgbench in its three query modes.
func TestPgbench(t *testing.T) {
	n := clientNode(t)
	host, port := n.hostPort()
	script := filepath.Join(t.TempDir(), "script.sql")
	for mode, sql := range map[string]string{
		"simple":   "SELECT * FROM project('Account', ':e');\nINSERT INTO events (entity, kind, data) VALUES (':e', 'Noted', '{}');\n",
		"extended": "SELECT * FROM project('Account', :e) WITH FRESHNESS CONSISTENT;\nINSERT INTO events (entity, kind, data) VALUES (:e, 'Noted', '{}');\n",
		"prepared": "SELECT * FROM project('Account', :e) WITH FRESHNESS CONSISTENT;\nINSERT INTO events (entity, kind, data) VALUES (:e, 'Noted', '{}');\n",
	} {
		writeFile(t, script, "\\set e random(1, 2)\n"+sql)
		out := run(t, "", "pgbench", "-n", "-h", host, "-p", port, "-U", "ada", "-M", mode, "-c", "4", "-j", "2", "-t", "50", "-f", script, "projsql")
		if !regexp.MustCompile(`actually processed: 200/200`).MatchString(out) {
			t.Errorf("pgbench -M %s:\n%s", mode, out)
		}
	}
}

// TestPgx uses the driver's own ways: inferred parameter types, binary results,
// batches, transactions, COPY in binary format.
func TestPgx(t *testing.T) {
	ctx := t.Context()
	conn := clientNode(t).connect(t)
	var balance float64
	var generation int64
	err := conn.QueryRow(ctx, "SELECT balance, _generation FROM project('Account', $1) WITH FRESHNESS CONSISTENT", "acct:7").Scan(&balance, &generation)
	if err != nil || balance != 10.5 || generation != 2 {
		t.Fatalf("balance %v, generation %v, %v", balance, generation, err)
	}
	rows := [][]any{{"acct:9", "AccountOpened", map[string]any{"owner": "Nine"}}, {"acct:9", "MoneyDeposited", map[string]any{"amount": 9}}}
	n, err := conn.CopyFrom(ctx, pgx.Identifier{"events"}, []string{"entity", "kind", "data"}, pgx.CopyFromRows(rows))
	if err != nil || n != 2 {
		t.Fatalf("CopyFrom: %d, %v", n, err)
	}
	batch := &pgx.Batch{}
	batch.Queue("SELECT owner FROM account WHERE entity = $1", "acct:9")
	batch.Queue("INSERT INTO events (entity, kind, data) VALUES ($1, $2, $3) RETURNING version", "acct:9", "MoneyDeposited", map[string]any{"amount": 1})
	results := conn.SendBatch(ctx, batch)
	var owner string
	var version int64
	if err := results.QueryRow().Scan(&owner); err != nil || owner != "Nine" {
		t.Fatalf("owner %q, %v", owner, err)
	}
	if err := results.QueryRow().Scan(&version); err != nil || version != 3 {
		t.Fatalf("version %d, %v", version, err)
	}
	if err := results.Close(); err != nil {
		t.Fatal(err)
	}
	abandonTransaction(ctx, t, conn)
}

// abandonTransaction shows that a rolled back append left nothing.
func abandonTransaction(ctx context.Context, t *testing.T, conn *pgx.Conn) {
	t.Helper()
	tx, err := conn.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(ctx, "INSERT INTO events (entity, kind, data) VALUES ('gone', 'X', '{}')"); err != nil {
		t.Fatal(err)
	}
	if err := tx.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM events WHERE entity = 'gone'").Scan(&n); err != nil || n != 0 {
		t.Fatalf("%d events, %v", n, err)
	}
}

const psycopgScript = `
import sys, decimal, psycopg
with psycopg.connect(host=sys.argv[1], port=sys.argv[2], user="ada", dbname="projsql") as conn:
    cur = conn.cursor()
    cur.execute("SELECT owner, balance FROM project('Account', %s)", ("acct:7",))
    assert cur.fetchone() == ("Ada", decimal.Decimal("10.50"))
    cur.executemany("INSERT INTO events (entity, kind, data) VALUES (%s, %s, %s)",
                    [("py", "MoneyDeposited", '{"amount": %d}' % i) for i in range(10)])
    conn.commit()
    with conn.cursor(binary=True) as b:
        b.execute("SELECT balance, _generation, now() FROM account WHERE entity = %s", ("py",))
        row = b.fetchone()
        assert row[:2] == (decimal.Decimal(45), 10), row
    try:
        conn.execute("SELECT 1/0")
    except psycopg.errors.DivisionByZero:
        conn.rollback()
    with cur.copy("COPY events (entity, kind, data) FROM STDIN") as copy:
        copy.write_row(("py", "MoneyDeposited", '{"amount": 5}'))
    conn.commit()
    assert conn.execute("SELECT balance FROM account WHERE entity = 'py'").fetchone()[0] == 50
    conn.execute("CREATE PROJECTION py (n int NOT NULL DEFAULT 0) WHEN 'MoneyDeposited' THEN UPDATE SET n = n + 1")
    conn.execute("CREATE VIEW py_many AS SELECT * FROM py WHERE n > %d" % 10)
    assert conn.execute("SELECT entity, n FROM py_many").fetchall() == [("py", 11)]
    conn.rollback()
    try:
        conn.execute("SELECT * FROM py_many")
    except psycopg.errors.UndefinedTable:
        conn.rollback()
    conn.execute("CREATE VIEW py_owners AS SELECT owner FROM account")
with psycopg.connect(host=sys.argv[1], port=sys.argv[2], user="ada", dbname="projsql") as conn:
    assert ("Ada",) in conn.execute("SELECT * FROM py_owners").fetchall()
    conn.execute("DROP VIEW py_owners")
with psycopg.connect(host=sys.argv[1], port=sys.argv[2], user="ada", dbname="projsql", autocommit=True) as conn:
    try:
        with conn.pipeline():
            first, bad, third = conn.execute("SELECT 1"), conn.execute("SELECT 1/0"), conn.execute("SELECT 3")
            assert first.fetchone() == (1,)
            bad.fetchone()
            raise AssertionError("no error in the pipeline")
    except psycopg.errors.DivisionByZero:
        pass
    with conn.cursor() as cur, cur.copy("COPY (SELECT g, 'r' || g FROM generate_series(1, 2) g) TO STDOUT (FORMAT binary)") as copy:
        copy.set_types(["int4", "text"])
        assert list(copy.rows()) == [(1, "r1"), (2, "r2")]
print("psycopg", psycopg.__version__)
`

func TestPsycopg(t *testing.T) {
	n := clientNode(t)
	host, port := n.hostPort()
	python, err := filepath.Abs("../../.cache/python/bin/python")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(run(t, "", python, "-c", psycopgScript, host, port))
}

// TestPipelinedReads: of many reads that arrive together, of entities that no cache knows, most
// are answered by states that were made ahead, and each is right.
func TestPipelinedReads(t *testing.T) {
	const entities = 100
	ctx := t.Context()
	conn := clientNode(t).connect(t)
	var events [][]any
	for i := range entities {
		events = append(events, []any{fmt.Sprint("many:", i), "MoneyDeposited", map[string]any{"amount": i}},
			[]any{fmt.Sprint("many:", i), "MoneyDeposited", map[string]any{"amount": 0.5}})
	}
	if _, err := conn.CopyFrom(ctx, pgx.Identifier{"events"}, []string{"entity", "kind", "data"}, pgx.CopyFromRows(events)); err != nil {
		t.Fatal(err)
	}
	const read = "SELECT balance::float8, _strategy FROM project('Account', $1)"
	if _, err := conn.Prepare(ctx, "read", read); err != nil {
		t.Fatal(err)
	}
	batch := &pgx.Batch{}
	for i := range entities {
		batch.Queue("read", fmt.Sprint("many:", i))
		if i == 50 { // what a read before it has made ahead is not what one behind it shows
			batch.Queue("INSERT INTO events (entity, kind, data) VALUES ('many:60', 'MoneyDeposited', '{\"amount\": 1000}')")
		}
	}
	results := conn.SendBatch(ctx, batch)
	hits := 0
	for i := range entities {
		want := float64(i) + 0.5
		if i == 60 {
			want += 1000
		}
		var balance float64
		var strategy string
		if err := results.QueryRow().Scan(&balance, &strategy); err != nil || balance != want {
			t.Fatalf("entity %d: %v, %v, %v", i, balance, strategy, err)
		}
		if strategy == "group_local_hit" {
			hits++
		}
		if i == 50 {
			if _, err := results.Exec(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := results.Close(); err != nil {
		t.Fatal(err)
	}
	if hits < entities/4 {
		t.Errorf("%d of %d reads were hits", hits, entities)
	}
}
