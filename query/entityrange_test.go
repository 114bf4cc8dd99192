package query_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query"
)

const counted = `CREATE PROJECTION counted (n int NOT NULL DEFAULT 0)
WHEN 'Added' THEN UPDATE SET n = n + 1
WHEN 'Closed' THEN DELETE`

// entityTexts are entities, and what they are compared with.
var entityTexts = []string{"o", "o:1", "o:10", "o:100", "o:1000", "o:15", "o:19", "o:1~", "o:2", "o:9", "o%", "o_1", `o\1`, "oé", "oü", "o\U0010ffff", "p", "O:1", "~", "\U0010ffff", "\U0010ffff\U0010ffff"}

func appendEntities(t *testing.T, s *query.Session) {
	ask(t, s, counted)
	ask(t, s, "INSERT INTO events (entity, kind) SELECT 'o:' || i % 1999, 'Added' FROM generate_series(1, 4000) AS g(i)")
	for _, e := range entityTexts {
		ask(t, s, "INSERT INTO events (entity, kind) VALUES ("+literal(e)+", 'Added'), ("+literal(e)+", 'Added')")
	}
}

func literal(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

func ask(t *testing.T, s *query.Session, sql string) string {
	out := &recorder{}
	out.tell(s.Simple(t.Context(), sql, out))
	return out.String()
}

// TestEntityRanges: what is compared with the entity bounds what is read, and no row is missing.
func TestEntityRanges(t *testing.T) {
	n := startNode(t)
	plain, block, parallel := n.session(t, nil), n.session(t, nil), n.session(t, nil)
	appendEntities(t, plain)
	ask(t, parallel, "SET force_parallel_mode = on")
	early := ask(t, plain, "SELECT count(*) FROM events")
	ask(t, block, "BEGIN")
	for _, e := range []string{"o:1", "o:1555x", "a", "oé", "zzz"} {
		ask(t, block, "INSERT INTO events (entity, kind) VALUES ("+literal(e)+", 'Added'), ("+literal(e+"2")+", 'Added')")
	}
	ask(t, block, "INSERT INTO events (entity, kind) VALUES ('o:2', 'Closed')")
	if early != ask(t, plain, "SELECT count(*) FROM events") {
		t.Fatal("the block is seen outside of it")
	}
	rows := 0
	rapid.Check(t, func(r *rapid.T) {
		var bounded, free []string
		for range rapid.IntRange(1, 2).Draw(r, "conditions") {
			c := entityCondition(r)
			bounded, free = append(bounded, fmt.Sprintf(c, "entity")), append(free, fmt.Sprintf(c, "(entity || '')"))
		}
		sql := rapid.SampledFrom([]string{
			"SELECT entity, version, kind FROM events WHERE %s ORDER BY entity, version",
			"SELECT entity, n FROM counted WHERE %s ORDER BY entity",
			"SELECT entity, version FROM events WHERE %s ORDER BY sequence DESC NULLS LAST, entity, version LIMIT 20",
			"SELECT entity, version FROM (SELECT * FROM events ORDER BY sequence) AS e WHERE %s ORDER BY sequence NULLS LAST, entity, version",
			"SELECT count(*), sum(n), min(entity), max(entity) FROM counted WHERE %s",
			"SELECT count(*) FROM counted AS c WHERE EXISTS (SELECT 1 FROM events WHERE events.entity = c.entity AND version = 2 AND %s)",
			"SELECT entity, (SELECT count(*) FROM counted WHERE counted.n = e.version AND %s) FROM events AS e WHERE sequence < 5 ORDER BY sequence",
			"SELECT entity, n FROM counted WHERE %s ORDER BY entity WITH FRESHNESS MAYBE STALE '1h'",
			"SELECT entity, n FROM counted WHERE %s ORDER BY entity WITH FRESHNESS AS OF SEQUENCE 4010",
			"SELECT entity, version FROM events WHERE %s ORDER BY entity, version WITH FRESHNESS AS OF SEQUENCE 4010",
			"SELECT entity, version FROM events WHERE %s ORDER BY entity, version WITH FRESHNESS AS OF OCCURRED '2026-01-02 03:04:05Z'",
		}).Draw(r, "statement")
		s := []*query.Session{plain, block, parallel}[rapid.IntRange(0, 2).Draw(r, "session")]
		got := ask(t, s, fmt.Sprintf(sql, strings.Join(bounded, " AND ")))
		if want := ask(t, s, fmt.Sprintf(sql, strings.Join(free, " AND "))); got != want {
			r.Fatalf("%s WHERE %s\nis\n%s\nand without bounds\n%s", sql, bounded, got, want)
		}
		if strings.HasPrefix(got, "ERROR") {
			r.Fatalf("%s WHERE %s\nis\n%s", sql, bounded, got)
		}
		rows += strings.Count(got, "\n")
		if s == block && block.Status() != 'T' {
			r.Fatalf("%s ended the block: %s", sql, got)
		}
		if rapid.IntRange(0, 9).Draw(r, "append") == 0 {
			ask(t, plain, "INSERT INTO events (entity, kind) VALUES ("+literal(rapid.SampledFrom(entityTexts).Draw(r, "entity"))+", 'Added')")
		}
	})
	if rows < 100 {
		t.Fatalf("only %d rows", rows)
	}
}

// entityCondition is a condition of %[1]s.
func entityCondition(r *rapid.T) string {
	text := func() string {
		s := rapid.SampledFrom(entityTexts).Draw(r, "text")
		return strings.ReplaceAll(literal(s+rapid.SampledFrom([]string{"", "", "0", "\U0010ffff"}).Draw(r, "tail")), "%", "%%")
	}
	pattern := func() string {
		s := rapid.SampledFrom(entityTexts).Draw(r, "pattern")
		return strings.ReplaceAll(literal(s+rapid.SampledFrom([]string{"", "%", "_", "%9", "__%", `\%`, `\_%`, `\1%`}).Draw(r, "end")), "%", "%%")
	}
	switch op := rapid.SampledFrom([]string{"<", "<=", ">", ">=", "between", "symmetric", "like", "escape", "ilike", "starts", "^@", "mirrored", "or", "cast", "collate", "null", "not"}).Draw(r, "op"); op {
	case "between":
		return "%[1]s BETWEEN " + text() + " AND " + text()
	case "symmetric":
		return "%[1]s BETWEEN SYMMETRIC " + text() + " AND " + text()
	case "like":
		return "%[1]s LIKE " + pattern()
	case "escape":
		return "%[1]s LIKE (" + pattern() + " || '%%') ESCAPE '1'"
	case "ilike":
		return "%[1]s ILIKE " + pattern()
	case "starts":
		return "starts_with(%[1]s, " + text() + ")"
	case "mirrored":
		return text() + rapid.SampledFrom([]string{" < ", " >= "}).Draw(r, "mirrored") + "%[1]s"
	case "or":
		return "(%[1]s < " + text() + " OR %[1]s >= " + text() + ")"
	case "cast":
		return "%[1]s < " + text() + rapid.SampledFrom([]string{"::bpchar", "::name", "::varchar"}).Draw(r, "cast")
	case "collate":
		return `%[1]s COLLATE "C" >= ` + text()
	case "null":
		return "%[1]s > (" + text() + " || NULL)"
	case "not":
		return "NOT %[1]s LIKE " + pattern()
	default:
		return "%[1]s " + op + " " + text()
	}
}
