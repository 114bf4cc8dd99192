package tabledef

import (
	"strings"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// Text is an expression as PostgreSQL shows it, and its form with few parentheses.
type Text struct{ Plain, Pretty string }

// Shown is an expression over a shape, made into a type, as PostgreSQL shows it: from its
// parsed form, or as it was given where that is beyond what can be written.
func (o Options) Shown(s *temptable.Shape, sql string, to types.Type) Text {
	if sql == "" {
		return Text{}
	}
	given := Text{sql, sql}
	if to.OID == types.BoolOID {
		given.Plain = "(" + sql + ")"
	}
	e := o.Readable(s, sql)
	if e == nil {
		return given
	}
	plain, ok := expr.SQL(o.Env, e, to, false)
	if !ok {
		return given
	}
	pretty, _ := expr.SQL(o.Env, e, to, true)
	return Text{plain, pretty}
}

// ShownDefault is a column's default as PostgreSQL shows it.
func (o Options) ShownDefault(s *temptable.Shape, c temptable.Column) Text {
	if c.Default == "" {
		return Text{}
	}
	node, err := parse.Expression(c.Default)
	switch {
	case err != nil:
		return Text{c.Default, c.Default}
	case node.GetSqlvalueFunction() != nil:
		return Text{strings.ToUpper(c.Default), strings.ToUpper(c.Default)}
	}
	e := o.Readable(s, c.Default)
	return Text{expr.SQLDefault(o.Env, node, c.Default, e, c.Type, false), expr.SQLDefault(o.Env, node, c.Default, e, c.Type, true)}
}

// Readable binds an expression over a shape; nil if PostgreSQL's form of it cannot be told from the bound one.
func (o Options) Readable(s *temptable.Shape, sql string) expr.Expr {
	o, node, err := o.over(sql)
	if err != nil || !expr.SQLTells(sql) {
		return nil
	}
	e, err := o.Binder(s).Bind(node)
	if err != nil {
		return nil
	}
	return e
}
