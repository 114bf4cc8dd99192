package main

import (
	"fmt"
	"slices"
	"strings"
)

// query is a SELECT whose output columns can be asked for one by one.
type query struct {
	columns []string
	rest    string // FROM and what follows
	text    string // all of another statement
	safe    bool   // nothing in it can fail
	form    string // of a call: what is said of it is compared whole
}

func (q query) String() string {
	if q.text != "" {
		return q.text
	}
	return "SELECT " + strings.Join(q.columns, ", ") + q.rest
}

// only is the query with one of its columns.
func (q query) only(i int) query {
	return query{columns: q.columns[i : i+1], rest: q.rest, safe: q.safe}
}

const depthMax = 3

// query makes one of several forms.
func (g *generator) query() query {
	t, u := &g.tables[0], &g.tables[1]
	if g.IntN(2) == 0 {
		t, u = u, t
	}
	switch g.IntN(14) {
	case 10, 11, 12, 13:
		return g.shape()
	case 0, 1, 2:
		return query{columns: g.outputs(t.columns), rest: " FROM " + t.name + g.where(t.columns)}
	case 3:
		return g.join(t, u)
	case 4, 5:
		return g.grouped(t)
	case 6:
		return g.partitioned(t)
	case 7:
		return g.windowed(t)
	case 8:
		return g.nested(t, u)
	}
	return query{columns: []string{"*"}, rest: g.setOperation(t, u)}
}

func (g *generator) outputs(s scope) (all []string) {
	for range 1 + g.IntN(4) {
		all = append(all, g.expression(s, pick(g, kinds), depthMax))
	}
	return all
}

func (g *generator) where(s scope) string {
	if g.IntN(3) == 0 {
		return ""
	}
	return " WHERE " + g.expression(s, "boolean", depthMax)
}

func (g *generator) join(t, u *table) query {
	s := append(append(scope{}, t.columns...), u.columns...)
	on := g.expression(s, "boolean", depthMax-1)
	if g.IntN(2) == 0 {
		on = fmt.Sprintf("%s_n = %s_n", t.name, u.name)
	}
	kind := pick(g, []string{"JOIN", "LEFT JOIN", "RIGHT JOIN"})
	return query{columns: g.outputs(s), rest: fmt.Sprintf(" FROM %s %s %s ON %s%s", t.name, kind, u.name, on, g.where(s))}
}

// aggregate makes a call. One of DISTINCT rows makes PostgreSQL sort them, in an order of
// its plan, on which sums of floats depend, and which of 1 and 1.0 is the least.
func (g *generator) aggregate(s scope, distinctRows bool) string {
	kind := pick(g, kinds)
	all := g.aggregates[kind]
	if all == nil {
		return "count(*)"
	}
	p := pick(g, all)
	var args []string
	for _, a := range p.args {
		args = append(args, g.expression(s, a, 1))
	}
	if len(args) == 0 {
		return "count(*)"
	}
	distinct, filter := "", ""
	if distinctRows && !allLookTheSame(p.args) {
		return "count(*)"
	}
	if distinctRows && len(args) == 1 && sameLooks[p.args[0]] {
		distinct = "DISTINCT "
	}
	if g.IntN(4) == 0 {
		filter = " FILTER (WHERE " + g.expression(s, "boolean", 1) + ")"
	}
	return fmt.Sprintf("%s(%s%s)%s", p.name, distinct, strings.Join(args, ", "), filter)
}

func allLookTheSame(kinds []string) bool {
	return !slices.ContainsFunc(kinds, func(kind string) bool { return !sameLooks[kind] })
}

// sameLooks are kinds whose equal values look the same: which of several is the group's is
// not said.
var sameLooks = map[string]bool{
	"boolean": true, "smallint": true, "integer": true, "bigint": true, "text": true, "bytea": true, "date": true,
	"timestamp without time zone": true, "timestamp with time zone": true, "uuid": true, "integer[]": true, "text[]": true,
	"int4range": true, "daterange": true, "tstzrange": true, "int4multirange": true, "inet": true, "cidr": true, "macaddr": true, "macaddr8": true, "bit": true, "bit varying": true, "pg_lsn": true,
	"money": true, "tsvector": true,
}

func (g *generator) grouped(t *table) query {
	key := t.name + "_n"
	if c := pick(g, t.columns); sameLooks[c.kind] {
		key = c.name
	}
	columns, distinctRows := []string{key}, g.IntN(3) == 0
	for range 1 + g.IntN(3) {
		columns = append(columns, g.aggregate(t.columns, distinctRows))
	}
	by := fmt.Sprintf(" FROM %s%s GROUP BY %s", t.name, g.where(t.columns), key)
	switch g.IntN(4) {
	case 0:
		by = fmt.Sprintf(" FROM %s%s GROUP BY ROLLUP (%s, mod(%s_n, 3))", t.name, g.where(t.columns), key, t.name)
	case 1:
		by += " HAVING count(*) > 1"
	case 2:
		return query{columns: columns[1:], rest: " FROM " + t.name + g.where(t.columns)}
	}
	return query{columns: columns, rest: by}
}

// partitioned counts the rows for which a condition is true, false and unknown.
func (g *generator) partitioned(t *table) query {
	p := g.expression(t.columns, "boolean", depthMax)
	part := func(what string) string { return fmt.Sprintf("(SELECT count(*) FROM %s WHERE %s)", t.name, what) }
	return query{columns: []string{part(p), part("NOT " + p), part("(" + p + ") IS NULL"), fmt.Sprintf("(SELECT count(*) FILTER (WHERE %s) FROM %s)", p, t.name)}}
}

func (g *generator) windowed(t *table) query {
	order := t.name + "_n"
	for _, c := range t.columns {
		if !unordered[c.kind] && (c.kind != "jsonb" || g.IntN(2) == 0) {
			order += ", " + c.name
		}
	}
	over := fmt.Sprintf("OVER (PARTITION BY %s ORDER BY %s)", pick(g, scope(t.columns).ordered()).name, order)
	if g.IntN(2) == 0 {
		over = fmt.Sprintf("OVER (ORDER BY %s_n %s)", t.name, pick(g, []string{
			"RANGE BETWEEN 1 PRECEDING AND 2 FOLLOWING", "RANGE UNBOUNDED PRECEDING", "GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES", "RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE GROUP",
		}))
	}
	var columns []string
	for range 1 + g.IntN(3) {
		call := pick(g, []string{"rank()", "dense_rank()", "count(*)", "cume_dist()", "percent_rank()", g.plainAggregate(t.columns)})
		columns = append(columns, call+" "+over)
	}
	return query{columns: columns, rest: " FROM " + t.name}
}

// plainAggregate is one whose result does not depend on the order of equal rows.
func (g *generator) plainAggregate(s scope) string {
	return fmt.Sprintf("%s(%s)", pick(g, []string{"sum", "min", "max", "avg", "count"}), g.expression(s, pick(g, []string{"integer", "bigint", "numeric"}), 1))
}

func (g *generator) nested(t, u *table) query {
	kind := pick(g, scope(t.columns).ordered()).kind
	inner := append(append(scope{}, u.columns...), t.columns...)
	one := fmt.Sprintf("(SELECT max(%s) FROM %s WHERE %s)", u.name+"_n", u.name, g.expression(inner, "boolean", 2))
	condition := pick(g, []string{
		fmt.Sprintf("EXISTS (SELECT 1 FROM %s WHERE %s_n = %s_n)", u.name, u.name, t.name),
		fmt.Sprintf("%s IN (SELECT %s FROM %s)", g.expression(t.columns, kind, 1), g.expression(u.columns, kind, 1), u.name),
		fmt.Sprintf("%s NOT IN (SELECT %s FROM %s)", g.expression(t.columns, kind, 1), g.expression(u.columns, kind, 1), u.name),
		fmt.Sprintf("%s < ALL (SELECT %s FROM %s)", g.expression(t.columns, "integer", 1), g.expression(u.columns, "integer", 1), u.name),
	})
	return query{columns: append(g.outputs(t.columns), one), rest: fmt.Sprintf(" FROM %s WHERE %s", t.name, condition)}
}

func (g *generator) setOperation(t, u *table) string {
	var left, right []string
	op := pick(g, []string{"UNION", "UNION ALL", "INTERSECT", "EXCEPT", "INTERSECT ALL", "EXCEPT ALL"})
	from := orderedKinds
	if strings.HasPrefix(op, "INTERSECT") { // shows the rows of the side that is estimated to be smaller
		from = exactKinds
	}
	for range 1 + g.IntN(2) {
		kind := pick(g, from)
		left = append(left, g.expression(t.columns, kind, 2))
		right = append(right, g.expression(u.columns, kind, 2))
	}
	return fmt.Sprintf(" FROM (SELECT %s FROM %s %s SELECT %s FROM %s) AS both_sides", strings.Join(left, ", "), t.name, op, strings.Join(right, ", "), u.name)
}
