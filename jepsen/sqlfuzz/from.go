package main

import (
	"fmt"
	"strings"
)

type from struct {
	sql     string
	columns scope
}

func (f from) isTable() bool { return strings.HasPrefix(f.sql, "r ") || strings.HasPrefix(f.sql, "s ") }

func qualified(alias string, names, kinds []string) (s scope) {
	for i, kind := range kinds {
		s = append(s, column{alias + "." + names[i], kind})
	}
	return s
}

// alias is a name that the query has not had yet.
func (g *generator) alias() string {
	g.aliases++
	return fmt.Sprintf("n%d", g.aliases)
}

// from makes FROM and its columns.
func (g *generator) from(around scope, depth int) (string, scope) {
	one := g.item(around, depth)
	if depth <= 0 || g.IntN(2) == 0 {
		return " FROM " + one.sql, one.columns
	}
	lateral := g.IntN(4) == 0
	inner := around
	if lateral {
		inner = append(append(scope{}, around...), one.columns...)
	}
	two := g.item(inner, depth-1)
	both := append(append(scope{}, one.columns...), two.columns...)
	if lateral && strings.HasPrefix(two.sql, "(") {
		join := pick(g, []string{"CROSS JOIN LATERAL %s", "LEFT JOIN LATERAL %s ON true", "JOIN LATERAL %s ON " + g.value(both, "boolean", 1)})
		return " FROM " + one.sql + " " + fmt.Sprintf(join, two.sql), both
	}
	if lateral { // a table: it is what it would be
		return " FROM " + one.sql + ", " + two.sql, both
	}
	if one.isTable() && two.isTable() && g.IntN(3) == 0 {
		kind := pick(g, []string{"", "LEFT ", "RIGHT ", "FULL "})
		if columns := pick(g, []string{"a", "a, c", "c, d", "entity", "*"}); columns != "*" {
			return " FROM " + one.sql + " " + kind + "JOIN " + two.sql + " USING (" + columns + ")", both
		}
		return " FROM " + one.sql + " NATURAL " + kind + "JOIN " + two.sql, both
	}
	on := g.value(both, "boolean", depth-1)
	equal, found := g.equality(one.columns, two.columns)
	if found && g.IntN(4) > 0 {
		on = equal
	}
	kind := pick(g, []string{"JOIN", "LEFT JOIN", "RIGHT JOIN"})
	if found && g.IntN(5) == 0 {
		kind, on = "FULL JOIN", equal
	}
	return " FROM " + one.sql + " " + kind + " " + two.sql + " ON " + on, both
}

// equality compares a column of one side with one of the other.
func (g *generator) equality(one, two scope) (string, bool) {
	for range 4 {
		c := pick(g, one)
		if names := two.of(c.kind); len(names) > 0 {
			return c.name + " = " + pick(g, names), true
		}
	}
	return "", false
}

// item makes a table, a query or a function in FROM.
func (g *generator) item(around scope, depth int) from {
	alias := g.alias()
	if depth > 0 && g.IntN(3) == 0 {
		kinds := g.someKinds()
		names := outputNames(kinds)
		return from{fmt.Sprintf("(%s) AS %s(%s)", g.block(around, kinds, depth-1), alias, strings.Join(names, ", ")), qualified(alias, names, kinds)}
	}
	if g.IntN(6) == 0 {
		return from{fmt.Sprintf("generate_series(1, %d) WITH ORDINALITY AS %s(o1, o2)", g.IntN(4), alias), qualified(alias, []string{"o1", "o2"}, []string{"integer", "bigint"})}
	}
	if g.IntN(4) == 0 {
		return g.log(around, alias)
	}
	one := from{sql: pick(g, []string{"r", "s"}) + " AS " + alias}
	for _, c := range shapeColumns {
		one.columns = append(one.columns, column{alias + "." + c.name, c.kind})
	}
	return one
}

// eventColumns are those of the log that both servers have.
var eventColumns = []column{{"entity", "text"}, {"version", "bigint"}, {"kind", "text"}, {"sequence", "bigint"}}

// log reads the events of the round, by what the log is read by.
func (g *generator) log(around scope, alias string) from {
	var names, kinds []string
	for _, c := range eventColumns {
		names, kinds = append(names, c.name), append(kinds, c.kind)
	}
	b := fmt.Sprintf("SELECT %s FROM events WHERE sequence > %d", strings.Join(names, ", "), g.base)
	for range g.IntN(3) {
		b += " AND " + g.bound(around)
	}
	if g.IntN(3) == 0 {
		b += " ORDER BY sequence" + pick(g, []string{" LIMIT 3", " DESC LIMIT 2", " OFFSET 4"})
	}
	return from{fmt.Sprintf("(%s) AS %s(%s)", b, alias, strings.Join(names, ", ")), qualified(alias, names, kinds)}
}

func (g *generator) bound(around scope) string {
	r1, s2 := "'"+g.entity("r", 1)+"'", "'"+g.entity("s", 2)+"'"
	entity, number := pick(g, []string{r1, s2, r1 + " || ''", "'none'", "NULL"}), fmt.Sprint(1+g.IntN(3))
	if names := around.of("text"); len(names) > 0 && g.IntN(2) == 0 {
		entity = pick(g, names)
	}
	if names := around.of("bigint"); len(names) > 0 && g.IntN(2) == 0 {
		number = pick(g, names)
	}
	fill := strings.NewReplacer("{r1}", r1, "{s2}", s2, "{entity}", entity, "{n}", number, "{kind}", fmt.Sprintf("'Put%s%d'", pick(g, []string{"r", "s"}), g.seed),
		"{sequence}", fmt.Sprint(g.base+int64(1+g.IntN(30))))
	return fill.Replace(pick(g, []string{
		"entity = {entity}", "entity IN ({r1}, {s2}, {entity})", "entity = ANY (ARRAY[{s2}, {entity}])", "entity >= {r1}", "(entity = {r1} OR entity = {entity})",
		"version = {n}", "version <= {n}", "version > {n}", "{n} >= version", "version BETWEEN 2 AND {n}", "version <> {n}",
		"kind = {kind}", "kind IN ({kind}, 'Other')", "kind <> {kind}", "sequence < {sequence}", "sequence = {sequence} + {n}",
		"sequence BETWEEN {sequence} - 2 AND {sequence}", "NOT sequence > {sequence}",
	}))
}
