package query

import (
	"cmp"
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// dependent is an object that needs another.
type dependent struct {
	object temptable.Object  // nil: a column
	of     temptable.Object  // the column's
	name   string            // "view v"
	on     string            // "table t"
	clear  func(*call) error // what CASCADE does to the column; nil: there is nothing
}

// goes reports whether a column goes anyway, with what it is of.
func (d dependent) goes(gone []temptable.Object) bool { return slices.Contains(gone, d.of) }

// dependents are the views that read an object, and what is made of its type.
func (s *Session) dependents(o temptable.Object) []dependent {
	var numbered []dependent
	for _, q := range s.tables.Sequences() {
		if t, ok := o.(*temptable.Table); o == q || ok && q.Owner == t.OID {
			numbered = append(numbered, s.numberedBy(q)...)
		}
	}
	return slices.Concat(numbered, s.readers(o), s.typedBy(o))
}

// numberedBy are the columns whose defaults ask a sequence for numbers.
func (s *Session) numberedBy(q *temptable.Sequence) (all []dependent) {
	tables := s.tables.All()
	slices.SortFunc(tables, func(a, b *temptable.Table) int { return cmp.Compare(a.OID, b.OID) })
	for _, t := range tables {
		for i, c := range t.Columns {
			if c.Identity != temptable.NoIdentity || !s.asks(c.Default, q) {
				continue
			}
			without := func(*call) error {
				shape := t.Shape
				shape.Columns = slices.Clone(shape.Columns)
				shape.Columns[i].Default = ""
				return s.tables.Alter(t, shape, nil)
			}
			all = append(all, dependent{of: t, name: "default value for column " + c.Name + " of table " + t.Name, on: described(q), clear: without})
		}
	}
	return all
}

// asks reports whether a default names a sequence.
func (s *Session) asks(sql string, q *temptable.Sequence) bool {
	if sql == "" {
		return false
	}
	node, err := parse.Expression(sql)
	if err != nil {
		return false
	}
	e, err := s.tableOptions(sql).Binder(&temptable.Shape{}).Bind(node)
	if err != nil {
		return false
	}
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		c, ok := e.(*expr.Const)
		found = found || ok && c.Type().OID == types.RegclassOID && c.Value.Int() == int64(q.OID)
		return !found
	})
	return found
}

// viewsInOrder are the views, the oldest first.
func (s *Session) viewsInOrder() []*temptable.View {
	all := s.tables.Views()
	slices.SortFunc(all, func(a, b *temptable.View) int { return cmp.Compare(a.OID, b.OID) })
	return all
}

// readers are the views that read an object.
func (s *Session) readers(o temptable.Object) (all []dependent) {
	for _, v := range s.viewsInOrder() {
		for _, name := range v.Needs {
			if s.tables.Object(name) == o {
				all = append(all, dependent{object: v, name: described(v), on: described(o)})
				break
			}
		}
	}
	return all
}
