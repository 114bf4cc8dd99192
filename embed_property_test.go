package projsql_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/projsql/projsql"
)

// ledger is a state in Go, and ledgerSQL the same in SQL.
type ledger struct {
	N     int64
	Name  *string
	Names []string
	Notes map[string]any
	Exact string `projsql:"exact,numeric"`
}

const ledgerSQL = `CREATE PROJECTION ledger_sql (n bigint NOT NULL DEFAULT 7, name text, names text[], notes jsonb, exact numeric NOT NULL DEFAULT 0)
	WHEN 'Added' AND (data->>'n')::int < 8 THEN UPDATE SET n = n * 3 % 1000003 + (data->>'n')::int, exact = (data->>'n')::numeric / 10
	WHEN 'Named' THEN UPDATE SET name = data->>'name', names = names || (data->>'name')
	WHEN 'Kept' THEN UPDATE SET notes = jsonb_build_object(kind, version, 'entity', entity, 'last', data), names = '{}'
	WHEN 'Closed' THEN DELETE`

type datum struct {
	N    int64  `json:"n"`
	Name string `json:"name"`
}

func ledgers() projsql.Projection[ledger] {
	return projsql.Projection[ledger]{
		Name: "ledger_go", Version: 1, Start: ledger{N: 7, Exact: "0"},
		When: map[string]projsql.Fold[ledger]{
			"Added": projsql.On(func(l *ledger, d datum, _ *projsql.Event) error {
				l.N = l.N*3%1000003 + d.N
				l.Exact = fmt.Sprintf("%d.%d0000000000000000000", d.N/10, d.N%10)[:len("0.50000000000000000000")]
				if d.N >= 8 {
					return projsql.Ignore
				}
				return nil
			}),
			"Named": projsql.On(func(l *ledger, d datum, _ *projsql.Event) error {
				l.Name, l.Names = &d.Name, append(l.Names, d.Name)
				return nil
			}),
			"Kept": func(l *ledger, e *projsql.Event) error {
				l.Notes, l.Names = map[string]any{e.Kind: e.Version, "entity": e.Entity, "last": e.Data()}, []string{}
				return nil
			},
			"Closed": func(*ledger, *projsql.Event) error { return projsql.Delete },
		},
	}
}

// TestGoEqualsSQL folds random histories by a projection in SQL and by one in Go of the
// same meaning, reading now and then in between, and demands equal rows, of the newest
// position and of older ones, however they come about.
func TestGoEqualsSQL(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	view, conn := register(t, db, ledgers()), connect(t, db)
	run(t, conn, ledgerSQL)
	history, last := 0, uint64(0)
	rapid.Check(t, func(rt *rapid.T) {
		history++
		c := comparison{conn: conn, view: view, prefix: fmt.Sprintf("%06d/", history)}
		first := last + 1
		for range rapid.IntRange(1, 6).Draw(rt, "steps") {
			drafts := rapid.SliceOfN(rapid.Custom(randomDraft), 1, 9).Draw(rt, "drafts")
			for i := range drafts {
				drafts[i].Entity = c.prefix + drafts[i].Entity
			}
			receipts := appendAll(t, db, drafts...)
			last = uint64(receipts[len(receipts)-1].Sequence)
			switch rapid.IntRange(0, 4).Draw(rt, "read") {
			case 0:
				run(t, conn, "SELECT projsql_cache_purge('"+c.prefix+"')")
			case 1:
				c.rows(t, rt, fmt.Sprintf("WITH FRESHNESS AS OF SEQUENCE %d", rapid.Uint64Range(first, last).Draw(rt, "sequence")))
			case 2, 3:
				c.rows(t, rt, "")
			}
		}
		c.rows(t, rt, "")
		c.states(t, rt)
	})
}

func randomDraft(t *rapid.T) projsql.Draft {
	return projsql.Draft{
		Entity: rapid.SampledFrom(letters).Draw(t, "entity"),
		Kind:   rapid.SampledFrom([]string{"Added", "Added", "Named", "Kept", "Noted", "Closed"}).Draw(t, "kind"),
		Data:   datum{rapid.Int64Range(0, 9).Draw(t, "n"), rapid.StringOfN(rapid.RuneFrom([]rune("ab'é ")), 0, 3, -1).Draw(t, "name")},
	}
}

var letters = []string{"a", "b", "c"}

func run(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// comparison is of the entities with a prefix.
type comparison struct {
	conn   *pgx.Conn
	view   *projsql.View[ledger]
	prefix string
}

// rows compares what SQL gives of both, by scans and one by one.
func (c *comparison) rows(t *testing.T, rt *rapid.T, freshness string) {
	t.Helper()
	var all [2][]string
	for i, name := range []string{"ledger_sql", "ledger_go"} {
		from := fmt.Sprintf("%s l WHERE entity >= '%s' AND entity < '%[2]s~' ORDER BY entity", name, c.prefix)
		all[i] = c.texts(t, rt, from+" "+freshness)
		for _, e := range letters {
			all[i] = append(all[i], c.texts(t, rt, fmt.Sprintf("project('%s', '%s%s') l %s", name, c.prefix, e, freshness))...)
		}
	}
	if !slices.Equal(all[0], all[1]) {
		rt.Fatalf("%s\nSQL: %q\nGo:  %q", freshness, all[0], all[1])
	}
}

func (c *comparison) texts(t *testing.T, rt *rapid.T, from string) []string {
	t.Helper()
	rows, err := c.conn.Query(t.Context(), "SELECT l::text || _generation || ' ' || _watermark FROM "+from)
	if err != nil {
		t.Fatal(err)
	}
	texts, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		rt.Fatalf("%s: %v", from, err)
	}
	return texts
}

// states compares what the typed view gives with SQL's rows.
func (c *comparison) states(t *testing.T, rt *rapid.T) {
	t.Helper()
	for _, letter := range letters {
		a, err := c.view.Get(t.Context(), c.prefix+letter)
		if err != nil {
			rt.Fatal(err)
		}
		var n int64
		var names []string
		err = c.conn.QueryRow(t.Context(), "SELECT n, names FROM project('ledger_sql', $1)", c.prefix+letter).Scan(&n, &names)
		if (a.State == nil) != (err != nil) {
			rt.Fatalf("%s: %+v, SQL %v", letter, a, err)
		}
		if a.State != nil && (a.State.N != n || !slices.Equal(a.State.Names, names)) {
			rt.Fatalf("%s: %+v, SQL %d %q", letter, a.State, n, names)
		}
	}
}
