package main

import (
	"fmt"
	"strings"
)

// Queries of this file are deep: joins, groups, windows, set operations and WITH, one in the
// other, and correlated. What they compute with fails for no row, so that an error of one
// server alone is a difference too, and has one spelling, so that LIMIT has one answer.

// shapeKinds are the kinds of their columns.
var shapeKinds = []string{"integer", "text", "boolean", "date", "bigint"}

// shapeColumns are those of the tables r and s.
var shapeColumns = []column{{"entity", "text"}, {"a", "integer"}, {"b", "integer"}, {"c", "text"}, {"d", "boolean"}, {"e", "date"}}

// shapeTables make r and s, which join well: few values, some of them NULL. They are
// tables on both sides, or projections of projsql.
func (g *generator) shapeTables() (ours, theirs []string) {
	for _, name := range []string{"r", "s"} {
		table := []string{fmt.Sprintf("CREATE TEMPORARY TABLE %s (entity text PRIMARY KEY, a integer, b integer, c text, d boolean, e date)", name)}
		kind := fmt.Sprintf("Put%s%d", name, g.seed)
		projection := []string{fmt.Sprintf(`CREATE OR REPLACE PROJECTION %s (a integer, b integer, c text, d boolean, e date) WHEN '%s' THEN UPDATE SET
			a = (data->>'a')::integer, b = (data->>'b')::integer, c = data->>'c', d = (data->>'d')::boolean, e = (data->>'e')::date`, name, kind)}
		for i := range g.IntN(9) {
			for range g.IntN(3) { // states that are past
				projection = append(projection, putEvent(g.entity(name, i), kind, g.fewValues()))
			}
			last := g.fewValues()
			table = append(table, fmt.Sprintf("INSERT INTO %s VALUES ('%s', %s, %s, %s, %s, %s)", name, g.entity(name, i), last[0], last[1], quoted(last[2], "'"), last[3], quoted(last[4], "'")))
			projection = append(projection, putEvent(g.entity(name, i), kind, last))
		}
		theirs = append(theirs, table...)
		if g.IntN(2) == 0 {
			ours = append(ours, projection...)
		} else {
			ours = append(ours, table...)
		}
	}
	made := fmt.Sprintf("CREATE TEMPORARY TABLE %s (entity text PRIMARY KEY, a integer, b integer DEFAULT 7, c text, d boolean DEFAULT true, e date)", changed)
	ours, theirs = append(ours, made), append(theirs, made)
	return append(ours, pick(g, []string{"SET work_mem = '64kB'", "SET force_parallel_mode = on", "SET work_mem = '64MB'"})), theirs
}

// fewValues are those of the columns behind the entity.
func (g *generator) fewValues() [5]string {
	return [5]string{g.few("1", "2", "3", "4"), g.few("1", "2", "7"), g.few("x", "y", "Zz"), g.few("true", "false"), g.few("2024-02-29", "2000-01-01")}
}

// entity is another one in every round: the log keeps them.
func (g *generator) entity(table string, i int) string {
	return fmt.Sprintf("%s%dof%d", table, i, g.seed)
}

func putEvent(entity, kind string, v [5]string) string {
	return fmt.Sprintf(`INSERT INTO events (entity, kind, data) VALUES ('%s', '%s', '{"a": %s, "b": %s, "c": %s, "d": %s, "e": %s}')`,
		entity, kind, v[0], v[1], quoted(v[2], `"`), v[3], quoted(v[4], `"`))
}

func (g *generator) few(values ...string) string {
	if g.IntN(6) == 0 {
		return "null"
	}
	return pick(g, values)
}

func quoted(value, quote string) string {
	if value == "null" {
		return value
	}
	return quote + value + quote
}

// shape makes a query.
func (g *generator) shape() query {
	kinds := g.someKinds()
	b := g.block(nil, kinds, depthMax)
	if rest, plain := strings.CutPrefix(b, "SELECT "); plain && g.IntN(2) == 0 {
		return query{columns: []string{rest}, safe: true}
	}
	q := query{rest: " FROM (" + b + ") AS q(" + strings.Join(outputNames(kinds), ", ") + ")", safe: true}
	for _, name := range outputNames(kinds) {
		q.columns = append(q.columns, "q."+name)
	}
	return q
}

func (g *generator) someKinds() (kinds []string) {
	for range 1 + g.IntN(3) {
		kinds = append(kinds, pick(g, shapeKinds))
	}
	return kinds
}

func outputNames(kinds []string) (names []string) {
	for i := range kinds {
		names = append(names, fmt.Sprintf("o%d", i+1))
	}
	return names
}

// block makes a query with columns of some kinds, which may use the columns around it.
func (g *generator) block(around scope, kinds []string, depth int) string {
	var b string
	switch form := g.IntN(10); {
	case depth <= 0:
		b = g.plainBlock(around, kinds, depth)
	case form == 0:
		op := pick(g, []string{"UNION", "UNION ALL", "INTERSECT", "INTERSECT ALL", "EXCEPT", "EXCEPT ALL"})
		b = fmt.Sprintf("(%s) %s (%s)", g.block(around, kinds, depth-1), op, g.block(around, kinds, depth-1))
	case form == 1 && g.IntN(3) == 0:
		return g.recursiveBlock(around, kinds, depth)
	case form == 1:
		return g.withBlock(around, kinds, depth)
	case form < 5:
		b = g.groupedBlock(around, kinds, depth)
	case form == 5:
		return g.firstBlock(around, kinds, depth)
	case form == 6:
		b = g.windowBlock(around, kinds, depth)
	case form == 7 && depth < depthMax:
		b = g.valuesBlock(around, kinds)
	default:
		b = g.plainBlock(around, kinds, depth)
	}
	if g.IntN(3) == 0 {
		b += g.limit(len(kinds))
	}
	return b
}

// limit takes the first rows by all columns. Not WITH TIES: PostgreSQL 15 counts such rows
// wrong when a correlated subquery runs again.
func (g *generator) limit(columns int) string {
	var keys []string
	for i := range columns {
		keys = append(keys, fmt.Sprint(i+1)+pick(g, []string{"", "", " DESC", " NULLS FIRST"}))
	}
	return " ORDER BY " + strings.Join(keys, ", ") + pick(g, []string{
		"", " LIMIT 1", " LIMIT 3", " LIMIT 2 OFFSET 1", " OFFSET 2", " LIMIT 0",
	})
}

func (g *generator) plainBlock(around scope, kinds []string, depth int) string {
	from, own := g.from(around, depth)
	s := append(append(scope{}, around...), own...)
	list := g.list(s, own, kinds, depth)
	if kinds[0] == "integer" && g.IntN(8) == 0 {
		set := pick(g, []string{"generate_series(0, 2)", "unnest(ARRAY[1, NULL, 2])"})
		list = strings.Join(append([]string{set}, g.all(s, own, kinds[1:], depth)...), ", ")
	}
	return "SELECT " + pick(g, []string{"", "", "DISTINCT "}) + list + from + g.filter(s, own, depth)
}

// list makes values of some kinds, rather of the own columns than of those around.
func (g *generator) list(s, own scope, kinds []string, depth int) string {
	return strings.Join(g.all(s, own, kinds, depth), ", ")
}

func (g *generator) all(s, own scope, kinds []string, depth int) (all []string) {
	for _, kind := range kinds {
		from := own
		if g.IntN(4) == 0 {
			from = s
		}
		all = append(all, g.value(from, kind, depth))
	}
	return all
}

func (g *generator) filter(s, own scope, depth int) string {
	switch g.IntN(3) {
	case 0:
		return ""
	case 1:
		return " WHERE " + g.value(s, "boolean", depth)
	}
	return " WHERE " + g.value(own, "boolean", depth)
}

// groupedBlock groups by columns, or all rows.
func (g *generator) groupedBlock(around scope, kinds []string, depth int) string {
	from, own := g.from(around, depth)
	s := append(append(scope{}, around...), own...)
	var keys scope
	for range g.IntN(3) {
		keys = append(keys, pick(g, own))
	}
	call := func(kind string) string { return g.total(own, kind) }
	var columns []string
	for _, kind := range kinds {
		switch names := keys.of(kind); {
		case len(names) > 0 && g.IntN(2) == 0:
			columns = append(columns, pick(g, names))
		case g.IntN(4) == 0: // around the keys and what is around the query
			columns = append(columns, g.value(append(append(scope{}, around...), keys...), kind, depth))
		default:
			columns = append(columns, call(kind))
		}
	}
	b := "SELECT " + strings.Join(columns, ", ") + from + g.filter(s, own, depth)
	if len(keys) == 0 {
		b += pick(g, []string{"", "", " GROUP BY ()"})
	} else {
		b += " GROUP BY " + pick(g, []string{"", "", "ROLLUP ", "CUBE "}) + "(" + strings.Join(keys.names(), ", ") + ")"
	}
	if g.IntN(3) == 0 {
		b += " HAVING " + pick(g, []string{"count(*) > 1", call("boolean"), call("integer") + " IS NOT NULL"})
	}
	return b
}

func (s scope) names() (names []string) {
	for _, c := range s {
		names = append(names, c.name)
	}
	return names
}

// firstBlock takes the first row of each group.
func (g *generator) firstBlock(around scope, kinds []string, depth int) string {
	b := g.block(around, kinds, depth-1)
	names := outputNames(kinds)
	return fmt.Sprintf("SELECT DISTINCT ON (f.o1) * FROM (%s) AS f(%s) ORDER BY f.%s", b, strings.Join(names, ", "), strings.Join(names, ", f."))
}

// windowBlock numbers and sums over rows in an order that leaves nothing open.
func (g *generator) windowBlock(around scope, kinds []string, depth int) string {
	inner := append([]string{"integer", "text"}, kinds...)
	names := outputNames(inner)
	order := "w." + strings.Join(names, ", w.")
	over := "(" + pick(g, []string{"", "PARTITION BY w.o1 ", "PARTITION BY w.o2, w.o1 "}) + "ORDER BY " + order + pick(g, []string{
		"", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", " GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 FOLLOWING", " RANGE UNBOUNDED PRECEDING EXCLUDE GROUP",
	}) + ")"
	var columns []string
	for i, kind := range kinds {
		own := names[i+2]
		switch {
		case kind == "bigint":
			columns = append(columns, pick(g, []string{"row_number()", "rank()", "count(w." + own + ")", "sum(w.o1)", "dense_rank()"})+" OVER "+over)
		case kind == "boolean":
			columns = append(columns, "bool_or(w."+own+") OVER "+over)
		default:
			columns = append(columns, fmt.Sprintf(pick(g, []string{"lag(w.%s) OVER ", "last_value(w.%s) OVER ", "max(w.%s) OVER ", "first_value(w.%s) OVER "}), own)+over)
		}
	}
	return fmt.Sprintf("SELECT %s FROM (%s) AS w(%s)", strings.Join(columns, ", "), g.block(around, inner, depth-1), strings.Join(names, ", "))
}

func (g *generator) valuesBlock(around scope, kinds []string) string {
	var rows []string
	for range 1 + g.IntN(3) {
		rows = append(rows, "("+g.list(around, around, kinds, 0)+")")
	}
	return "VALUES " + strings.Join(rows, ", ")
}

// recursiveBlock counts on from the rows of a query, in a circle.
func (g *generator) recursiveBlock(around scope, kinds []string, depth int) string {
	name := g.alias()
	inner := []string{"integer", pick(g, shapeKinds)}
	own := qualified("x", []string{"o1", "o2"}, inner)
	s := append(append(scope{}, around...), own...)
	return fmt.Sprintf("WITH RECURSIVE %s(o1, o2) AS (%s UNION SELECT (x.o1 + 1) %% 5, x.o2 FROM %s AS x WHERE x.o1 %s) SELECT %s FROM %s AS x%s", name,
		g.plainBlock(around, inner, depth-1), name, pick(g, []string{"< 4", "IS NOT NULL", "<> 2"}), g.list(s, own, kinds, depth-1), name, g.filter(s, own, depth-1))
}

// withBlock reads a WITH query once or twice.
func (g *generator) withBlock(around scope, kinds []string, depth int) string {
	name := g.alias()
	inner := g.someKinds()
	names := outputNames(inner)
	one := from{fmt.Sprintf(" FROM %s AS x", name), qualified("x", names, inner)}
	if g.IntN(2) == 0 {
		one = from{fmt.Sprintf(" FROM %s AS x %s JOIN %s AS y ON x.o1 = y.o1", name, pick(g, []string{"", "LEFT", "FULL"}), name), append(one.columns, qualified("y", names, inner)...)}
	}
	s := append(append(scope{}, around...), one.columns...)
	return fmt.Sprintf("WITH %s(%s) AS %s (%s) SELECT %s%s%s", name, strings.Join(names, ", "), pick(g, []string{"", "MATERIALIZED", "NOT MATERIALIZED"}),
		g.block(around, inner, depth-1), g.list(s, one.columns, kinds, depth-1), one.sql, g.filter(s, one.columns, depth-1))
}
