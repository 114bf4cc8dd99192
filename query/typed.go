package query

import (
	"cmp"
	"slices"
	"strings"

	"github.com/projsql/projsql/query/ddl"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// typedBy are the types and the columns that are made of an object's type.
func (s *Session) typedBy(o temptable.Object) (all []dependent) {
	oid := s.typeOf(o)
	if oid == 0 {
		return nil
	}
	for _, t := range s.tables.Types() {
		i := types.Info(t.OID)
		if i.Kind == 'r' && types.MadeOf(i.Subtype, oid) {
			all = append(all, dependent{object: t, name: "type " + t.Name, on: typeText(o, i.Subtype != oid)})
		}
		if i.Kind == 'd' && types.MadeOf(i.Base.OID, oid) {
			all = append(all, dependent{object: t, name: "type " + t.Name, on: typeText(o, i.Base.OID != oid)})
		}
		for _, a := range i.Attributes {
			if types.MadeOf(a.Type.OID, oid) {
				all = append(all, dependent{of: t, name: "column " + a.Name + " of composite type " + t.Name, on: typeText(o, a.Type.OID != oid)})
			}
		}
	}
	all = append(all, s.functionsOf(oid, typeText(o, false))...)
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
	return func(x *call) error { return ddl.DropColumn(s.definer(x), x.statement, t, name) }
}

// dropGrouped drops the views whose GROUP BY needs a table's primary key, with cascade.
func (s *Session) dropGrouped(x *call, t *temptable.Table, constraint string, cascade bool) error {
	what := "constraint " + constraint + " on " + described(t)
	var needing []dependent
	for _, v := range s.viewsInOrder() {
		if slices.Contains(v.Keys, t.Name) {
			needing = append(needing, dependent{object: v, name: described(v), on: what})
		}
	}
	return s.dropWith(x, dropped{what: what, needing: needing}, cascade)
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

// typeText describes an object's type, or that of arrays of it.
func typeText(o temptable.Object, array bool) string {
	_, name, _ := strings.Cut(described(o), " ")
	if array {
		name += "[]"
	}
	return "type " + name
}
