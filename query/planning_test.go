package query_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/projsql/projsql/wire/sqlstate"
)

// TestFunctionsOfTheSystemInPlace: functions in SQL that PostgreSQL itself has stand in the place of calls however many there are.
func TestFunctionsOfTheSystemInPlace(t *testing.T) {
	session := startNode(t).session(t, nil)
	calls := strings.Repeat("information_schema._pg_char_max_length(1043, 9) + ", 300)
	if got := said(t, session, "SELECT "+calls+"0 AS sum"); !strings.Contains(got, "\n1500\n") {
		t.Error(got)
	}
	nested := strings.Repeat("information_schema._pg_char_max_length(1043, ", 40) + "n" + strings.Repeat(")", 40)
	if got := said(t, session, "SELECT "+nested+" FROM generate_series(1, 2) n"); !strings.Contains(got, "54001") {
		t.Error(got)
	}
}

// TestPlanningEnds: a statement that is cancelled is not planned to its end: each view and each query of it may take long.
func TestPlanningEnds(t *testing.T) {
	session := startNode(t).session(t, nil)
	if got := said(t, session, "CREATE VIEW one AS SELECT 1 AS n"); !strings.Contains(got, "CREATE VIEW") {
		t.Fatal(got)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, sql := range []string{"SELECT n FROM one", "SELECT (SELECT 1)"} {
		if err := session.Prepare(ctx, "", sql, nil, &recorder{}); sqlstate.Of(err).Code != sqlstate.QueryCanceled {
			t.Errorf("%s: %v", sql, err)
		}
	}
}

// TestManyItems: hundreds of items of FROM are put in an order within a second or two, not within minutes.
func TestManyItems(t *testing.T) {
	session := startNode(t).session(t, nil)
	const items = 300
	from, where := []string{}, []string{"true"}
	for i := range items {
		from = append(from, fmt.Sprintf("events e%d", i))
		if i > 0 {
			where = append(where, fmt.Sprintf("e%d.entity = e%d.entity", i-1, i))
		}
	}
	for name, conditions := range map[string][]string{"crossed": where[:1], "connected": where} {
		began := time.Now()
		got := said(t, session, "EXPLAIN SELECT 1 FROM "+strings.Join(from, ", ")+" WHERE "+strings.Join(conditions, " AND "))
		if n := strings.Count(got, "Scan on events"); n != items {
			t.Errorf("%s: %d scans", name, n)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: %v", name, took)
		}
	}
}

// TestManyRoutines: a function that calls itself, and more others than a session keeps, is planned once; one of a long chain of calls is
// too deep.
func TestManyRoutines(t *testing.T) {
	session := startNode(t).session(t, nil)
	run := func(name, body string) {
		sql := "CREATE FUNCTION pg_temp." + name + " RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT " + body + "'"
		if got := said(t, session, sql); !strings.Contains(got, "CREATE FUNCTION") {
			t.Fatal(got)
		}
	}
	said(t, session, "SET check_function_bodies TO off")
	calls := ""
	for i := range 520 {
		run(fmt.Sprintf("f%d()", i), "1")
		run(fmt.Sprintf("c%d()", i), fmt.Sprintf("pg_temp.c%d()", i+1))
		calls += fmt.Sprintf("pg_temp.f%d() + ", i)
	}
	run("all_of(n int)", "CASE WHEN n > 0 THEN "+calls+"pg_temp.all_of(n - 1) ELSE 0 END")
	if got := said(t, session, "SELECT pg_temp.all_of(2)"); !strings.Contains(got, "\n1040\n") {
		t.Error(got)
	}
	if got := said(t, session, "SELECT pg_temp.c0()"); !strings.Contains(got, "54001") {
		t.Error(got)
	}
}
