package query

import (
	"slices"
	"strings"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/settings"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// relations finds what statements of a session name. It implements
// plan.Relations and catalog.Session.
type relations struct {
	session *Session
	catalog *projection.Catalog
	used    bool     // a relation was found whose rows depend on the log
	own     []string // names of the session's objects that were found
	found   []*plan.Relation
}

func (s *Session) relations(c *projection.Catalog) *relations {
	return &relations{session: s, catalog: c}
}

// Relation implements plan.Relations.
func (r *relations) Relation(schema, name string) (*plan.Relation, error) {
	found, err := r.find(schema, name)
	if found != nil {
		r.found = append(r.found, found)
	}
	return found, err
}

func (r *relations) find(schema, name string) (*plan.Relation, error) {
	if schema == "" {
		if found := r.hiding(name); found != nil {
			return found, nil
		}
	}
	if schema == "" || r.session.isTemp(schema) {
		if found := r.session.ownRelation(name); found != nil {
			r.own = append(r.own, name)
			return found, nil
		}
	}
	searched := r.session.schemas
	if schema != "" {
		searched = []string{schema}
	}
	for _, schema := range searched {
		if found := r.in(schema, name); found != nil {
			return found, nil
		}
	}
	if r.session.isIndex(schema, name) {
		return nil, sqlstate.New(sqlstate.WrongObjectType, "%q is an index", name)
	}
	for _, schema := range searched {
		if catalog.Missing(schema, name) {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "relation \"%s.%s\" is not supported yet", schema, name)
		}
	}
	return nil, nil
}

// hiding is the relation that is found by a name before one of the session's own is, as the search path has pg_temp
// after its schema; nil: there is none.
func (r *relations) hiding(name string) *plan.Relation {
	for _, schema := range r.session.beforeOwn {
		if found := r.in(schema, name); found != nil {
			return found
		}
	}
	return nil
}

// ownRelation is what the session itself has by a name; nil: nothing.
func (s *Session) ownRelation(name string) *plan.Relation {
	switch o := s.tables.Object(name).(type) {
	case *temptable.Table:
		return s.tableRelation(o)
	case *temptable.View:
		return s.viewRelation(o)
	case *temptable.Sequence:
		return s.sequenceRelation(o)
	}
	return nil
}

func (r *relations) in(schema, name string) *plan.Relation {
	o := &r.session.server.options
	if schema == "public" {
		return r.public(name)
	}
	for _, v := range o.Relations {
		if v.Schema == schema && v.Name == name {
			r.used = true
			return v
		}
	}
	if found := catalog.Lookup(schema, name); found != nil {
		r.used = r.used || (schema == "projsql" && name == "frontier")
		return found
	}
	return nil
}

func (r *relations) public(name string) *plan.Relation {
	if name == "events" {
		r.used = true
		return r.session.server.eventsIn(r.catalog)
	}
	if d, ok := r.catalog.Lookup(name); ok {
		return r.projection(d)
	}
	if v := r.catalog.View(name); v != nil {
		return viewInPublic(v)
	}
	return nil
}

// Projection implements plan.Relations.
func (r *relations) Projection(name string) (*plan.Relation, error) {
	if d, ok := r.catalog.Lookup(name); ok {
		return r.projection(d), nil
	}
	if d, ok := r.catalog.Lookup(strings.ToLower(name)); ok {
		return r.projection(d), nil
	}
	return nil, nil
}

func (r *relations) projection(d *projection.Definition) *plan.Relation {
	r.used = true
	if r.session.ofNode() {
		return plan.NewNodeProjection(d, catalog.RelationOID(d.Name))
	}
	return plan.NewProjection(d, catalog.RelationOID(d.Name))
}

// Definitions implements catalog.Session.
func (r *source) Definitions() []*projection.Definition {
	return r.session.catalog().All()
}

// Kinds implements catalog.Session.
func (r *source) Kinds() projection.EventKinds {
	return r.session.catalog().Kinds()
}

// Settings implements catalog.Session.
func (r *source) Settings() []settings.Entry { return r.session.allSettings() }

// Parameter implements catalog.Session.
func (r *source) Parameter(name string) *settings.Parameter {
	p, _ := r.session.server.registry.Lookup(name)
	return p
}

// Statements implements catalog.Session.
func (r *source) Statements() []catalog.Statement {
	var all []catalog.Statement
	for name, c := range r.session.statements {
		if name == "" {
			continue
		}
		all = append(all, catalog.Statement{Name: name, SQL: c.sql, Parameters: c.params, Prepared: c.since, FromSQL: c.fromSQL})
	}
	slices.SortFunc(all, func(a, b catalog.Statement) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// Cursors implements catalog.Session.
func (r *source) Cursors() []catalog.Cursor {
	var all []catalog.Cursor
	for name, p := range r.session.portals {
		made := catalog.Cursor{Name: name, SQL: p.compiled.sql}
		if c := p.cursor; c != nil {
			made.SQL, made.Scroll, made.Created = c.sql, c.back(), c.since
			made.Hold = c.declared != nil && c.declared.hold
			made.Binary = c.declared != nil && c.declared.format == binaryFormat
		}
		all = append(all, made)
	}
	return all
}

// Started implements catalog.Session.
func (r *source) Started() time.Time { return r.session.server.started }

// DiskBytes implements catalog.Session.
func (r *source) DiskBytes() (bytes int64, known bool) {
	if measure := r.session.server.options.DiskBytes; measure != nil {
		return measure(), true
	}
	return 0, false
}

// Objects implements catalog.Session.
func (r *source) Objects() *catalog.Objects { return r.session.catalogObjects() }

// User implements catalog.Session.
func (r *source) User() string { return r.session.user }

// SessionUser implements catalog.Session.
func (r *source) SessionUser() string { return r.session.sessionUser }

// Roles implements catalog.Session.
func (r *source) Roles() *role.Set { return r.session.roles() }

// Superuser implements catalog.Session.
func (r *source) Superuser() bool { return r.session.may().all }

// Database implements catalog.Session.
func (r *source) Database() string { return r.session.server.options.Database }

// Schemas implements catalog.Session.
func (r *source) Schemas() []string {
	s := r.session
	if len(s.beforeOwn) == 0 || s.tables.None() {
		return s.schemas
	}
	return slices.Insert(slices.Clone(s.schemas), len(s.beforeOwn), s.tables.Schema)
}

// TypeNamed implements catalog.Session, and types.Registry.
func (r *source) TypeNamed(schema, name string) *types.TypeInfo {
	if before := r.session.beforeOwn; schema == "" && len(before) > 0 {
		if found := r.session.rowTypeIn(r.session.catalog(), before, name); found != nil {
			return found
		}
		if slices.Contains(before, known[0]) && types.ByName(name) != nil {
			return nil
		}
	}
	if schema == "" || r.session.isTemp(schema) {
		if own := r.session.ownTypeNamed(name); own != nil {
			return own
		}
	}
	searched := []string{schema}
	if schema == "" {
		searched = r.session.schemas
	}
	if schema == "" && types.ByName(name) != nil { // pg_catalog is searched first
		return nil
	}
	return r.session.rowTypeIn(r.session.catalog(), searched, name)
}

// ownTypeNamed is a type that the session has defined, or that of a row of one of its relations; nil:
// there is none of the name.
func (s *Session) ownTypeNamed(name string) *types.TypeInfo {
	o := s.tables.Object(name)
	if t, ok := o.(*temptable.Type); ok {
		return types.Info(t.OID)
	}
	oid, err := s.tables.RowType(o)
	if err != nil || oid == 0 {
		return nil
	}
	return types.Info(oid)
}

// rowTypeIn finds the type of the rows of a relation that all sessions see, or of arrays of them.
func (s *Session) rowTypeIn(c *projection.Catalog, schemas []string, name string) *types.TypeInfo {
	find := s.relations(c)
	for _, schema := range schemas {
		if r := find.in(schema, name); r != nil {
			return rowInfo(r)
		}
		element, array := strings.CutPrefix(name, "_")
		if r := find.in(schema, element); array && r != nil {
			if row := rowInfo(r); row != nil {
				return types.Info(row.Array)
			}
		}
	}
	return nil
}

func rowInfo(r *plan.Relation) *types.TypeInfo {
	oid, err := r.RowType()
	if err != nil || oid == 0 {
		return nil
	}
	return types.Info(oid)
}

// Types implements catalog.Session.
func (r *source) Types() []*types.TypeInfo {
	var all []*types.TypeInfo
	for _, t := range r.session.tables.Types() {
		i := types.Info(t.OID)
		all = append(all, i, types.Info(i.Array))
	}
	return all
}

// TempSchema implements catalog.Session.
func (r *source) TempSchema() string {
	if r.session.tables.None() {
		return ""
	}
	return r.session.tables.Schema
}
