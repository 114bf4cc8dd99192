package query

import (
	"slices"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// objects are the session's catalog objects as they were at an epoch of the definitions
// and of the temporary tables.
type objects struct {
	of     *catalog.Objects
	epoch  uint64
	shapes uint64
	// settings are those that expressions are shown by.
	settings string
	making   bool
}

// catalogObjects are the tables that the session sees.
func (s *Session) catalogObjects() *catalog.Objects {
	if s.objects.making { // an expression that is to be shown names a relation
		return catalog.NewObjects(s.catalogTables(s.bareTable))
	}
	epoch, shapes := s.catalog().Epoch(), s.tables.Shapes()
	if s.objects.of == nil || s.objects.epoch != epoch || s.objects.shapes != shapes || s.objects.settings != s.signature {
		s.objects.making = true
		defer func() { s.objects.making = false }()
		s.objects = objects{of: catalog.NewObjects(s.catalogTables(s.tempTable)), epoch: epoch, shapes: shapes, settings: s.signature}
		for _, t := range s.tables.Types() {
			s.objects.of.DescribeType(t.OID, t.Comment)
		}
		s.objects.of.AddRoutines(s.catalogRoutines())
	}
	return s.objects.of
}

func (s *Session) catalogTables(temporary func(*temptable.Table) *catalog.Table) []*catalog.Table {
	lasting := s.catalog()
	all := []*catalog.Table{catalogued(s.server.eventsTable(), lasting)}
	for _, d := range lasting.All() {
		all = append(all, catalogued(s.server.projectionTable(d), lasting))
	}
	for _, r := range s.ownRelations() {
		all = append(all, &catalog.Table{Relation: r, View: true, Tells: s.server.tellsOfNode(r)})
	}
	for _, t := range s.tables.All() {
		all = append(all, temporary(t))
	}
	for _, v := range s.tables.Views() {
		all = append(all, &catalog.Table{Relation: s.viewRelation(v), Query: func(pretty bool) (string, bool) { return s.viewText(v, pretty) }, View: true, Temporary: true, Comment: v.Comment, Comments: comments(v.Columns)})
	}
	for _, v := range lasting.AllViews() {
		all = append(all, s.viewTable(lasting, v))
	}
	for _, q := range s.tables.Sequences() {
		all = append(all, &catalog.Table{Relation: s.sequenceRelation(q), Sequence: catalogSequence(q), Temporary: true, Comment: q.Comment})
	}
	for _, t := range s.tables.Types() {
		if i := types.Info(t.OID); i.Kind == 'c' {
			all = append(all, s.compositeTable(i))
		}
	}
	return all
}

// compositeTable has the attributes of a composite type. Nothing reads it but catalogs.
func (s *Session) compositeTable(i *types.TypeInfo) *catalog.Table {
	r := &plan.Relation{Schema: s.tables.Schema, Name: i.Name, OID: catalog.CompositeOID(i.OID), Kind: plan.VirtualRelation}
	for _, a := range i.Attributes {
		r.Columns = append(r.Columns, plan.RelationColumn{Name: a.Name, Type: a.Type})
	}
	return &catalog.Table{Relation: r, Temporary: true, Composite: i.OID}
}

// projectionTable is a projection as a table with its entity as primary key. A column's
// default is what a state begins with.
func (v *Server) projectionTable(d *projection.Definition) *catalog.Table {
	t := &catalog.Table{
		Relation: plan.NewProjection(d, catalog.RelationOID(d.Name)), NotNull: []bool{true},
		Keys: []catalog.Key{{Name: d.Name + "_pkey", Columns: []int{0}, Primary: true}}, Pretty: map[string]string{},
		Live: func() (int64, bool) {
			if v.options.States == nil {
				return 0, false
			}
			n, known := v.options.States(d)
			return int64(n), known
		},
	}
	for i, c := range d.Columns {
		t.NotNull = append(t.NotNull, c.NotNull)
		t.Columns[1+i].Default = c.Default
		t.Pretty[c.Default] = c.PrettyDefault
	}
	return t
}

// catalogued gives a table the comments and the privileges that the catalog has.
func catalogued(t *catalog.Table, c *projection.Catalog) *catalog.Table {
	all := c.Comments(t.Name)
	t.Held = c.Held(t.Name)
	if all == nil {
		return t
	}
	t.Comment, t.Comments = all.Relation, make([]string, len(t.Columns))
	for i := range t.Columns {
		if !t.Columns[i].Hidden {
			t.Comments[i] = all.Of(t.Columns[i].Name)
		}
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

func (v *Server) eventsTable() *catalog.Table {
	r := v.events
	t := &catalog.Table{Relation: r, Insert: true, Live: func() (int64, bool) {
		if v.options.Events == nil {
			return 0, false
		}
		return int64(v.options.Events()), true
	}, NotNull: make([]bool, len(r.Columns)), Keys: []catalog.Key{
		{Name: "events_pkey", Columns: []int{plan.EventEntity, plan.EventVersion}, Primary: true},
		{Name: "events_event_id_key", Columns: []int{plan.EventID}},
		{Name: "events_hlc_key", Columns: []int{plan.EventHLC}},
		{Name: "events_sequence_key", Columns: []int{plan.EventSequence}},
	}, Defaults: make([]string, len(r.Columns))}
	for i, initial := range eventColumns {
		t.NotNull[i], t.Defaults[i] = true, initial
	}
	return t
}

// eventColumns are the columns of events that are never NULL, with what catalogs say that an INSERT which leaves
// them out gives them, in words that PostgreSQL takes from a dump. Those that the log fills at COMMIT are NULL in
// a transaction before it. The version's default is NULL, which leaves it to the log: without a cast, which GORM's gen
// and drizzle-kit cut off, and not as a first word, which Prisma takes for no default.
var eventColumns = map[int]string{
	plan.EventEntity: "", plan.EventVersion: "(NULL)", plan.EventKind: "", plan.EventData: "'{}'::jsonb",
	plan.EventID: "gen_random_uuid()", plan.EventOccurredAt: "clock_timestamp()",
}

// identities are pg_attribute's letters for identity columns.
var identities = [...]byte{temptable.IdentityAlways: 'a', temptable.IdentityByDefault: 'd'}

// bareTable is a temporary table without its expressions.
func (s *Session) bareTable(t *temptable.Table) *catalog.Table {
	made := &catalog.Table{Relation: s.tableRelation(t), Insert: true, Temporary: true, Pretty: map[string]string{}, Comment: t.Comment, Comments: comments(t.Columns)}
	for _, c := range t.Dropped {
		made.Dropped = append(made.Dropped, catalog.DroppedColumn{Number: int(c.Number), Type: c.Type})
	}
	made.Size = t.Size
	made.Live = func() (int64, bool) { return int64(t.Version().Len()), true }
	made.Counted = func() (rows, pages int64, keyPages map[string]int64) {
		if c := t.Counted(); c != nil {
			return c.Rows, c.Pages, c.KeyPages
		}
		return -1, 0, nil
	}
	made.KeySize = func(name string) int64 {
		return t.KeySize(slices.IndexFunc(t.Keys, func(k temptable.Key) bool { return k.Name == name }))
	}
	for _, c := range t.Columns {
		made.NotNull, made.Identity = append(made.NotNull, c.NotNull), append(made.Identity, identities[c.Identity])
	}
	for _, k := range t.Keys {
		if k.Opaque {
			continue
		}
		made.Keys = append(made.Keys, catalog.Key{Name: k.Name, Columns: k.Columns, Include: k.Include, Primary: k.Primary, Index: k.Index, Plain: k.Plain, SameNulls: k.SameNulls, Later: k.Later, Comment: k.Comment, ConstraintComment: k.ConstraintComment, Clustered: k.Clustered})
	}
	return made
}

func (s *Session) tempTable(t *temptable.Table) *catalog.Table {
	made := s.bareTable(t)
	shown := made.Keys
	for _, k := range t.Keys {
		if k.Opaque {
			continue
		}
		shown[0].Where = s.shown(made, t, k.Where, types.Of(types.BoolOID))
		for _, p := range k.Parts {
			shown[0].Parts = append(shown[0].Parts, s.shownPart(made, t, p))
		}
		shown = shown[1:]
	}
	for _, c := range t.Columns {
		made.Defaults = append(made.Defaults, s.shownDefault(made, t, c))
		made.Generated = append(made.Generated, s.shown(made, t, c.Generated, c.Type))
	}
	for _, c := range t.Checks {
		shown := s.shown(made, t, c.SQL, types.Of(types.BoolOID))
		made.Checks = append(made.Checks, catalog.Check{Name: c.Name, SQL: shown, Columns: s.checkedColumns(t, c.SQL), Comment: c.Comment, NotValid: c.NotValid, NoInherit: c.NoInherit})
	}
	return made
}

func comments(columns []temptable.Column) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.Comment
	}
	return all
}

// shownPart is a column of an index as PostgreSQL shows it.
func (s *Session) shownPart(made *catalog.Table, t *temptable.Table, p temptable.Part) catalog.Part {
	part := catalog.Part{Column: p.Column, Name: p.Name, Desc: p.Desc, NullsFirst: p.NullsFirst}
	if p.Column >= 0 {
		part.Type = t.Columns[p.Column].Type
		return part
	}
	if e := s.tableOptions("").Readable(&t.Shape, p.SQL); e != nil {
		part.Type, part.Function = e.Type(), expr.LooksLikeFunction(e)
	}
	part.SQL = s.shown(made, t, p.SQL, part.Type)
	return part
}

// shownDefault is a column's default as PostgreSQL shows it. made learns the pretty form.
func (s *Session) shownDefault(made *catalog.Table, t *temptable.Table, c temptable.Column) string {
	return learned(made, s.tableOptions("").ShownDefault(&t.Shape, c))
}

// shown is an expression over a table, made into a type, as PostgreSQL shows it. made learns the
// pretty form.
func (s *Session) shown(made *catalog.Table, t *temptable.Table, sql string, to types.Type) string {
	return learned(made, s.tableOptions("").Shown(&t.Shape, sql, to))
}

func learned(made *catalog.Table, text tabledef.Text) string {
	if text.Plain != "" {
		made.Pretty[text.Plain] = text.Pretty
	}
	return text.Plain
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
