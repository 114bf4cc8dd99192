package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// rewriteRefusals writes the list of refused statements again.
var rewriteRefusals = flag.Bool("rewrite-refusals", false, "write "+refusals+" again")

const (
	refusals      = oracleScripts + "data/refused.txt"
	oracleScripts = "../../query/testdata/pg/"
	refusal       = "0A000"
)

// oracle is a node and a PostgreSQL 15 that hold the same rows.
type oracle struct {
	node   *runningNode
	socket string
}

func startOracle(t *testing.T, change func(*testConfig)) *oracle {
	t.Helper()
	o := &oracle{node: startNodeWith(t, t.TempDir(), change), socket: startPostgres(t)}
	ours, theirs := o.clients(t)
	runFile(t, ours.conn, oracleScripts+"data/rows.sql")
	runFile(t, theirs.conn, oracleScripts+"data/tables.sql")
	for _, relation := range []string{"events", "account", "orders", "sample"} {
		copyRelation(t, ours.conn, theirs.conn, relation)
	}
	return o
}

func runFile(t *testing.T, conn *pgconn.PgConn, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), string(text)).ReadAll(); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func (o *oracle) clients(t *testing.T) (ours, theirs *oracleClient) {
	t.Helper()
	host, port := o.node.hostPort()
	return newOracleClient(t, host, port), newOracleClient(t, o.socket, "5432")
}

// TestOracle asks every statement of query/testdata/pg of a node and of a
// PostgreSQL 15 and wants the same answer, byte by byte. A statement that is
// refused with 0A000 must be in the list of those; any other difference fails.
func TestOracle(t *testing.T) {
	o := startOracle(t, func(*testConfig) {})
	files, err := filepath.Glob(oracleScripts + "*.sql")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	var refused strings.Builder
	asked := 0
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			asked++
			o.compareFile(t, file, &refused)
		})
	}
	if asked == len(files) { // no -run picked some
		checkRefusals(t, refused.String())
	}
}

// TestOracleOnDisk asks the same with no memory for any operator, so that all that can be
// on disk is there. Rows that sort alike come in another order than in memory, which
// only the script of ties depends on.
func TestOracleOnDisk(t *testing.T) {
	o := startOracle(t, func(c *testConfig) { c.Hooks.WorkBytesMax = 1 })
	files, err := filepath.Glob(oracleScripts + "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if name := filepath.Base(file); name != "ties.sql" {
			t.Run(name, func(t *testing.T) { o.compareUnordered(t, file) })
		}
	}
	metrics := scrape(t, o.node)
	if m := regexp.MustCompile(`projsql_temp_files_total{[^}]*} (\d+)`).FindStringSubmatch(metrics); m == nil || len(m[1]) < 4 {
		t.Errorf("hardly anything was on disk: %v", m)
	}
	if !strings.Contains(metrics, `projsql_temp_bytes{database="projsql"} 0`+"\n") {
		t.Error("temporary files are left")
	}
}

func (o *oracle) compareUnordered(t *testing.T, file string) {
	ours, theirs := o.clients(t)
	for _, q := range readQuestions(t, file) {
		q.unordered = true
		got, state := ours.ask(t.Context(), &q, "extended text")
		want, _ := theirs.ask(t.Context(), &q, "extended text")
		if got != want && state != refusal && !q.differs {
			t.Errorf("%s\n--- projsql\n%s--- PostgreSQL\n%s", q.sql, got, want)
		}
	}
}

func checkRefusals(t *testing.T, got string) {
	t.Helper()
	if *rewriteRefusals {
		if err := os.WriteFile(refusals, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(refusals)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("refused is\n%s\nbut %s has\n%s", got, refusals, want)
	}
}

// tally counts the statements of a script by how they were answered.
type tally struct{ same, refused, different int }

func (o *oracle) compareFile(t *testing.T, file string, refused *strings.Builder) {
	ours, theirs := o.clients(t)
	var n tally
	for _, q := range readQuestions(t, file) {
		switch verdict, answer := compareAnswers(t, ours, theirs, &q); {
		case verdict == answersSame && q.differs:
			t.Errorf("%s\nno longer differs", q.sql)
		case verdict == answersSame:
			n.same++
		case verdict == answerRefused:
			n.refused++
			fmt.Fprintf(refused, "%s: %s\n\t%s", filepath.Base(file), q.sql, answer)
		default:
			n.different++
		}
	}
	t.Logf("%d the same, %d refused, %d different", n.same, n.refused, n.different)
}

type verdict int

const (
	answersSame verdict = iota + 1
	answerRefused
	answersDiffer
)

// compareAnswers asks by every protocol and stops at the first difference.
func compareAnswers(t *testing.T, ours, theirs *oracleClient, q *question) (v verdict, answer string) {
	t.Helper()
	for _, protocol := range protocols {
		if q.hasArgs && protocol == "simple" {
			continue
		}
		got, state := ours.ask(t.Context(), q, protocol)
		want, _ := theirs.ask(t.Context(), q, protocol)
		switch {
		case got == want:
		case state == refusal:
			return answerRefused, got
		default:
			if !q.differs {
				t.Errorf("%s: %s\n--- projsql\n%s--- PostgreSQL\n%s", protocol, q.sql, got, want)
			}
			return answersDiffer, got
		}
	}
	return answersSame, ""
}

// TestOracleOfRoles asks what roles may. Once there is one they guard the node, so these scripts have a node of their own.
func TestOracleOfRoles(t *testing.T) {
	o := startOracle(t, func(*testConfig) {})
	var refused strings.Builder
	o.compareFile(t, oracleScripts+"roles/privileges.sql", &refused)
	if refused.Len() > 0 {
		t.Errorf("refused:\n%s", refused.String())
	}
}

// TestOracleOfDefinitions has psql define things in transactions, with savepoints, errors and roles.
func TestOracleOfDefinitions(t *testing.T) {
	o := startOracle(t, func(*testConfig) {})
	host, port := o.node.hostPort()
	play := func(host, port string) string {
		out, _ := exec.Command("psql", "-X", "-h", host, "-p", port, "-U", "ada", "-d", "projsql", "-f", oracleScripts+"transactions/definitions.sql").CombinedOutput()
		return string(out)
	}
	got, want := strings.SplitAfter(play(host, port), "\n"), strings.SplitAfter(play(o.socket, "5432"), "\n")
	if len(want) < 200 {
		t.Fatalf("PostgreSQL says only %q", want)
	}
	for i := range want {
		if i >= len(got) || got[i] != want[i] {
			t.Fatalf("from line %d on projsql says\n%sand PostgreSQL\n%s", i+1, strings.Join(got[min(i, len(got)):min(i+10, len(got))], ""), strings.Join(want[i:min(i+10, len(want))], ""))
		}
	}
}
