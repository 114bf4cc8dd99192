package main

import (
	"context"
	"slices"

	"github.com/projsql/projsql/jepsen"
)

// kinds are the types of columns and expressions.
var kinds = []string{
	"boolean", "smallint", "integer", "bigint", "numeric", "real", "double precision", "text", "bytea", "date", "time without time zone",
	"time with time zone", "timestamp without time zone", "timestamp with time zone", "interval", "uuid", "jsonb", "integer[]", "text[]",
	"int4range", "numrange", "daterange", "tstzrange", "int4multirange", "nummultirange", "inet", "cidr", "macaddr", "macaddr8", "bit", "bit varying", "pg_lsn",
	"money", "tsvector", "tsquery", "regconfig", "point", "lseg", "line", "box", "path", "polygon", "circle",
}

// unordered are kinds without an order, by which nothing is grouped either.
var unordered = map[string]bool{"point": true, "lseg": true, "line": true, "box": true, "path": true, "polygon": true, "circle": true}

// orderedKinds are the others.
var orderedKinds = slices.DeleteFunc(slices.Clone(kinds), func(kind string) bool { return unordered[kind] })

// exactKinds have one form for all equal values, unlike 0 and 0.00 or 1 month and 30 days.
var exactKinds = []string{"boolean", "smallint", "integer", "bigint", "text", "bytea", "date", "uuid", "text[]", "int4range", "daterange", "int4multirange", "inet", "cidr", "macaddr", "macaddr8", "bit", "bit varying", "pg_lsn", "money", "tsvector"}

// production makes an expression of a type out of others.
type production struct {
	name   string
	prefix bool // an operator before its one argument
	infix  bool // an operator between its two
	args   []string
}

// catalog is what expressions are made of, by result type: PostgreSQL's own rows.
type catalog struct {
	scalars, aggregates map[string][]production
	casts               map[string][]string // by target: sources
}

func (c *catalog) size() (n int) {
	for _, of := range []map[string][]production{c.scalars, c.aggregates} {
		for _, all := range of {
			n += len(all)
		}
	}
	return n
}

const (
	// Functions behind operators and casts are reached through these. Left out: what
	// depends on the server, on secrets or on the session, and what takes long by design.
	functionsQuery = `
SELECT proname, prokind::text, format_type(prorettype, NULL), ARRAY(SELECT format_type(t, NULL) FROM unnest(proargtypes) WITH ORDINALITY AS a(t, n) ORDER BY n)
FROM pg_proc p
WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind IN ('f', 'a') AND NOT proretset AND provolatile IN ('i', 's') AND provariadic = 0
	AND oid NOT IN (SELECT oprcode FROM pg_operator)
	AND oid NOT IN (SELECT amproc FROM pg_amproc)
	AND oid NOT IN (SELECT aggfnoid FROM pg_aggregate WHERE aggkind <> 'n')
	AND oid NOT IN (SELECT unnest(ARRAY[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn])::oid FROM pg_aggregate)
	AND oid NOT IN (SELECT unnest(ARRAY[typinput, typoutput, typreceive, typsend, typmodin, typmodout])::oid FROM pg_type)
	AND NOT EXISTS (SELECT 1 FROM pg_cast c WHERE c.castfunc = p.oid)
	AND proname !~ '^(?!(circle|line)$)(pg_|has_|txid|inet|current|session|now$|transaction_|statement_|clock_|to_reg|obj_desc|col_desc|shobj|tsmatch|tsq_mcontain|tsvector_update|database_to|schema_to|table_to|query_to|cursor_to|xml|set_|get|lo_|hash|is_|uuid_gen|sha|md5|version|binary_upgrade|icu|.*_support$|.*sel$|.*joinsel$|like_|brin|gin|gist|bt|spg|json_populate|to_date|to_number|convert|repeat$|factorial|similar_|jsonb?_to_|array_fill|regexp|like|notlike|texteq|ri_|.*_ops$|.*(eq|ne|lt|le|gt|ge|larger|smaller|accum|_inv|cmp|sortsupport|_in_range)$|in_range|timezone$|.*_cmp.*|string_agg|array_agg|jsonb?_agg|jsonb?_object_agg|xmlagg|mode)'
ORDER BY proname, oid`
	operatorsQuery = `
SELECT oprname, format_type(oprresult, NULL), CASE WHEN oprleft = 0 THEN ARRAY[format_type(oprright, NULL)] ELSE ARRAY[format_type(oprleft, NULL), format_type(oprright, NULL)] END
FROM pg_operator
WHERE oprnamespace = 'pg_catalog'::regnamespace AND oprname !~ '^(~[<>~*]|\*.|!~|~$|\^@)' AND oprcode <> 0 ORDER BY 1, 2, 3`
	castsQuery = `SELECT format_type(castsource, NULL), format_type(casttarget, NULL) FROM pg_cast ORDER BY castsource, casttarget`
)

// readCatalog reads what a PostgreSQL has for the kinds.
func readCatalog(ctx context.Context, pg *jepsen.Postgres) (*catalog, error) {
	conn, err := pg.Connect(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	c := &catalog{map[string][]production{}, map[string][]production{}, map[string][]string{}}
	var name, kind, result string
	var args []string
	rows, err := conn.Query(ctx, functionsQuery)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		if err := rows.Scan(&name, &kind, &result, &args); err != nil {
			return nil, err
		}
		to := c.scalars
		if kind == "a" {
			to = c.aggregates
		}
		c.add(to, result, production{name: name, args: slices.Clone(args)})
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if rows, err = conn.Query(ctx, operatorsQuery); err != nil {
		return nil, err
	}
	for rows.Next() {
		if err := rows.Scan(&name, &result, &args); err != nil {
			return nil, err
		}
		c.add(c.scalars, result, production{name: name, args: slices.Clone(args), prefix: len(args) == 1, infix: len(args) == 2})
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if rows, err = conn.Query(ctx, castsQuery); err != nil {
		return nil, err
	}
	for rows.Next() {
		if err := rows.Scan(&kind, &result); err != nil {
			return nil, err
		}
		if slices.Contains(kinds, kind) && slices.Contains(kinds, result) && result != "regconfig" { // numbers of none are internal errors
			c.casts[result] = append(c.casts[result], kind)
		}
	}
	return c, rows.Err()
}

// family is an element's type with those that polymorphic types make of it.
type family struct{ element, array, ranges, multiranges string }

var families = []family{
	{"integer", "integer[]", "int4range", "int4multirange"},
	{"text", "text[]", "", ""},
	{"numeric", "", "numrange", "nummultirange"},
	{"date", "", "daterange", ""},
	{"timestamp with time zone", "", "tstzrange", ""},
}

// add takes a production if all its types are kinds; one of polymorphic types is taken for
// each family.
func (c *catalog) add(to map[string][]production, result string, p production) {
	for _, f := range families {
		made, polymorphic := p, false
		made.args = slices.Clone(p.args)
		for i := range made.args {
			made.args[i] = f.concrete(made.args[i], &polymorphic)
		}
		r := f.concrete(result, &polymorphic)
		known := slices.Contains(kinds, r)
		for _, a := range made.args {
			known = known && slices.Contains(kinds, a)
		}
		if known {
			to[r] = append(to[r], made)
		}
		if !polymorphic {
			return
		}
	}
}

func (f family) concrete(kind string, polymorphic *bool) string {
	of := ""
	switch kind {
	case "anyelement", "anynonarray", "anycompatible", "anycompatiblenonarray":
		of = f.element
	case "anyarray", "anycompatiblearray":
		of = f.array
	case "anyrange":
		of = f.ranges
	case "anymultirange":
		of = f.multiranges
	default:
		return kind
	}
	*polymorphic = true
	return of
}
