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
	one := from{sql: pick(g, []string{"r", "s"}) + " AS " + alias}
	for _, c := range shapeColumns {
		one.columns = append(one.columns, column{alias + "." + c.name, c.kind})
	}
	return one
}
