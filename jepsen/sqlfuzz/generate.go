package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// generator makes the tables and queries of one round.
type generator struct {
	*catalog
	*rand.Rand
	seed      uint64
	tables    []table
	aliases   int   // that deep queries have had
	base      int64 // sequence of the last event before the round
	callsOnly bool  // ask only for calls of one function
}

type table struct {
	name    string
	columns []column
}

type column struct{ name, kind string }

func newGenerator(c *catalog, seed uint64) *generator {
	return &generator{catalog: c, Rand: rand.New(rand.NewPCG(seed, 0)), seed: seed}
}

func pick[T any](g *generator, all []T) T { return all[g.IntN(len(all))] }

// literals are values at the edges of their types, and ordinary ones.
var literals = map[string][]string{
	"boolean":                     {"true", "false"},
	"smallint":                    {"0", "1", "-1", "2", "7", "100", "32767", "'-32768'"},
	"integer":                     {"0", "1", "-1", "2", "3", "10", "1000", "2147483647", "'-2147483648'"},
	"bigint":                      {"0", "1", "-1", "5", "86400", "9223372036854775807", "'-9223372036854775808'"},
	"numeric":                     {"0", "0.00", "1", "-1.5", "2.50", "0.1", "123456789.987654321", "1e-10", "99999999999999999999.99", "'NaN'", "'Infinity'"},
	"real":                        {"0", "1.5", "-2.25", "0.1", "1e30", "'NaN'", "'-Infinity'"},
	"double precision":            {"0", "'-0'", "1.5", "-2.5", "0.1", "3.5", "1e300", "1e-300", "'NaN'", "'Infinity'"},
	"text":                        {"''", "'a'", "'Abc'", "'hello world'", "'%b_'", "'ünïcødé'", "'12'", "'-3.5'", "'2024-02-29'", "' x '", "'{1,2}'", "'a,b,c'"},
	"bytea":                       {`'\x'`, `'\x00ff10'`, `'\x616263'`},
	"date":                        {"'2024-02-29'", "'2000-01-01'", "'1999-12-31'", "'0044-03-15 BC'", "'infinity'", "'2023-03-26'"},
	"time without time zone":      {"'00:00'", "'12:34:56.789'", "'23:59:59.999999'", "'24:00'"},
	"time with time zone":         {"'00:00+00'", "'12:34:56.789-05:30'", "'23:59:59.999999+14'"},
	"timestamp without time zone": {"'2024-02-29 12:34:56.789'", "'2000-01-01 00:00'", "'1969-12-31 23:59:59.999999'", "'-infinity'", "'2023-03-26 02:30'"},
	"timestamp with time zone":    {"'2024-02-29 12:34:56.789+02'", "'2000-01-01 00:00+00'", "'1969-12-31 23:59:59.999999-08'", "'infinity'", "'2023-10-29 01:30+00'"},
	"interval":                    {"'0'", "'1 day'", "'1 mon -1 day 02:00'", "'-1 year 3 days 04:05:06.789'", "'36:00'", "'10 years'"},
	"uuid":                        {"'00000000-0000-0000-0000-000000000000'", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'"},
	"jsonb":                       {"'null'", "'1'", `'"x"'`, "'[1, 2, [3]]'", `'{"a": 1, "b": {"c": [true, null]}}'`, "'{}'", "'1.50'"},
	"integer[]":                   {"'{}'", "'{1}'", "'{1,NULL,3}'", "'{{1,2},{3,4}}'", "'[0:1]={5,6}'"},
	"inet":                        {"'1.2.3.4'", "'10.1.2.3/8'", "'10.0.0.0/8'", "'0.0.0.0/0'", "'::1'", "'2001:db8::5/32'", "'::ffff:1.2.3.4'"},
	"cidr":                        {"'1.2.3.4'", "'10/8'", "'10.1/16'", "'0/0'", "'::/0'", "'2001:db8::/32'", "'::ffff:1.2.3.0/120'"},
	"macaddr":                     {"'00:00:00:00:00:00'", "'08:00:2b:01:02:03'", "'ff:ff:ff:ff:ff:ff'"},
	"macaddr8":                    {"'00:00:00:00:00:00:00:00'", "'08:00:2b:01:02:03'", "'08:00:2b:01:02:03:04:05'", "'ff:ff:ff:ff:ff:ff:ff:ff'"},
	"int4range":                   {"'empty'", "'(,)'", "'[1,5)'", "'(,3]'", "'[5,2147483647)'", "'[2,2]'"},
	"numrange":                    {"'empty'", "'(,)'", "'[1,5)'", "'(1.0,5.00]'", "'[-1.5,]'", "'[0.1,NaN]'", "'(,2.50)'"},
	"daterange":                   {"'empty'", "'(,)'", "'[2024-02-29,2024-03-01]'", "'(1999-12-31,infinity]'", "'[-infinity,2000-01-01)'"},
	"tstzrange":                   {"'empty'", "'(,)'", "'[2024-02-29 12:34+02,2024-03-01)'", "'(2000-01-01 00:00+00,infinity]'", "'[,2023-10-29 01:30+00]'"},
	"bit":                         {"'0'", "'1'"},
	"bit varying":                 {"''", "'0'", "'1'", "'101'", "'0000000001'", "x'ff'", "repeat('10', 20)"},
	"money":                       {"'0'", "'1'", "'-1.5'", "'1234.56'", "'-92233720368547758.08'", "'92233720368547758.07'"},
	"tsvector":                    {"''", "'a'", "'a:1 b:2 c:3,5A'", "'b:2B,16383 cat:1A,7C'", "'cat hello:1 world:2'", "'a:1B,3 ''b c'':2 abc:4'"},
	"tsquery":                     {"''", "'a'", "'a & b'", "'a <-> b'", "'!a | b <2> c'", "'ca:*A | b:B'", "'a <-> (b | !c) & hello'", "'cat & !(b <-> a)'"},
	"regconfig":                   {"'simple'", "'english'", "'german'"},
	"point":                       {"'0,0'", "'(1,2)'", "'(2,1)'", "'(-1,0.5)'", "'(1.0000001,2)'", "'(3,-4)'", "'(1e300,-1e300)'", "'(1e-200,5)'", "'(NaN,1)'", "'(Infinity,-Infinity)'"},
	"lseg":                        {"'(0,0),(2,2)'", "'[(0,2),(2,0)]'", "'(1,1),(1,1)'", "'(1,-1),(1,3)'", "'(0,1),(5,1)'", "'(1e300,0),(-1e300,1)'", "'(0,NaN),(1,2)'", "'(0,0),(Infinity,1)'"},
	"line":                        {"'{1,-1,0}'", "'{0,-1,1}'", "'{-1,0,1}'", "'{2,3,-6}'", "'{-1,-1,2}'", "'(0,0),(1,3)'", "'{1e200,1,-1e200}'", "'{NaN,1,2}'", "'{1,1,Infinity}'"},
	"box":                         {"'(0,0),(2,2)'", "'(1,1),(3,-1)'", "'(1,1),(1,1)'", "'(-5,-5),(5,5)'", "'(0,0),(0,3)'", "'(1e300,1e300),(-1e300,0)'", "'(NaN,1),(0,2)'", "'(Infinity,1),(-Infinity,0)'"},
	"path":                        {"'((0,0),(2,0),(2,2),(0,2))'", "'[(0,0),(1,3),(2,1)]'", "'(1,1)'", "'[(5,5)]'", "'[(0,1),(5,1)]'", "'((0,0),(4,0),(0,4))'", "'((NaN,0),(1,1))'", "'[(1e300,0),(0,1e300)]'"},
	"polygon":                     {"'(0,0),(2,0),(2,2),(0,2)'", "'((0,0),(4,0),(0,4))'", "'(1,1)'", "'(0,0),(1,1)'", "'(-5,-5),(5,-5),(5,5),(-5,5)'", "'(0,0),(4,0),(2,1),(4,4),(0,4)'", "'(NaN,0),(1,1),(2,0)'", "'(0,0),(1e300,0),(0,1e300)'", "'(2,2),(2,0),(0,0),(0,2)'"},
	"circle":                      {"'<(0,0),1>'", "'((1,1),2)'", "'<(0,0),0>'", "'<(3,4),5>'", "'1,1,1e-7'", "'<(1e300,0),1e300>'", "'<(0,0),NaN>'", "'<(Infinity,0),1>'"},
	"pg_lsn":                      {"'0/0'", "'0/1'", "'16/B374D848'", "'7FFFFFFF/FFFFFFFF'", "'80000000/0'", "'FFFFFFFF/FFFFFFFF'"},
	"int4multirange":              {"'{}'", "'{(,)}'", "'{[1,5),[7,9]}'", "'{(,3],[10,)}'", "'{[2,2]}'"},
	"nummultirange":               {"'{}'", "'{(,)}'", "'{[1,5),(5,9.5]}'", "'{(,2.50),[3,4]}'"},
	"text[]":                      {"'{}'", "'{a}'", `'{a,NULL,"b c",""}'`, "'{{a,b},{c,d}}'"},
}

func (g *generator) literal(kind string) string {
	if g.IntN(12) == 0 {
		return "NULL::" + kind
	}
	return pick(g, literals[kind]) + "::" + kind
}

// schema makes tables, and the statements that create and fill them at each server.
func (g *generator) schema() (ours, theirs []string) {
	var statements []string
	for _, name := range []string{"t", "u"} {
		t := table{name: name}
		var columns []string
		for i := range 4 + g.IntN(4) {
			c := column{fmt.Sprintf("%s%d", name, i), pick(g, kinds)}
			t.columns = append(t.columns, c)
			columns = append(columns, c.name+" "+c.kind)
		}
		t.columns = append(t.columns, column{name + "_n", "integer"})
		columns = append(columns, name+"_n integer")
		statements = append(statements, fmt.Sprintf("DROP TABLE IF EXISTS %s", name), fmt.Sprintf("CREATE TEMPORARY TABLE %s (%s)", name, strings.Join(columns, ", ")))
		var rows []string
		for range g.IntN(12) {
			var row []string
			for _, c := range t.columns {
				row = append(row, g.literal(c.kind))
			}
			rows = append(rows, "("+strings.Join(row, ", ")+")")
		}
		if rows != nil {
			statements = append(statements, fmt.Sprintf("INSERT INTO %s VALUES %s", name, strings.Join(rows, ", ")))
		}
		g.tables = append(g.tables, t)
	}
	ours, theirs = g.shapeTables()
	return append(statements, ours...), append(statements[:len(statements):len(statements)], theirs...)
}

// scope is the columns that an expression may use.
type scope []column

func (s scope) of(kind string) (names []string) {
	for _, c := range s {
		if c.kind == kind {
			names = append(names, c.name)
		}
	}
	return names
}

// ordered are those of kinds that have an order.
func (s scope) ordered() (ordered scope) {
	for _, c := range s {
		if !unordered[c.kind] {
			ordered = append(ordered, c)
		}
	}
	return ordered
}

// expression makes one of a kind; depth bounds what it is made of.
func (g *generator) expression(s scope, kind string, depth int) string {
	if depth <= 0 || g.IntN(8) == 0 {
		if names := s.of(kind); names != nil && g.IntN(4) > 0 {
			return pick(g, names)
		}
		return g.literal(kind)
	}
	sub := func(kind string) string { return g.expression(s, kind, depth-1) }
	switch g.IntN(16) {
	case 0:
		return fmt.Sprintf("CASE WHEN %s THEN %s ELSE %s END", sub("boolean"), sub(kind), sub(kind))
	case 1:
		return fmt.Sprintf("COALESCE(%s, %s)", sub(kind), sub(kind))
	case 2:
		if !unordered[kind] {
			return fmt.Sprintf("NULLIF(%s, %s)", sub(kind), sub(kind))
		}
	case 3:
		if !unordered[kind] {
			return fmt.Sprintf("%s(%s, %s)", pick(g, []string{"GREATEST", "LEAST"}), sub(kind), sub(kind))
		}
	case 6:
		if !unordered[kind] { // NOT of a comparison of constants is another operator, and PostgreSQL takes such a text for one
			return fmt.Sprintf("((%s)::text)::%s", sub(kind), kind)
		}
	case 4, 5:
		if from := g.casts[kind]; from != nil {
			return fmt.Sprintf("(%s)::%s", sub(pick(g, from)), kind)
		}
	}
	switch kind {
	case "boolean":
		if g.IntN(2) == 0 {
			return g.condition(s, depth)
		}
	case "text":
		if g.IntN(5) == 0 {
			return fmt.Sprintf("(%s)::text", sub(pick(g, kinds)))
		}
	}
	if all := g.scalars[kind]; all != nil {
		return g.apply(s, pick(g, all), depth)
	}
	return g.literal(kind)
}

func (g *generator) apply(s scope, p production, depth int) string {
	var args []string
	for _, a := range p.args {
		args = append(args, g.expression(s, a, depth-1))
	}
	switch {
	case p.prefix:
		return fmt.Sprintf("(%s %s)", p.name, args[0])
	case p.infix:
		return fmt.Sprintf("(%s %s %s)", args[0], p.name, args[1])
	}
	return fmt.Sprintf("%s(%s)", p.name, strings.Join(args, ", "))
}

// condition makes a boolean by grammar.
func (g *generator) condition(s scope, depth int) string {
	sub := func(kind string) string { return g.expression(s, kind, depth-1) }
	kind := pick(g, orderedKinds)
	switch g.IntN(10) {
	case 0:
		return fmt.Sprintf("(%s AND %s)", sub("boolean"), sub("boolean"))
	case 1:
		return fmt.Sprintf("(%s OR %s)", sub("boolean"), sub("boolean"))
	case 2:
		return fmt.Sprintf("(NOT %s)", sub("boolean"))
	case 3:
		return fmt.Sprintf("(%s IS %sNULL)", sub(kind), pick(g, []string{"", "NOT "}))
	case 4:
		return fmt.Sprintf("(%s IS %sDISTINCT FROM %s)", sub(kind), pick(g, []string{"", "NOT "}), sub(kind))
	case 5:
		return fmt.Sprintf("(%s %sIN (%s, %s))", sub(kind), pick(g, []string{"", "NOT "}), sub(kind), sub(kind))
	case 6:
		return fmt.Sprintf("(%s BETWEEN %s%s AND %s)", sub(kind), pick(g, []string{"", "SYMMETRIC "}), sub(kind), sub(kind))
	case 7:
		return fmt.Sprintf("(%s %s %s)", sub("text"), pick(g, []string{"LIKE", "NOT LIKE", "ILIKE"}), sub("text"))
	case 8:
		return fmt.Sprintf("(%s IS %s)", sub("boolean"), pick(g, []string{"TRUE", "NOT TRUE", "FALSE", "NOT FALSE", "UNKNOWN", "NOT UNKNOWN"}))
	}
	// Not of an empty array: PostgreSQL takes an outer join with such a condition for an inner one.
	return fmt.Sprintf("(%s %s ANY (%s || 7))", sub("integer"), pick(g, []string{"=", "<>", "<", ">="}), sub("integer[]"))
}
