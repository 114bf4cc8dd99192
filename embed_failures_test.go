package projsql_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/projsql/projsql"
	"github.com/projsql/projsql/wire/sqlstate"
)

// moody is a fold for each way of failing.
func moody() projsql.Projection[struct {
	N    int
	Name string `projsql:",varchar(3)"`
}] {
	type state = struct {
		N    int
		Name string `projsql:",varchar(3)"`
	}
	return projsql.Projection[state]{
		Name: "moody", Version: 1,
		When: map[string]projsql.Fold[state]{
			"Good":   func(s *state, _ *projsql.Event) error { s.N++; return nil },
			"Bad":    func(*state, *projsql.Event) error { return errors.New("no such thing") },
			"Coded":  func(*state, *projsql.Event) error { return &projsql.ConflictError{Entity: "x"} },
			"Panic":  func(*state, *projsql.Event) error { panic("at the disco") },
			"Long":   func(s *state, _ *projsql.Event) error { s.Name = "four"; return nil },
			"Binary": func(s *state, _ *projsql.Event) error { s.Name = "\xff"; return nil },
			"Typed":  projsql.On(func(s *state, d struct{ N int }, _ *projsql.Event) error { s.N += d.N; return nil }),
			"Absurd": func(s *state, _ *projsql.Event) error { s.N = -1; return projsql.Ignore },
		},
	}
}

// TestFailuresOfFolds demands that a fold that fails, or panics, fails the reads of that
// entity with a code and the event's name, and nothing else.
func TestFailuresOfFolds(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	view, conn := register(t, db, moody()), connect(t, db)
	for kind, want := range map[string][2]string{
		"Bad":    {"38000", "no such thing"},
		"Coded":  {"40001", `could not append to entity "x": expected version 0`},
		"Panic":  {"38000", `projection "moody" panicked: at the disco`},
		"Long":   {"22001", "value too long for type character varying(3)"},
		"Binary": {"22021", `column "name": invalid byte sequence for encoding "UTF8"`},
		"Typed":  {"38000", "json: cannot unmarshal string into Go struct field .N of type int"},
	} {
		appendAll(t, db, projsql.Draft{Entity: kind, Kind: "Good"}, projsql.Draft{Entity: kind, Kind: kind, Data: map[string]string{"N": "x"}})
		for range 2 { // nothing is cached
			_, err := conn.Exec(t.Context(), "SELECT * FROM moody WHERE entity = $1", kind)
			var pgErr *pgconn.PgError
			if !errors.As(err, &pgErr) || pgErr.Code != want[0] || !strings.HasPrefix(pgErr.Message, want[1]) {
				t.Errorf("%s: %v, want %q", kind, err, want)
				continue
			}
			if event := fmt.Sprintf("version 2 of entity %q, kind %q", kind, kind); !strings.Contains(pgErr.Detail, event) {
				t.Errorf("%s: detail %q", kind, pgErr.Detail)
			}
		}
		_, err := view.Get(t.Context(), kind)
		var coded interface{ SQLState() string }
		if !errors.As(err, &coded) || coded.SQLState() != want[0] {
			t.Errorf("%s: %v by the view", kind, err)
		}
		if a, err := view.Get(t.Context(), kind, projsql.AsOfSequence(1)); err != nil {
			t.Errorf("%s: before it: %+v, %v", kind, a, err)
		}
	}
	appendAll(t, db, projsql.Draft{Entity: "good", Kind: "Good"}, projsql.Draft{Entity: "good", Kind: "Absurd"}, projsql.Draft{Entity: "absurd", Kind: "Absurd"})
	if a, err := view.Get(t.Context(), "good"); err != nil || a.State == nil || a.State.N != 1 {
		t.Errorf("an ignored event: %+v, %v", a, err)
	}
	if a, err := view.Get(t.Context(), "absurd"); err != nil || a.State != nil || a.Outcome.Generation != 1 {
		t.Errorf("an ignored event makes a state: %+v, %v", a, err)
	}
}

// hoard is a state whose fold keeps and changes whatever it can get hold of.
type hoard struct {
	List []string
	Map  map[string]int
	Ptr  *int
	Raw  []byte
}

// TestStatesAreNobodysElse: neither a fold that keeps what it was given, nor a reader who
// changes what it got, can change a state.
func TestStatesAreNobodysElse(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	var kept []*hoard
	var names []string
	view := register(t, db, projsql.Projection[hoard]{
		Name: "hoard", Version: 1,
		WhenAny: func(h *hoard, e *projsql.Event) error {
			for _, k := range kept {
				spoil(k)
			}
			n := len(h.List) + 1
			if h.Map == nil {
				h.Map = map[string]int{}
			}
			h.List, h.Map[e.Kind], h.Ptr, h.Raw = append(h.List, e.Kind), n, &n, append(h.Raw, byte('0'+n))
			kept, names = append(kept, h), append(names, e.Kind+e.Entity+e.RecordedBy)
			return nil
		},
	})
	expect := func(want string) {
		t.Helper()
		a, err := view.Get(t.Context(), "e")
		if err != nil || a.State == nil {
			t.Fatal(a, err)
		}
		if got := fmt.Sprintf("%v %v %d %s %s", a.State.List, a.State.Map, *a.State.Ptr, a.State.Raw, a.Outcome.Strategy); got != want {
			t.Errorf("%s, want %s", got, want)
		}
		spoil(a.State)
	}
	appendAll(t, db, projsql.Draft{Entity: "e", Kind: "a", RecordedBy: "me"}, projsql.Draft{Entity: "e", Kind: "b", RecordedBy: "you"})
	expect("[a b] map[a:1 b:2] 2 12 external_cache_then_replay")
	expect("[a b] map[a:1 b:2] 2 12 group_local_hit")
	appendAll(t, db, projsql.Draft{Entity: "e", Kind: "c"})
	expect("[a b c] map[a:1 b:2 c:3] 3 123 group_local_incremental")
	expect("[a b c] map[a:1 b:2 c:3] 3 123 group_local_hit")
	if got := strings.Join(names, " "); got != "aeme beyou ce" {
		t.Errorf("a fold kept %q of its events", got)
	}
}

func spoil(h *hoard) {
	for i := range h.List {
		h.List[i] = "spoilt"
	}
	for k := range h.Map {
		h.Map[k] = -1
	}
	for i := range h.Raw {
		h.Raw[i] = 'x'
	}
	*h.Ptr = -1
}

// TestNamesAreTakenOnce: SQL and Go do not take each other's names.
func TestNamesAreTakenOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db := open(t, dir)
	conn := connect(t, db)
	const create = "PROJECTION account (n int NOT NULL DEFAULT 0) WHEN 'AccountOpened' THEN UPDATE SET n = n + 1"
	if _, err := conn.Exec(t.Context(), "CREATE "+create); err != nil {
		t.Fatal(err)
	}
	_, err := projsql.Register(db, accounts())
	expectState(t, err, "42710", "It is written in SQL.")
	if _, err := conn.Exec(t.Context(), "DROP PROJECTION account"); err != nil {
		t.Fatal(err)
	}
	register(t, db, accounts())
	_, err = projsql.Register(db, accounts())
	expectState(t, err, "42710", "It is written in Go.")
	for sql, code := range map[string]string{"CREATE " + create: "42P07", "CREATE OR REPLACE " + create: "42P07", "DROP PROJECTION account": "42809"} {
		_, err := conn.Exec(t.Context(), sql)
		expectState(t, err, code, "It is written in Go, and registered by the program that runs this node.")
	}
	for want, p := range map[string]projsql.Projection[account]{
		"relation \"events\" already exists":  {Name: "events", Version: 1, WhenAny: func(*account, *projsql.Event) error { return nil }},
		"relation \"pg_settings\" already":    {Name: "pg_settings", Version: 1, WhenAny: func(*account, *projsql.Event) error { return nil }},
		"a version is required":               {Name: "a", WhenAny: func(*account, *projsql.Event) error { return nil }},
		"there is no fold":                    {Name: "a", Version: 1},
		"zero-length delimited identifier at": {Version: 1, WhenAny: func(*account, *projsql.Event) error { return nil }},
	} {
		if _, err := projsql.Register(db, p); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func expectState(t *testing.T, err error, code, detail string) {
	t.Helper()
	var coded interface{ SQLState() string }
	if !errors.As(err, &coded) || coded.SQLState() != code {
		t.Errorf("%v, want %s", err, code)
		return
	}
	got := ""
	var pgErr *pgconn.PgError
	if errors.As(err, &pgErr) {
		got = pgErr.Detail
	} else {
		got = detailOf(err)
	}
	if got != detail {
		t.Errorf("%v: detail %q, want %q", err, got, detail)
	}
}

// TestVersionsNeverMeet restarts a node with other versions, and other columns, of one
// projection: no state of another is used, and without it there is no relation.
func TestVersionsNeverMeet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	type one struct{ N int }
	type other struct{ M int }
	for i, step := range []struct {
		version uint64
		by      int
		columns string
		want    string
	}{
		{1, 1, "n", "3 external_cache_then_replay miss"},
		{1, 1, "n", "3 external_cache_then_replay hit"},
		{0, 0, "n", "42P01"},
		{1, 1, "n", "3 external_cache_then_replay hit"},
		{2, 10, "n", "30 external_cache_then_replay miss"},
		{1, 1, "n", "3 external_cache_then_replay miss"}, // those of 1 went when 2 came
		{1, 1, "n", "3 external_cache_then_replay hit"},
		{1, 1, "m", "3 external_cache_then_replay miss"},
	} {
		func() {
			db, err := projsql.Open(t.Context(), projsql.Options{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if i == 0 {
				appendAll(t, db, make3("Added")...)
			}
			switch {
			case step.version == 0:
			case step.columns == "n":
				register(t, db, projsql.Projection[one]{
					Name: "counter", Version: step.version,
					WhenAny: func(s *one, _ *projsql.Event) error { s.N += step.by; return nil },
				})
			default:
				register(t, db, projsql.Projection[other]{
					Name: "counter", Version: step.version,
					WhenAny: func(s *other, _ *projsql.Event) error { s.M += step.by; return nil },
				})
			}
			conn := connect(t, db)
			defer conn.Close(context.Background())
			var got string
			err = conn.QueryRow(t.Context(), "SELECT concat_ws(' ', "+step.columns+", _strategy, _cache_status) FROM project('Counter', 'e')").Scan(&got)
			var pgErr *pgconn.PgError
			if errors.As(err, &pgErr) {
				got = pgErr.Code
			}
			if got != step.want {
				t.Errorf("step %d: %q, %v; want %q", i, got, err, step.want)
			}
		}()
	}
}

func make3(kind string) []projsql.Draft {
	return []projsql.Draft{{Entity: "e", Kind: kind}, {Entity: "e", Kind: kind}, {Entity: "e", Kind: kind}}
}

// TestGoInTheCatalog looks at a projection in Go as SQL shows it.
func TestGoInTheCatalog(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	p := accounts()
	p.Version, p.Start = 7, account{Balance: 5, Tags: []string{"it's", "new"}}
	register(t, db, p)
	conn := connect(t, db)
	appendAll(t, db, projsql.Draft{Entity: "a", Kind: "MoneyDeposited", Data: amount{1}}, projsql.Draft{Entity: "a", Kind: "Noted"})
	for _, ask := range [][2]string{
		{"SELECT concat_ws('|', name, language, version, kinds, columns, types, coalesce(definition, 'none')) FROM projsql.projections", `account|go|7|{AccountClosed,AccountOpened,MoneyDeposited}|{owner,balance,opened,tags}|{text,numeric,"timestamp with time zone",text[]}|none`},
		{"SELECT concat_ws('|', a, tags[1]) FROM account a", `(a,"",6,,"{it's,new}")|it's`},
		{"SELECT concat_ws('|', generation, balance) FROM project_if_changed('account', 'a', 1)", "2|6"},
		{"SELECT count(*)::text FROM project_if_changed('account', 'a', 2)", "0"},
		{"SELECT concat_ws('|', e.kind, a.balance) FROM events e JOIN account a USING (entity) LIMIT 1", "MoneyDeposited|6"},
		{"SELECT balance::text FROM project('Account', 'a') WITH FRESHNESS AS OF SEQUENCE 1", "6"},
		{"SELECT strategy FROM projsql.statements WHERE projection = 'account' ORDER BY reads DESC LIMIT 1", "group_local_hit"},
	} {
		expectText(t, conn, ask[0], ask[1])
	}
	rows, err := conn.Query(t.Context(), "EXPLAIN SELECT * FROM project('account', 'a')")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if text := strings.Join(lines, "\n"); err != nil || !strings.Contains(text, "group_local_hit") {
		t.Errorf("%v\n%s", err, text)
	}
	if _, err := conn.Exec(t.Context(), "BEGIN; INSERT INTO events (entity, kind, data) VALUES ('a', 'MoneyDeposited', '{\"amount\": 4}')"); err != nil {
		t.Fatal(err)
	}
	var balance string
	if err := conn.QueryRow(t.Context(), "SELECT balance FROM account").Scan(&balance); err != nil || balance != "10" {
		t.Errorf("in its transaction: %s, %v", balance, err)
	}
}

func detailOf(err error) string { return sqlstate.Of(err).Detail }
