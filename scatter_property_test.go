package projsql_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"pgregory.net/rapid"
)

// answerOf is what a connection answers to one statement, errors too.
func answerOf(t *rapid.T, c *pgconn.PgConn, sql string) string {
	results, err := c.Exec(t.Context(), sql).ReadAll()
	var out strings.Builder
	for _, r := range results {
		for _, f := range r.FieldDescriptions {
			fmt.Fprintf(&out, "%s:%d:%d ", f.Name, f.DataTypeOID, f.TypeModifier)
		}
		for _, row := range r.Rows {
			fmt.Fprintf(&out, "\n%s", bytes.Join(row, []byte("|")))
		}
	}
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return fmt.Sprintf("%s %s at %d", e.Code, e.Message, e.Position) // how many rows came before is chance
	} else if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

const scatterProjection = `CREATE PROJECTION item (i int, b bigint, f float8, n numeric, m numeric(10,2), s text, v varchar(5), t timestamptz, d date, p interval, y bytea, j jsonb, a int[], k bool, ip inet, w bit(8), o pg_lsn,
	c money, q point)
	WHEN 'Made' THEN UPDATE SET i = (data->>'i')::int, b = (data->>'b')::bigint, f = (data->>'f')::float8, n = (data->>'n')::numeric, m = (data->>'n')::numeric,
		s = data->>'s', v = left(data->>'s', 5), t = occurred_at, d = (occurred_at AT TIME ZONE 'UTC')::date, p = make_interval(mins => (data->>'i')::int),
		y = decode(md5(data->>'s'), 'hex'), j = data, a = ARRAY[(data->>'i')::int, NULL, 7], k = (data->>'k')::bool, ip = inet '10.0.0.0/12' + (data->>'b')::int8, w = (data->>'i')::int::bit(8), o = pg_lsn '7fffffff/fffffff0' + (data->>'b')::numeric,
		c = (data->>'n')::numeric::money, q = point((data->>'i')::float8, (data->>'n')::float8)
	WHEN 'Gone' THEN DELETE`

const scatterItems = `INSERT INTO events (entity, kind, occurred_at, data) SELECT 'e' || x, 'Made', '2026-03-28 20:00:00+00'::timestamptz + x * interval '11 minutes',
	jsonb_strip_nulls(jsonb_build_object('i', nullif(x % 23, 0), 'b', x::bigint * 1000003, 'f', nullif(x % 13, 5) / 3.0, 'n', round((x % 17 - 8)::numeric / 4, 2 + (x / 17) % 3),
		's', CASE x % 5 WHEN 0 THEN NULL WHEN 1 THEN 'straße' ELSE 'text ' || x % 11 END, 'k', x % 3 = 0)) FROM generate_series(1, 250) x`

// scattered generates statements over item whose scans may be shared.
type scattered struct{ *rapid.T }

func (g scattered) one(of ...string) string { return rapid.SampledFrom(of).Draw(g.T, "choice") }

func (g scattered) chance(percent int) bool {
	return rapid.IntRange(1, 100).Draw(g.T, "chance") <= percent
}

// number is an expression of a numeric type.
func (g scattered) number(depth int) string {
	if depth == 0 {
		return g.one("i", "b", "f", "n", "m", "i", "3", "0", "2.50", "length(s)", "a[1]", "(j->>'i')::int", "_generation")
	}
	switch rapid.IntRange(0, 4).Draw(g.T, "number") {
	case 0:
		return "coalesce(" + g.number(depth-1) + ", " + g.number(depth-1) + ")"
	case 1:
		return "CASE WHEN " + g.condition(depth-1) + " THEN " + g.number(depth-1) + " ELSE " + g.number(depth-1) + " END"
	case 2:
		return "extract(" + g.one("hour", "day", "dow") + " FROM " + g.one("t", "t::timestamp", "d") + ")"
	}
	return "(" + g.number(depth-1) + g.one(" + ", " - ", " * ", " / ", " % ") + g.number(depth-1) + ")"
}

func (g scattered) text(depth int) string {
	if depth == 0 {
		return g.one("s", "v", "entity", "'text 3'", "t::text", "to_char(t, 'YYYY-MM-DD HH24 TZ')", "d::text", "p::text", "y::text", "f::text", "n::text", "j->>'s'", "ip::text", "host(ip)", "w::text", "(w || B'01')::text")
	}
	return g.one("upper", "lower", "md5", "reverse") + "(" + g.text(depth-1) + ")"
}

// condition is an expression of type boolean.
func (g scattered) condition(depth int) string {
	compare := g.one(" = ", " <> ", " < ", " <= ", " > ", " >= ", " IS DISTINCT FROM ")
	switch rapid.IntRange(0, 14).Draw(g.T, "condition") {
	case 0:
		return g.text(depth) + compare + g.text(depth)
	case 1:
		return g.text(0) + g.one(" LIKE ", " NOT LIKE ", " ~ ") + g.one("'%e%'", "'t_x%'", "'[0-9]$'")
	case 2:
		return "t" + compare + g.one("'2026-03-29'", "now()", "'2026-03-29'::date", "timestamp '2026-03-29 03:00'", "d + interval '5 hours'", "(now() - interval '1000 days')")
	case 3:
		return g.number(0) + g.one(" IS NULL", " IS NOT NULL")
	case 4:
		return g.number(0) + " IN (1, 2, 3.5, 7)"
	case 5:
		return "i = ANY ('{1,5,9}'::int[])"
	case 6:
		return g.one("k", "NOT k", "k IS TRUE", "j ? 'i'", "j @> '{\"k\": true}'", "a && ARRAY[3,4]", "p > interval '10 minutes'", "y > '\\x60'", "date_trunc('day', t) = t::date",
			"t > 'today'", "_node = 'n1' OR true", "random() >= 0", "_watermark + 240 < txid_snapshot_xmin(txid_current_snapshot())", "ip << '10.0.0.0/10'", "network(ip) < cidr '10.4/16'",
			"w & B'00000101' = B'00000100'", "w > '00001111' AND w <> B'1'", "get_bit(w, 7) = 1", "o > '80000000/7735947'", "o - '0/0' < 9223372036954776000", "c > '1.5'", "q <-> point '(10,0)' < 5", "q <@ box '(0,0),(9,1)'", "q[0] > 3", "circle(q, 2) && circle '<(4,0),1>'", "c / 2 < '0.5' AND c::numeric < n + 1", "item IS NOT NULL", "item > (SELECT x FROM item x WHERE x.i = 7 ORDER BY x.b LIMIT 1)", "item::text LIKE '%7%'", "to_jsonb(item) ? 'n'")
	case 7:
		return g.number(0) + " BETWEEN " + g.number(0) + " AND " + g.number(0)
	case 8:
		if depth > 0 {
			return "(" + g.condition(depth-1) + g.one(" AND ", " OR ") + g.condition(depth-1) + ")"
		}
	case 9:
		return g.number(0) + " > (SELECT avg(i) FROM item)"
	case 10:
		return "i" + g.one(" IN ", " NOT IN ") + "(SELECT x.i FROM item x WHERE x." + g.one("n > 1", "k", "s LIKE 't%'", "i IS NOT NULL") + ")"
	case 11:
		return g.one("", "NOT ") + "EXISTS (SELECT 1 FROM (SELECT i AS xi, n AS xn, k AS xk, b AS xb FROM item) x WHERE xi = i AND " + g.one("xn > 2", "xk", "xb % 3 = 0 AND xn <> 1") + ")"
	}
	return g.number(depth) + compare + g.number(depth)
}

func (g scattered) where() string {
	if g.chance(20) {
		return ""
	}
	return " WHERE " + g.condition(2)
}

func (g scattered) limit() string {
	return g.one("", "", " LIMIT 7", " LIMIT 3 OFFSET 5", " OFFSET 240", " LIMIT 0", " LIMIT NULL", " LIMIT -1", " FETCH FIRST 4 ROWS ONLY")
}

// rows is a query whose rows come in an order that it says, or in that of the entities.
func (g scattered) rows() string {
	list := g.one("*", "entity", "s, n", g.number(1)+" AS x, "+g.text(1)+" AS y", "entity, _generation, _watermark, _hlc, _freshness, _age_ms BETWEEN 0 AND 60000", "count(*) OVER (), entity", "row_number() OVER (ORDER BY b), n", "entity, pg_current_snapshot()", "item", "row_to_json(item), (item).n, ARRAY[item]")
	return "SELECT " + list + " FROM item" + g.where() + g.one("", " ORDER BY entity", " ORDER BY b DESC", " ORDER BY q <-> point '(7,1)', b", " ORDER BY n, b", " ORDER BY s DESC, entity DESC", " ORDER BY i NULLS FIRST, lower(v), entity", " ORDER BY b % 7, f DESC NULLS LAST, b") + g.limit()
}

func (g scattered) aggregate() string {
	call := ""
	switch rapid.IntRange(0, 4).Draw(g.T, "aggregate") {
	case 0:
		call = "count(" + g.one("*", "s", "item", "DISTINCT item", "DISTINCT i", "1", g.number(1)) + ")"
	case 1:
		call = g.one("sum", "avg") + "(" + g.one("i", "b", "n", "m", "f", "i + 1", "b * n", "i::smallint", "length(s)", g.number(1)) + ")"
	case 2:
		call = g.one("min", "max") + "(" + g.one("n", "i", "n", "b", "n", "m", "f", "s", "v", "t", "d", "p", "entity", "n / 4", g.number(1)) + ")"
	case 3:
		call = g.one("bool_and", "bool_or", "every") + "(" + g.one("k", "i > 3", g.condition(0)) + ")"
	default:
		call = g.one("bit_and(i)", "bit_or(b)", "bit_xor(i)", "stddev(i)", "array_agg(i ORDER BY b)", "var_pop(n)", "array_agg(n)", "array_agg(ARRAY[i, 1])", "string_agg(s, ',' ORDER BY n DESC, b)",
			"count(DISTINCT s)", "count(DISTINCT n)", "sum(DISTINCT i)", "array_agg(DISTINCT n)", "min(DISTINCT v)", "sum(p)", "avg(p)", "percentile_disc(0.4) WITHIN GROUP (ORDER BY n)",
			"percentile_cont(0.5) WITHIN GROUP (ORDER BY f)", "mode() WITHIN GROUP (ORDER BY i)", "string_agg(s, '-')", "min(o)", "max(o)", "sum(o - '1/0')", "min(c)", "sum(c)", "sum(c * 2)", "bit_and(w)", "bit_or(w << 1)", "bit_xor(w)", "array_agg(w)", "count(DISTINCT w)", "array_agg(item)", "jsonb_agg(item)", "regr_count(f, f)")
	}
	if g.chance(25) {
		call += " FILTER (WHERE " + g.condition(1) + ")"
	}
	return call
}

// groups is a query with aggregates, whose groups come as they are met first.
func (g scattered) groups() string {
	key := g.one("", "", "i", "n", "n, k", "s", "m", "p", "f", "i % 3", "t::date", "date_trunc('day', t)", "coalesce(s, v)", "a", "w", "w | B'00000011'", "entity", "j", "i, s, k")
	list, calls := key, rapid.IntRange(1, 3).Draw(g.T, "calls")
	for range calls {
		if list != "" {
			list += ", "
		}
		list += g.aggregate()
	}
	from := g.one("item", "item", "(SELECT *, i + 1 AS i1 FROM item) item")
	sql := "SELECT " + list + " FROM " + from + g.where()
	if key == "" {
		return sql + g.one("", " HAVING count(*) > 0", " LIMIT 1")
	}
	if g.chance(10) {
		return sql + " GROUP BY ROLLUP (" + key + ")"
	}
	return sql + " GROUP BY " + key + g.one("", "", " HAVING count(*) > 2", " HAVING sum(i) > 10 AND max(n) > 0") + g.limit()
}

// joined is a query with aggregates over a join.
func (g scattered) joined() string {
	right := "(SELECT entity AS re, i AS ri, n AS rn, s AS rs, k AS rk, b AS rb FROM item" + g.where() + ") r"
	on := g.one("ri = i", "re = entity", "re = entity", "rn = n AND ri = i", "re = 'e' || b / 1000003 % 40", "ri = i AND rb < b", "rs = s AND 10 / (rb / 1000003 - 30) < 5", "rb = b + 1000003 OR ri = 5 AND b < 9000000")
	key, calls := g.one("", "rs", "re", "re, rs", "ri", "rn", "re, rn, ri", "rk, i", "s, rk"), g.aggregate()+", "+g.one("count(re)", "sum(rn)", "max(rs)", "count(DISTINCT rs)", "count(*)")
	sql := " FROM item " + g.one("JOIN ", "LEFT JOIN ", "LEFT JOIN ", "FULL JOIN ") + right + " ON " + on + g.where()
	if strings.Contains(sql, "FULL") {
		sql = strings.Replace(strings.Replace(sql, " AND rb < b", "", 1), on, "re = entity", 1)
	}
	if key == "" {
		return "SELECT " + calls + sql
	}
	return "SELECT " + key + ", " + calls + sql + " GROUP BY " + key + g.one("", " HAVING count(*) > 2", " ORDER BY "+strings.ReplaceAll(key, ", ", " DESC, ")+" NULLS FIRST") + g.limit()
}

func (g scattered) statement() string {
	switch rapid.IntRange(0, 12).Draw(g.T, "statement") {
	case 0:
		return "SELECT l.entity, r.n FROM item l JOIN item r ON l.i = r.i" + g.one("", " AND l.b < r.b") + " WHERE l.b > 100000000 AND " + strings.ReplaceAll(g.one("r.k", "r.n > 1", "l.i < 9"), "  ", " ") + " ORDER BY l.entity, r.entity" + g.limit()
	case 1:
		return "WITH c AS (" + g.rows() + ") SELECT count(*) FROM c"
	case 2:
		return "SELECT string_agg(s, ',') , array_agg(n), sum(f), avg(f) FROM item" + g.where()
	case 3, 4, 5, 6:
		return g.groups()
	case 7, 8, 9:
		return g.joined()
	case 10:
		return "SELECT " + g.one("rank", "row_number", "dense_rank") + "() OVER (PARTITION BY " + g.one("i", "k", "s", "n") + " ORDER BY " + g.one("n, b", "b DESC", "f, entity", "n") + "), entity FROM item" + g.where()
	}
	return g.rows()
}

// TestSharedScansAnswerAsOne: whether nodes share the scans of a statement or not, its answer is
// the same, byte for byte, its errors too.
func TestSharedScansAnswerAsOne(t *testing.T) {
	t.Parallel()
	n := openNodes(t)
	n.do(t, "n1", scatterProjection, scatterItems, "INSERT INTO events (entity, kind, data) SELECT 'e' || x * 9, 'Gone', '{}' FROM generate_series(1, 9) x")
	n.run(t.Context(), "n2", "SELECT count(*) FROM item") // n2 has all of it, for whoever takes a stale answer
	alone, shared := n.conns["n2"].PgConn(), connect(t, n.dbs["n2"]).PgConn()
	rapid.Check(t, func(t *rapid.T) {
		g := scattered{t}
		settings := g.one("RESET ALL", "SET TimeZone = 'Europe/Berlin'; SET DateStyle = 'German'; SET IntervalStyle = 'sql_standard'; SET bytea_output = 'escape'; SET extra_float_digits = 0")
		sql := g.statement() + g.one("", "", " WITH FRESHNESS MAYBE STALE '1min'", " WITH FRESHNESS AS OF SEQUENCE 200", " WITH FRESHNESS AS OF OCCURRED '2026-03-29 00:00:00+00'")
		answerOf(t, alone, settings+"; SET projsql.distribute = off")
		answerOf(t, shared, settings+"; SET projsql.distribute = on")
		if want, got := answerOf(t, alone, sql), answerOf(t, shared, sql); got != want {
			t.Fatalf("%s\nalone:  %s\nshared: %s", sql, want, got)
		}
	})
}

// TestWorkersAnswerAsOne: whether workers read parts of a statement's scans or not, its answer
// is the same, byte for byte, its errors too.
func TestWorkersAnswerAsOne(t *testing.T) {
	t.Parallel()
	db := open(t, t.TempDir())
	alone, parallel := connect(t, db).PgConn(), connect(t, db).PgConn()
	for _, sql := range []string{scatterProjection, scatterItems, "SELECT count(*) FROM item"} {
		if _, err := alone.Exec(t.Context(), sql).ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		g := scattered{t}
		if g.chance(10) { // what a scan found is no more right for one entity
			answerOf(t, alone, fmt.Sprintf("INSERT INTO events (entity, kind, data) VALUES ('e%d', 'Gone', '{}')", rapid.IntRange(1, 260).Draw(t, "entity")))
		}
		sql := g.statement()
		answerOf(t, alone, "RESET ALL; SET max_parallel_workers_per_gather = 0")
		answerOf(t, parallel, "RESET ALL; SET force_parallel_mode = on; SET max_parallel_workers_per_gather = "+g.one("1", "3"))
		if want, got := answerOf(t, alone, sql), answerOf(t, parallel, sql); got != want {
			t.Fatalf("%s\nalone:        %s\nwith workers: %s", sql, want, got)
		}
		// Where much has changed since a scan of all one reads alone, for workers to go on from.
		const counted, part = "EXPLAIN (ANALYZE, TIMING off) SELECT count(*) FROM item", "of item on node1: part 2 of "
		if !strings.Contains(answerOf(t, parallel, counted), part) {
			if plan := answerOf(t, parallel, counted); !strings.Contains(plan, part) {
				t.Fatalf("there are no workers:\n%s", plan)
			}
		}
	})
}
