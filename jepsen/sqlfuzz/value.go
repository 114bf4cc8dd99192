package main

import (
	"fmt"
)

// constants are values of the kinds of deep queries.
var constants = map[string][]string{
	"integer": {"0", "1", "2", "3", "NULL::integer"},
	"bigint":  {"1::bigint", "2::bigint", "NULL::bigint"},
	"text":    {"'x'::text", "'y'::text", "''::text", "NULL::text"},
	"boolean": {"true", "false", "NULL::boolean"},
	"date":    {"'2024-02-29'::date", "'2000-01-01'::date", "NULL::date"},
}

// value makes an expression that fails for no row.
func (g *generator) value(s scope, kind string, depth int) string {
	if names := s.of(kind); len(names) > 0 && (depth <= 0 || g.IntN(2) == 0) {
		return pick(g, names)
	}
	if depth <= 0 {
		return pick(g, constants[kind])
	}
	sub := func(kind string) string { return g.value(s, kind, depth-1) }
	switch g.IntN(8) {
	case 0:
		return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", sub("boolean"), sub(kind), sub(kind))
	case 1:
		return fmt.Sprintf("coalesce(%s, %s)", sub(kind), sub(kind))
	case 2, 3:
		return g.subquery(s, kind, depth)
	}
	switch kind {
	case "integer":
		return fmt.Sprintf(pick(g, []string{"(%s %% 3)", "(%s / 2)", "greatest(%s, 1)", "nullif(%s, 2)"}), sub("integer"))
	case "bigint":
		return fmt.Sprintf("(%s)::bigint", sub("integer"))
	case "text":
		return fmt.Sprintf(pick(g, []string{"(%s || '.')", "upper(%s)", "left(%s, 1)", "concat(%s, 'k')"}), sub("text"))
	case "date":
		return fmt.Sprintf("least(%s, %s)", sub("date"), sub("date"))
	}
	return g.test(s, depth)
}

// test makes a boolean.
func (g *generator) test(s scope, depth int) string {
	sub := func(kind string) string { return g.value(s, kind, depth-1) }
	kind := pick(g, shapeKinds)
	switch g.IntN(12) {
	case 8:
		return "(random() >= 0)"
	case 9:
		return fmt.Sprintf("(%s = ANY (ARRAY(%s)))", sub(kind), g.block(s, []string{kind}, depth-1))
	case 0:
		return fmt.Sprintf("(%s AND %s)", sub("boolean"), sub("boolean"))
	case 1:
		return fmt.Sprintf("(%s OR %s)", sub("boolean"), sub("boolean"))
	case 2:
		return fmt.Sprintf("(NOT %s)", sub("boolean"))
	case 3:
		return fmt.Sprintf("(%s IS %sNULL)", sub(kind), pick(g, []string{"", "NOT "}))
	case 4:
		return fmt.Sprintf("%sEXISTS (%s)", pick(g, []string{"", "NOT "}), g.block(s, g.someKinds(), depth-1))
	case 5:
		return fmt.Sprintf("(%s %sIN (%s))", sub(kind), pick(g, []string{"", "NOT "}), g.block(s, []string{kind}, depth-1))
	case 6:
		return fmt.Sprintf("(%s %s (%s))", sub(kind), pick(g, []string{"= ANY", "<> ALL", "< ANY", ">= ALL"}), g.block(s, []string{kind}, depth-1))
	case 7:
		return fmt.Sprintf("((%s, %s) IN (%s))", sub(kind), sub("integer"), g.block(s, []string{kind, "integer"}, depth-1))
	}
	return fmt.Sprintf("(%s %s %s)", sub(kind), pick(g, []string{"=", "<>", "<", ">=", "IS DISTINCT FROM"}), sub(kind))
}

// subquery makes one that has one row at most.
func (g *generator) subquery(s scope, kind string, depth int) string {
	b := g.block(s, []string{kind}, depth-1)
	switch g.IntN(3) {
	case 0:
		return fmt.Sprintf("(SELECT z.o1 FROM (%s) AS z(o1) ORDER BY z.o1 %s LIMIT 1)", b, pick(g, []string{"", "DESC", "NULLS FIRST"}))
	case 1:
		return fmt.Sprintf("(SELECT %s FROM (%s) AS z(o1))", g.total(scope{{"z.o1", kind}}, kind), b)
	}
	from, own := g.from(s, depth-1)
	all := append(append(scope{}, s...), own...)
	return fmt.Sprintf("(SELECT %s%s%s ORDER BY 1 LIMIT 1)", g.value(all, kind, depth-1), from, g.filter(all, own, depth-1))
}

// total makes an aggregate over own columns.
func (g *generator) total(own scope, kind string) string {
	filter := ""
	if g.IntN(5) == 0 {
		filter = " FILTER (WHERE " + g.ownValue(own, "boolean") + ")"
	}
	distinct := pick(g, []string{"", "", "DISTINCT "})
	switch kind {
	case "bigint":
		return fmt.Sprintf(pick(g, []string{"count(%s%s)", "sum(%s%s)"}), distinct, g.ownValue(own, "integer")) + filter
	case "boolean":
		return fmt.Sprintf(pick(g, []string{"bool_and(%s)", "bool_or(%s)"}), g.ownValue(own, "boolean")) + filter
	case "text":
		if v := g.ownValue(own, "text"); g.IntN(2) == 0 {
			return fmt.Sprintf("string_agg(%s, ',' ORDER BY %s)", v, v) + filter
		}
	}
	if v := g.ownValue(own, kind); g.IntN(4) == 0 {
		return fmt.Sprintf("(array_agg(%s ORDER BY %s)%s)[1]", v, v, filter)
	}
	return fmt.Sprintf(pick(g, []string{"min(%s)", "max(%s)"}), g.ownValue(own, kind)) + filter
}

// ownValue reads a column of its own query, so that an aggregate belongs there.
func (g *generator) ownValue(own scope, kind string) string {
	if names := own.of(kind); len(names) > 0 {
		return pick(g, names)
	}
	return fmt.Sprintf("CASE WHEN %s IS NULL THEN %s ELSE %s END", pick(g, own).name, pick(g, constants[kind]), pick(g, constants[kind]))
}
