package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// tally counts queries by what became of them.
type tally struct {
	same, failed, refused, late, one, different int
	errors                                      bool            // show those where one failed
	shown                                       map[string]bool // differences, by what they look like
	lacking                                     map[string]int  // refusals by their message
}

func (t *tally) String() string {
	return fmt.Sprintf("same %d (of them errors %d), refused %d, took too long %d, one failed %d, different %d", t.same, t.failed, t.refused, t.late, t.one, t.different)
}

// mostLacking are the refusals that came most often.
func (t *tally) mostLacking(n int) string {
	all := slices.SortedFunc(maps.Keys(t.lacking), func(a, b string) int {
		return cmp.Or(cmp.Compare(t.lacking[b], t.lacking[a]), cmp.Compare(a, b))
	})
	var b strings.Builder
	for _, message := range all[:min(n, len(all))] {
		fmt.Fprintf(&b, "%7d refused: %s\n", t.lacking[message], message)
	}
	return b.String()
}

const queriesARound = 150

// round asks queries over one schema.
func (p *pair) round(ctx context.Context, g *generator, t *tally) error {
	ours, err := p.connect(ctx, g.seed)
	if err != nil {
		return err
	}
	defer ours.Close(ctx)
	theirs, err := p.postgres.Connect(ctx)
	if err != nil {
		return err
	}
	defer theirs.Close(ctx)
	if err := ours.QueryRow(ctx, "SELECT coalesce(max(sequence), 0) FROM events").Scan(&g.base); err != nil {
		return err
	}
	atOurs, atTheirs := g.schema()
	if err := prepare(ctx, ours, atOurs); err != nil {
		return err
	}
	events, err := eventsSince(ctx, ours, g.base)
	if err != nil {
		return err
	}
	if err := prepare(ctx, theirs, append(atTheirs, events...)); err != nil {
		return err
	}
	for range queriesARound {
		asked := []query{g.query()}
		switch {
		case g.callsOnly || g.IntN(6) == 0:
			asked = []query{g.call()}
		case g.IntN(8) == 0:
			asked = g.changes()
		}
		format := int16(g.IntN(2))
		for _, q := range asked {
			if err := judge(ctx, ours, theirs, q, format, g.seed, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// eventsSince makes a table of the events behind a sequence.
func eventsSince(ctx context.Context, conn *pgx.Conn, base int64) ([]string, error) {
	made := []string{"CREATE TEMPORARY TABLE events (entity text, version bigint, kind text, sequence bigint)"}
	rows, err := conn.Query(ctx, "SELECT quote_literal(entity), version, quote_literal(kind), sequence FROM events WHERE sequence > $1", base)
	if err != nil {
		return nil, err
	}
	var entity, kind string
	var version, sequence int64
	_, err = pgx.ForEachRow(rows, []any{&entity, &version, &kind, &sequence}, func() error {
		made = append(made, fmt.Sprintf("INSERT INTO events VALUES (%s, %d, %s, %d)", entity, version, kind, sequence))
		return nil
	})
	return made, err
}

// prepare makes tables. Only queries have a timeout: a stalled machine is no reason to end.
func prepare(ctx context.Context, conn *pgx.Conn, schema []string) error {
	for _, sql := range slices.Concat([]string{"SET TimeZone = 'Europe/Berlin'", "SET default_text_search_config = 'english'"}, schema, []string{"SET statement_timeout = '2s'"}) {
		if a := ask(ctx, conn, sql, 0); a.fault != nil {
			return fmt.Errorf("%s: %w", sql, a.fault)
		}
	}
	return nil
}

// judge asks one query, and counts it; an internal error is a difference whatever the other says. It tells a difference as briefly as it can.
func judge(ctx context.Context, ours, theirs *pgx.Conn, q query, format int16, seed uint64, t *tally) error {
	a, b := ask(ctx, ours, q.String(), format), ask(ctx, theirs, q.String(), format)
	if err := ctx.Err(); err != nil {
		return nil // it was ended
	}
	if a.lost != nil {
		return fmt.Errorf("%s: %w", q, a.lost)
	}
	switch {
	case a.late() || b.late():
		t.late++
	case a.refused() && a.code() != b.code():
		t.refused++
		t.lacking[a.fault.Message]++
	case a.equal(b) && a.code() != "XX000" && (q.form == "" || a.says(b)):
		t.same++
		if a.fault != nil {
			t.failed++
		}
	case (a.fault == nil) != (b.fault == nil) && !q.safe && q.form == "" && a.code() != "XX000":
		t.one++
		if t.errors {
			t.show(q, a, b, format, seed)
		}
	default:
		t.different++
		if len(q.columns) > 1 {
			for i := range q.columns {
				one := q.only(i)
				x, y := ask(ctx, ours, one.String(), format), ask(ctx, theirs, one.String(), format)
				if !x.late() && !y.late() && !x.refused() && !x.equal(y) {
					q, a, b = one, x, y
					break
				}
			}
		}
		t.show(q, a, b, format, seed)
	}
	return nil
}

// show prints a difference, unless one like it was shown.
func (t *tally) show(q query, a, b answer, format int16, seed uint64) {
	key := a.code() + " " + b.code()
	switch {
	case q.form != "":
		key = q.form + key
	case key == " ":
		key = q.String()
	}
	if t.shown[key] {
		return
	}
	t.shown[key] = true
	fmt.Printf("\nseed %d, format %d: %s\nprojsql:    %s\nPostgreSQL: %s\n", seed, format, q, a, b)
}

// answer is what a server said.
type answer struct {
	rows  []string // sorted; each with its columns' types
	fault *pgconn.PgError
	lost  error // the connection's
}

func ask(ctx context.Context, conn *pgx.Conn, sql string, format int16) answer {
	result := conn.PgConn().ExecParams(ctx, sql, nil, nil, nil, []int16{format})
	var a answer
	types := ""
	for result.NextRow() {
		if types == "" {
			for _, f := range result.FieldDescriptions() {
				types += fmt.Sprintf("%d ", f.DataTypeOID)
			}
		}
		row := types
		for _, v := range result.Values() {
			row += "|" + shown(v, format)
		}
		a.rows = append(a.rows, row)
	}
	_, err := result.Close()
	if err != nil && !errors.As(err, &a.fault) {
		a.lost = err
	}
	slices.Sort(a.rows)
	return a
}

// shown spells a value. A computed NaN's sign depends on the order of a processor's operands.
func shown(v []byte, format int16) string {
	switch s := fmt.Sprintf("%x", v); {
	case v == nil:
		return "NULL"
	case format == 0:
		return fmt.Sprintf("%q", v)
	case s == "ffc00000":
		return "7" + s[1:]
	default:
		return strings.ReplaceAll(s, "fff8000000000000", "7ff8000000000000") // in shapes, too
	}
}

func (a answer) code() string {
	if a.fault == nil {
		return ""
	}
	return a.fault.Code
}

func (a answer) late() bool { return a.code() == "57014" }

// refused reports that projsql says it lacks something.
func (a answer) refused() bool {
	return a.code() == "0A000" || a.code() == "42883" || a.code() == "42704"
}

// equal: PostgreSQL does not say in which order it evaluates, nor what it need not
// evaluate, so of two errors the codes need not be the same.
func (a answer) equal(b answer) bool {
	if (a.fault == nil) != (b.fault == nil) {
		return false
	}
	return a.fault != nil || slices.Equal(a.rows, b.rows)
}

// says reports that of a failure both tell the same.
func (a answer) says(b answer) bool {
	return a.fault == nil || a.fault.Code == b.fault.Code && a.fault.Message == b.fault.Message && a.fault.Detail == b.fault.Detail
}

func (a answer) String() string {
	if a.fault != nil {
		return strings.TrimSpace(a.fault.Code + " " + a.fault.Message + " " + a.fault.Detail)
	}
	const most = 6
	if len(a.rows) > most {
		return fmt.Sprintf("%d rows: %s ...", len(a.rows), strings.Join(a.rows[:most], "; "))
	}
	return fmt.Sprintf("%d rows: %s", len(a.rows), strings.Join(a.rows, "; "))
}
