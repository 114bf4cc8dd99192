package main

import (
	"fmt"
	"strings"
)

// changed is the table that statements change: its columns are those of r and s.
const changed = "m"

// changes are statements that change the table, at most two, and one that reads it.
func (g *generator) changes() (all []query) {
	for range 1 + g.IntN(2) {
		all = append(all, query{text: g.change(), safe: true})
	}
	return append(all, query{columns: []string{"*"}, rest: " FROM " + changed, safe: true})
}

func (g *generator) change() string {
	switch g.IntN(8) {
	case 0, 1:
		return g.insert()
	case 2, 3:
		return g.update()
	case 4:
		return g.remove()
	case 5, 6:
		return g.merge()
	}
	kinds := []string{"text", "integer"}
	one := pick(g, []func() string{g.insert, g.update, g.remove})()
	return fmt.Sprintf("WITH x(o1, o2) AS (%s) SELECT %s FROM x", one[:strings.LastIndex(one, " RETURNING ")]+" RETURNING "+changed+".entity, "+changed+".a",
		g.list(qualified("x", []string{"o1", "o2"}, kinds), qualified("x", []string{"o1", "o2"}, kinds), kinds, 1))
}

func (g *generator) own() (s scope) {
	for _, c := range shapeColumns {
		s = append(s, column{changed + "." + c.name, c.kind})
	}
	return s
}

// source is a query with one row an entity, and its columns as the alias n has them.
func (g *generator) source() (string, scope) {
	var kinds []string
	for _, c := range shapeColumns[1:] {
		kinds = append(kinds, c.kind)
	}
	var names []string
	var s scope
	for _, c := range shapeColumns {
		names = append(names, c.name)
		s = append(s, column{"n." + c.name, c.kind})
	}
	from := fmt.Sprintf("SELECT 'm' || row_number() OVER (ORDER BY o1, o2, o3, o4, o5), o1, o2, o3, o4, o5 FROM (%s) AS q(o1, o2, o3, o4, o5)", g.block(nil, kinds, 2))
	return fmt.Sprintf("(%s) AS n(%s)", from, strings.Join(names, ", ")), s
}

// assignments set one to three columns but for the key.
func (g *generator) assignments(s scope) string {
	var all []string
	for _, i := range g.Perm(len(shapeColumns) - 1)[:1+g.IntN(3)] {
		c := shapeColumns[1+i]
		value := g.value(s, c.kind, 2)
		if g.IntN(6) == 0 {
			value = "DEFAULT"
		}
		all = append(all, c.name+" = "+value)
	}
	return strings.Join(all, ", ")
}

func (g *generator) returning(s scope) string {
	return " RETURNING " + g.list(s, s, g.someKinds(), 2)
}

func (g *generator) insert() string {
	from, s := g.source()
	conflict := pick(g, []string{" ON CONFLICT DO NOTHING", " ON CONFLICT (entity) DO NOTHING", ""})
	if conflict == "" {
		excluded := append(g.own(), scope{{"excluded.a", "integer"}, {"excluded.c", "text"}, {"excluded.d", "boolean"}}...)
		conflict = " ON CONFLICT (entity) DO UPDATE SET " + g.assignments(excluded) + pick(g, []string{"", " WHERE " + g.value(excluded, "boolean", 2)})
	}
	if g.IntN(3) == 0 {
		return fmt.Sprintf("INSERT INTO %s (entity, a, c) SELECT n.entity, n.b, n.c FROM %s%s%s", changed, from, conflict, g.returning(g.own()))
	}
	return fmt.Sprintf("INSERT INTO %s SELECT %s FROM %s%s%s", changed, strings.Join(s.names(), ", "), from, conflict, g.returning(g.own()))
}

func (g *generator) update() string {
	if g.IntN(2) == 0 {
		return fmt.Sprintf("UPDATE %s SET %s WHERE %s%s", changed, g.assignments(g.own()), g.value(g.own(), "boolean", 2), g.returning(g.own()))
	}
	from, s := g.source()
	both := append(g.own(), s...)
	return fmt.Sprintf("UPDATE %s SET %s FROM %s WHERE %s.entity = n.entity AND %s%s", changed, g.assignments(both), from, changed, g.value(both, "boolean", 2), g.returning(both))
}

func (g *generator) remove() string {
	if g.IntN(2) == 0 {
		return fmt.Sprintf("DELETE FROM %s WHERE %s AND %s%s", changed, g.value(g.own(), "boolean", 2), g.value(g.own(), "boolean", 1), g.returning(g.own()))
	}
	from, s := g.source()
	both := append(g.own(), s...)
	return fmt.Sprintf("DELETE FROM %s USING %s WHERE %s.entity = n.entity AND %s%s", changed, from, changed, g.value(both, "boolean", 2), g.returning(both))
}

func (g *generator) merge() string {
	from, s := g.source()
	both := append(g.own(), s...)
	b := fmt.Sprintf("MERGE INTO %s USING %s ON %s.entity = n.entity", changed, from, changed)
	for range 1 + g.IntN(3) {
		switch g.IntN(5) {
		case 0:
			b += fmt.Sprintf(" WHEN MATCHED AND %s THEN DELETE", g.value(both, "boolean", 2))
		case 1:
			b += fmt.Sprintf(" WHEN MATCHED AND %s THEN UPDATE SET %s", g.value(both, "boolean", 2), g.assignments(both))
		case 2:
			b += fmt.Sprintf(" WHEN NOT MATCHED AND %s THEN DO NOTHING", g.value(s, "boolean", 2))
		case 3:
			b += fmt.Sprintf(" WHEN MATCHED AND %s THEN DO NOTHING", g.value(both, "boolean", 1))
		default:
			b += fmt.Sprintf(" WHEN NOT MATCHED AND %s THEN INSERT (entity, a, b) VALUES (n.entity, %s, DEFAULT)", g.value(s, "boolean", 2), g.value(s, "integer", 2))
		}
	}
	return b
}
