package parse

import pg "github.com/pganalyze/pg_query_go/v6"

// Qualified splits the name of an object; schema is "" if the name says none.
func Qualified(names []*pg.Node) (schema, name string) {
	if len(names) > 1 {
		schema = names[len(names)-2].GetString_().GetSval()
	}
	return schema, names[len(names)-1].GetString_().GetSval()
}

// RangeVar is what a list of names names, as FROM has it.
func RangeVar(names []*pg.Node) *pg.RangeVar {
	schema, name := Qualified(names)
	return &pg.RangeVar{Schemaname: schema, Relname: name, Location: -1}
}
