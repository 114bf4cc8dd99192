package query

import (
	"slices"
	"strconv"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// objects are the session's catalog objects as they were at an epoch of the definitions
// and of the temporary tables.
type objects struct {
	of     *catalog.Objects
	epoch  uint64
	shapes uint64
}

// catalogObjects are the tables that the session sees.
func (s *Session) catalogObjects() *catalog.Objects {
	epoch, shapes := s.server.options.Definitions.Epoch(), s.tables.Shapes()
	if s.objects.of == nil || s.objects.epoch != epoch || s.objects.shapes != shapes {
		s.objects = objects{of: catalog.NewObjects(s.catalogTables()), epoch: epoch, shapes: shapes}
	}
	return s.objects.of
}

func (s *Session) catalogTables() []*catalog.Table {
	all := []*catalog.Table{eventsTable(s.server.events)}
	for _, d := range s.server.options.Definitions.All() {
		all = append(all, projectionTable(d))
	}
	for _, r := range s.ownRelations() {
		all = append(all, &catalog.Table{Relation: r, View: true})
	}
	for _, t := range s.tables.All() {
		all = append(all, s.tempTable(t))
	}
	for _, v := range s.tables.Views() {
		all = append(all, &catalog.Table{Relation: s.viewRelation(v), View: true, Temporary: true})
	}
	for _, q := range s.tables.Sequences() {
		all = append(all, &catalog.Table{Relation: s.sequenceRelation(q), Sequence: catalogSequence(q), Temporary: true})
	}
	return all
}

// projectionTable is a projection as a table with its entity as primary key. A column's
// default is what a state begins with.
func projectionTable(d *projection.Definition) *catalog.Table {
	t := &catalog.Table{
		Relation: plan.NewProjection(d, catalog.RelationOID(d.Name)), NotNull: []bool{true},
		Keys: []catalog.Key{{Name: d.Name + "_pkey", Columns: []int{0}, Primary: true}},
	}
	for i, c := range d.Columns {
		t.NotNull = append(t.NotNull, c.NotNull)
		t.Columns[1+i].Default = c.Default
	}
	return t
}

// ownRelations are those of projsql itself; the node's stand before the session's.
func (s *Session) ownRelations() []*plan.Relation {
	all := slices.Clone(s.server.options.Relations)
	for _, r := range catalog.Own() {
		if !slices.ContainsFunc(all, func(o *plan.Relation) bool { return o.Name == r.Name }) {
			all = append(all, r)
		}
	}
	return all
}

func eventsTable(r *plan.Relation) *catalog.Table {
	t := &catalog.Table{Relation: r, Insert: true, NotNull: make([]bool, len(r.Columns)), Keys: []catalog.Key{
		{Name: "events_pkey", Columns: []int{plan.EventEntity, plan.EventVersion}, Primary: true},
		{Name: "events_event_id_key", Columns: []int{plan.EventID}},
		{Name: "events_hlc_key", Columns: []int{plan.EventHLC}},
		{Name: "events_sequence_key", Columns: []int{plan.EventSequence}},
	}}
	for i := range t.NotNull {
		t.NotNull[i] = i != plan.EventMetadata && i != plan.EventCorrelation && i != plan.EventCausation
	}
	return t
}

// identities are pg_attribute's letters for identity columns.
var identities = [...]byte{temptable.IdentityAlways: 'a', temptable.IdentityByDefault: 'd'}

func (s *Session) tempTable(t *temptable.Table) *catalog.Table {
	made := &catalog.Table{Relation: s.tableRelation(t), Insert: true, Temporary: true}
	for _, c := range t.Columns {
		made.NotNull, made.Identity = append(made.NotNull, c.NotNull), append(made.Identity, identities[c.Identity])
		made.Defaults = append(made.Defaults, shownDefault(c))
		made.Generated = append(made.Generated, c.Generated)
	}
	for _, k := range t.Keys {
		if k.Opaque {
			continue
		}
		made.Keys = append(made.Keys, catalog.Key{Name: k.Name, Columns: k.Columns, Primary: k.Primary, Index: k.Index, Plain: k.Plain})
	}
	for _, c := range t.Checks {
		made.Checks = append(made.Checks, catalog.Check{Name: c.Name, SQL: c.SQL, Columns: s.checkedColumns(t, c.SQL)})
	}
	return made
}

// shownDefault is a column's default as PostgreSQL writes constants, with their types; the
// SQL that was given for anything else.
func shownDefault(c temptable.Column) string {
	if c.Default == "" {
		return ""
	}
	node, err := parse.Expression(c.Default)
	if err != nil {
		return c.Default
	}
	switch constant := node.GetAConst(); {
	case constant.GetSval() != nil:
		return expr.QuoteLiteral(constant.GetSval().GetSval()) + "::" + types.FormatType(types.Of(c.Type.OID))
	case constant.GetIval().GetIval() < 0:
		return expr.QuoteLiteral(strconv.Itoa(int(constant.GetIval().GetIval()))) + "::integer"
	}
	return c.Default
}

// checkedColumns are the columns that a condition is about, in the order of the text.
func (s *Session) checkedColumns(t *temptable.Table, sql string) (all []int) {
	e, err := s.tableOptions("").Condition(&t.Shape, sql)
	if err != nil {
		return nil
	}
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok && !slices.Contains(all, c.Index) {
			all = append(all, c.Index)
		}
		return true
	})
	return all
}

func catalogSequence(q *temptable.Sequence) *catalog.Sequence {
	return &catalog.Sequence{
		Type: q.Type, Start: q.Start, Increment: q.Increment, Min: q.Min, Max: q.Max, Cycle: q.Cycle, Owner: q.Owner, Column: q.Column, Last: q.Last,
	}
}
