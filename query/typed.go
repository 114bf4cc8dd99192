package query

import (
	"cmp"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// typedBy are the types and the columns that are made of an object's type.
func (s *Session) typedBy(o temptable.Object) (all []dependent) {
	oid := s.typeOf(o)
	if oid == 0 {
		return nil
	}
	for _, t := range s.tables.Types() {
		i := types.Info(t.OID)
		if i.Kind == 'r' && madeOf(i.Subtype, oid) {
			all = append(all, dependent{object: t, name: "type " + t.Name, on: typeText(o, i.Subtype != oid)})
		}
		if i.Kind == 'd' && madeOf(i.Base.OID, oid) {
			all = append(all, dependent{object: t, name: "type " + t.Name, on: typeText(o, i.Base.OID != oid)})
		}
		for _, a := range i.Attributes {
			if madeOf(a.Type.OID, oid) {
				all = append(all, dependent{of: t, name: "column " + a.Name + " of composite type " + t.Name, on: typeText(o, a.Type.OID != oid)})
			}
		}
	}
	all = append(all, s.columnsOf(types.ArrayOf(oid), typeText(o, true))...)
	if m := s.typeObject(types.MultirangeOf(oid)); m != nil {
		all = append(all, s.typedBy(m)...)
	}
	return append(all, s.columnsOf(oid, typeText(o, false))...)
}

// columnsOf are the columns of a type, in PostgreSQL's order: those of a table that was made later come later, the last
// column of a table is its first.
func (s *Session) columnsOf(oid types.OID, on string) (all []dependent) {
	tables := s.tables.All()
	slices.SortFunc(tables, func(a, b *temptable.Table) int { return cmp.Compare(a.OID, b.OID) })
	for _, t := range tables {
		for _, c := range slices.Backward(t.Columns) {
			if c.Type.OID == oid {
				all = append(all, dependent{of: t, name: "column " + c.Name + " of table " + t.Name, on: on, clear: s.withoutColumn(t, c.Name)})
			}
		}
	}
	return all
}

// withoutColumn drops a column with what it was of.
func (s *Session) withoutColumn(t *temptable.Table, name string) func(*call) error {
	return func(x *call) error {
		a := s.reshape(x, t)
		if err := a.dropColumn(&pg.AlterTableCmd{Name: name}); err != nil {
			return err
		}
		return s.tables.Alter(t, a.shape, a.rows)
	}
}

// typeOf is the type that an object is, or that its rows are of if that was ever asked
// for; 0: none.
func (s *Session) typeOf(o temptable.Object) types.OID {
	if t, ok := o.(*temptable.Type); ok {
		return t.OID
	}
	return s.tables.TypeOfRows(o)
}

// typeObject is the session's object for a type; nil if there is none.
func (s *Session) typeObject(oid types.OID) *temptable.Type { return s.tables.Type(oid) }

// madeOf reports whether t is a type, or arrays of it.
func madeOf(t, of types.OID) bool { return t == of || types.ElemOf(t) == of }

// typeText describes an object's type, or that of arrays of it.
func typeText(o temptable.Object, array bool) string {
	_, name, _ := strings.Cut(described(o), " ")
	if array {
		name += "[]"
	}
	return "type " + name
}

// untyped refuses what would change the values of columns that are rows of the table.
func (a *reshaping) untyped() error {
	oid := a.session.tables.TypeOfRows(a.table)
	for _, t := range a.session.tables.All() {
		for _, c := range t.Columns {
			if oid != 0 && madeOf(c.Type.OID, oid) {
				return sqlstate.New(sqlstate.FeatureNotSupported, "cannot alter table %q because column \"%s.%s\" uses its row type", a.shape.Name, t.Name, c.Name)
			}
		}
	}
	return nil
}

// widen gives the rows of a table that are values in others the columns that it has got.
func (s *Session) widen(of *temptable.Table) error {
	oid := s.tables.TypeOfRows(of)
	for _, t := range s.tables.All() {
		rows, changed := []temptable.Row{}, false
		for _, row := range t.Version().All() {
			row = slices.Clone(row)
			for i, c := range t.Columns {
				if oid != 0 && madeOf(c.Type.OID, oid) {
					row[i], changed = types.Widen(c.Type.OID, row[i]), true
				}
			}
			rows = append(rows, row)
		}
		if !changed {
			continue
		}
		if err := s.tables.Alter(t, t.Shape, rows); err != nil {
			return err
		}
	}
	return nil
}
