package query

import (
	"context"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// dropCommand is DROP TABLE, VIEW, INDEX and SEQUENCE.
type dropCommand struct {
	kind      dropKind
	names     []*pg.RangeVar
	ifMissing bool
	cascade   bool
	// concurrently says that the command must be alone.
	concurrently bool
}

// dropKind is what a DROP says that it drops.
type dropKind struct {
	word, a string
	code    sqlstate.Code
	is      func(temptable.Object) bool
}

var dropKinds = map[pg.ObjectType]dropKind{
	pg.ObjectType_OBJECT_TABLE:    {"table", "a table", sqlstate.UndefinedTable, isObject[*temptable.Table]},
	pg.ObjectType_OBJECT_VIEW:     {"view", "a view", sqlstate.UndefinedTable, isObject[*temptable.View]},
	pg.ObjectType_OBJECT_SEQUENCE: {"sequence", "a sequence", sqlstate.UndefinedTable, isObject[*temptable.Sequence]},
	pg.ObjectType_OBJECT_TYPE:     {"type", "a type", sqlstate.UndefinedObject, isObject[*temptable.Type]},
	pg.ObjectType_OBJECT_DOMAIN:   {"domain", "a domain", sqlstate.UndefinedObject, isObject[*temptable.Type]},
	pg.ObjectType_OBJECT_INDEX:    {"index", "an index", sqlstate.UndefinedObject, isNone},
	// There are none of these.
	pg.ObjectType_OBJECT_MATVIEW:       {"materialized view", "a materialized view", sqlstate.UndefinedTable, isNone},
	pg.ObjectType_OBJECT_FOREIGN_TABLE: {"foreign table", "a foreign table", sqlstate.UndefinedObject, isNone},
}

func isNone(temptable.Object) bool { return false }

func isObject[T temptable.Object](o temptable.Object) bool {
	_, ok := o.(T)
	return ok
}

func (s *Session) bindDrop(c *compiled, n *pg.DropStmt) error {
	if isFunction(n.GetRemoveType()) {
		return s.bindDropFunction(c, n)
	}
	kind, ok := dropKinds[n.GetRemoveType()]
	if !ok {
		return s.bindDropAbsent(c, n)
	}
	k := &dropCommand{kind: kind, concurrently: n.GetConcurrent(), ifMissing: n.GetMissingOk(), cascade: n.GetBehavior() == pg.DropBehavior_DROP_CASCADE}
	for _, o := range n.GetObjects() {
		parts := o.GetList().GetItems()
		if t := o.GetTypeName(); t != nil {
			parts = t.GetNames()
		}
		r := &pg.RangeVar{Relname: parts[len(parts)-1].GetString_().GetSval(), Location: -1}
		if len(parts) > 1 {
			r.Schemaname = parts[len(parts)-2].GetString_().GetSval()
		}
		k.names = append(k.names, r)
	}
	c.command = k
	return nil
}

func (k *dropCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	if k.concurrently {
		if err := s.alone("DROP INDEX CONCURRENTLY"); err != nil {
			return result{}, err
		}
	}
	var all []temptable.Object
	var lasting []string
	for _, r := range k.names {
		if k.kind.word == "index" && s.ownSchema(r) {
			if t, i := s.tables.Index(r.GetRelname()); t != nil {
				if err := s.dropIndex(t, i); err != nil {
					return result{}, err
				}
				continue
			}
		}
		if v := s.viewNamed(x.catalog, r); v != nil && k.kind.word == "view" {
			if err := s.mayOwn(v.Name); err != nil {
				return result{}, err
			}
			lasting = append(lasting, v.Name)
			continue
		}
		o, err := k.find(s, x, r)
		if err != nil {
			return result{}, err
		}
		if o != nil {
			all = append(all, o)
		}
	}
	if lasting != nil {
		if len(all) > 0 {
			return result{}, unsupported(x.sql, int32(x.statement.Start), "DROP VIEW of views that outlive the session together with others is not supported").WithHint("Drop them one by one.")
		}
		if err := s.dropViews(ctx, x, lasting, k.cascade); err != nil {
			return result{}, err
		}
		return done("DROP VIEW")
	}
	if err := s.dropAll(x, all, k.cascade); err != nil {
		return result{}, err
	}
	return done("DROP " + strings.ToUpper(k.kind.word))
}

// ownSchema reports whether a name may be that of an object of the session.
func (s *Session) ownSchema(r *pg.RangeVar) bool {
	return r.GetSchemaname() == "" && s.relations(s.catalog()).hiding(r.GetRelname()) == nil || s.isTemp(r.GetSchemaname())
}

// find finds an object of the right kind; nil if it may be missing and is.
func (k *dropCommand) find(s *Session, x *call, r *pg.RangeVar) (temptable.Object, error) {
	if s.ownSchema(r) {
		if o := s.tables.Object(r.GetRelname()); o != nil {
			return o, k.fits(r.GetRelname(), o)
		}
		if t, _ := s.tables.Index(r.GetRelname()); t != nil {
			return nil, k.wrong(r.GetRelname(), "INDEX")
		}
	}
	if err := s.schemaThere(r.GetSchemaname()); err != nil && !s.isTemp(r.GetSchemaname()) {
		if k.ifMissing {
			return nil, s.skips(x, sqlstate.SuccessfulCompletion, "schema %q does not exist, skipping", r.GetSchemaname())
		}
		return nil, err
	}
	if s.isIndex(r.GetSchemaname(), r.GetRelname()) && (k.kind.code == sqlstate.UndefinedTable || k.kind.word == "foreign table") {
		return nil, k.wrong(r.GetRelname(), "INDEX")
	}
	other, err := s.relations(x.catalog).Relation(r.GetSchemaname(), r.GetRelname())
	switch {
	case err != nil:
		return nil, err
	case other != nil && other.Schema == "pg_catalog" && other.Kind != plan.ViewRelation:
		return nil, errSystemCatalog(r.GetRelname())
	case other != nil && other.Lasting:
		return nil, k.wrong(r.GetRelname(), "VIEW")
	case other != nil && other.Kind == plan.ProjectionRelation && k.kind.word != "table":
		return nil, notA(r.GetRelname(), k.kind.a).WithHint("Use DROP PROJECTION to remove a projection.")
	case other != nil && other.Kind == plan.EventsRelation && k.kind.word != "table":
		return nil, notA(r.GetRelname(), k.kind.a).WithHint("%s", noDrop)
	case other != nil && (other.Kind == plan.ProjectionRelation || other.Kind == plan.EventsRelation) && !s.may().owns(other.Name):
		return nil, s.mayOwn(other.Name)
	case other != nil:
		return nil, sqlstate.New(sqlstate.WrongObjectType, "%q is not a temporary table", r.GetRelname()).
			WithHint("%s", noDrop)
	case k.ifMissing:
		word, name := k.missing(r)
		return nil, s.skips(x, sqlstate.SuccessfulCompletion, "%s %q does not exist, skipping", word, name)
	}
	word, name := k.missing(r)
	return nil, sqlstate.New(k.kind.code, "%s %q does not exist", word, name)
}

func errSystemCatalog(name string) error {
	return sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied: %q is a system catalog", name)
}

// missing is what an error says that there is not.
func (k *dropCommand) missing(r *pg.RangeVar) (word, name string) {
	if k.kind.word == "type" || k.kind.word == "domain" {
		return "type", joinedName(r)
	}
	return k.kind.word, r.GetRelname()
}

func joinedName(r *pg.RangeVar) string {
	if r.GetSchemaname() == "" {
		return r.GetRelname()
	}
	return r.GetSchemaname() + "." + r.GetRelname()
}

func (k *dropCommand) fits(name string, o temptable.Object) error {
	if k.kind.is(o) {
		return nil
	}
	word := "TABLE"
	switch o.(type) {
	case *temptable.View:
		word = "VIEW"
	case *temptable.Sequence:
		word = "SEQUENCE"
	case *temptable.Type:
		word = "TYPE"
	}
	return k.wrong(name, word)
}

func (k *dropCommand) wrong(name, word string) error {
	return sqlstate.New(sqlstate.WrongObjectType, "%q is not %s", name, k.kind.a).WithHint("Use DROP %s to remove %s %s.", word, article(word), strings.ToLower(word))
}

func article(word string) string {
	if word == "INDEX" {
		return "an"
	}
	return "a"
}

func (s *Session) dropIndex(t *temptable.Table, i int) error {
	key := t.Keys[i]
	if !key.Index {
		return sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop index %s because constraint %s on table %s requires it", key.Name, key.Name, t.Name).
			WithHint("You can drop constraint %s on table %s instead.", key.Name, t.Name)
	}
	shape := t.Shape
	shape.Keys = slices.Delete(slices.Clone(shape.Keys), i, i+1)
	return s.tables.Alter(t, shape, nil)
}

// dropAll drops objects, and with cascade what needs them.
func (s *Session) dropAll(x *call, all []temptable.Object, cascade bool) error {
	for _, o := range all {
		if err := s.required(o); err != nil {
			return err
		}
	}
	what := "desired object(s)"
	if len(all) == 1 {
		what = described(all[0])
	}
	return s.dropWith(x, dropped{what: what, gone: slices.Clone(all)}, cascade)
}

// dropped is what a statement drops: how errors name it, the objects, and what needs it if it is
// none.
type dropped struct {
	what    string
	gone    []temptable.Object
	needing []dependent
}

// dropWith drops objects, and with cascade what needs them.
func (s *Session) dropWith(x *call, d dropped, cascade bool) error {
	gone, more := d.gone, []dependent(nil)
	var err error
	var gather func(all []dependent)
	gather = func(all []dependent) {
		for _, d := range all {
			switch {
			case d.object == nil && cascade && d.clear == nil:
				err = unsupported(x.sql, int32(x.statement.Start), "DROP CASCADE of a type that columns of composite types are of is not supported").WithHint("Drop these types first.")
			case d.object == nil && !d.goes(gone):
				more = append(more, d)
			case d.object != nil && !slices.Contains(gone, d.object):
				gone, more = append(gone, d.object), append(more, d)
				gather(s.dependents(d.object))
			}
		}
	}
	gather(d.needing)
	for _, o := range d.gone {
		gather(s.dependents(o))
	}
	if err != nil {
		return err
	}
	if len(more) > 0 && !cascade {
		return needed(d.what, more)
	}
	if err := s.tellCascade(x, more); err != nil {
		return err
	}
	for _, d := range more {
		if d.clear == nil {
			continue
		}
		if err := d.clear(x); err != nil {
			return err
		}
	}
	for _, o := range gone {
		s.dropObject(o)
	}
	return nil
}

// required refuses to drop what another object has made for itself: the sequence of an identity column, the type of
// a range type's multiranges.
func (s *Session) required(o temptable.Object) error {
	if t, ok := o.(*temptable.Type); ok {
		if r := s.typeObject(types.Info(t.OID).Range); r != nil {
			return sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop type %s because type %s requires it", t.Name, r.Name).
				WithHint("You can drop type %s instead.", r.Name)
		}
	}
	q, ok := o.(*temptable.Sequence)
	if !ok {
		return nil
	}
	for _, t := range s.tables.All() {
		i := t.Find(q.Column)
		if t.OID == q.Owner && i >= 0 && t.Columns[i].Identity != temptable.NoIdentity {
			return sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop sequence %s because column %s of table %s requires it", q.Name, q.Column, t.Name).
				WithHint("You can drop column %s of table %s instead.", q.Column, t.Name)
		}
	}
	return nil
}

func needed(what string, more []dependent) error {
	lines := make([]string, len(more))
	for i, d := range more {
		lines[i] = d.name + " depends on " + d.on
	}
	it := "it"
	if strings.HasSuffix(what, "(s)") {
		it = "them"
	}
	return sqlstate.New(sqlstate.DependentObjectsStillExist, "cannot drop %s because other objects depend on %s", what, it).
		WithDetail("%s", strings.Join(lines, "\n")).WithHint("Use DROP ... CASCADE to drop the dependent objects too.")
}

func described(o temptable.Object) string {
	switch o := o.(type) {
	case *temptable.Table:
		return "table " + expr.QuoteIdent(o.Name)
	case *temptable.View:
		return "view " + expr.QuoteIdent(o.Name)
	case *temptable.Sequence:
		return "sequence " + expr.QuoteIdent(o.Name)
	case *temptable.Type:
		return "type " + expr.QuoteIdent(o.Name)
	}
	return ""
}

func (s *Session) tellCascade(x *call, more []dependent) error {
	switch len(more) {
	case 0:
		return nil
	case 1:
		return s.notice(x.out, "drop cascades to %s", more[0].name)
	}
	lines := make([]string, len(more))
	for i, d := range more {
		lines[i] = "drop cascades to " + d.name
	}
	return s.tellNotice(x.out, sqlstate.New(sqlstate.SuccessfulCompletion, "drop cascades to %d other objects", len(more)).WithDetail("%s", strings.Join(lines, "\n")))
}

// dropObject drops an object and the sequences that it owns, or the type of multiranges.
func (s *Session) dropObject(o temptable.Object) {
	if t, ok := o.(*temptable.Type); ok {
		if m := s.typeObject(types.MultirangeOf(t.OID)); m != nil {
			s.tables.Drop(m)
		}
	}
	if t, ok := o.(*temptable.Table); ok {
		for _, q := range s.tables.Sequences() {
			if q.Owner == t.OID {
				s.tables.Drop(q)
			}
		}
	}
	s.tables.Drop(o)
}
