package query

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// relationKey is a unique key as plans know it.
func (s *Session) relationKey(t *temptable.Table, k *temptable.Key) plan.RelationKey {
	made := plan.RelationKey{Name: k.Name, Columns: k.Columns, Later: k.Later}
	for _, p := range k.Parts {
		if p.Column >= 0 {
			continue
		}
		e, err := s.keyExpression(&t.Shape, p.SQL)
		if err != nil {
			return plan.RelationKey{Name: k.Name, Check: true} // whoever writes rows meets the error
		}
		made.Expressions = append(made.Expressions, e)
	}
	if k.Where != "" {
		var err error
		if made.Where, err = s.keyExpression(&t.Shape, k.Where); err != nil {
			return plan.RelationKey{Name: k.Name, Check: true}
		}
	}
	return made
}

// keyExpression binds an expression of an index.
func (s *Session) keyExpression(shape *temptable.Shape, sql string) (expr.Expr, error) {
	node, err := parse.Expression(sql)
	if err != nil {
		return nil, err
	}
	b := s.tableOptions(sql).Binder(shape)
	e, err := b.Bind(node)
	if err != nil {
		return nil, err
	}
	return b.Settle(e)
}

// deriveKey is temptable.Tables.Derive.
func (s *Session) deriveKey(shape *temptable.Shape, k *temptable.Key) (*temptable.Derived, error) {
	parts, err := s.keyParts(shape, k)
	if err != nil {
		return nil, err
	}
	d := &temptable.Derived{}
	var evals []expr.Eval
	for _, e := range parts {
		d.Types, d.Names = append(d.Types, e.Type().OID), append(d.Names, s.partName(e))
		evals = append(evals, e.Compile(&expr.Compiler{}))
	}
	where := expr.Eval(func(*expr.Frame) (types.Datum, error) { return types.Bool(true), nil })
	if k.Where != "" {
		e, err := s.keyExpression(shape, k.Where)
		if err != nil {
			return nil, err
		}
		where = e.Compile(&expr.Compiler{})
	}
	d.Values = func(row temptable.Row) (temptable.Row, error) {
		frame := &expr.Frame{Row: row, Env: &expr.Env{Env: s.env}}
		if holds, err := where(frame); err != nil || holds.IsNull() || !holds.Bool() {
			return nil, err
		}
		return evalRow(evals, frame)
	}
	return d, nil
}

// keyParts are all parts of a key.
func (s *Session) keyParts(shape *temptable.Shape, k *temptable.Key) (all []expr.Expr, err error) {
	parts := k.Parts
	if parts == nil {
		for _, c := range k.Columns {
			parts = append(parts, temptable.Part{Column: c})
		}
	}
	for _, p := range parts {
		if p.Column >= 0 {
			c := shape.Columns[p.Column]
			all = append(all, expr.NewColumn(p.Column, c.Name, c.Type, -1))
			continue
		}
		e, err := s.keyExpression(shape, p.SQL)
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	return all, nil
}

// partName is a part of an index as errors tell it.
func (s *Session) partName(e expr.Expr) string {
	text, _ := expr.SQL(s.env, e, e.Type(), true)
	if _, column := e.(*expr.Column); column || expr.LooksLikeFunction(e) {
		return text
	}
	return "(" + text + ")"
}
