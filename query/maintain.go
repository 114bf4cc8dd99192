package query

import (
	"context"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// maintained is a relation that VACUUM, ANALYZE, REINDEX or CLUSTER names.
type maintained struct {
	schema, name string
	relation     *plan.Relation   // nil: an index
	table        *temptable.Table // nil: it is none of the session's
	kept         bool             // it has rows of its own, as tables have
}

// maintained finds what a statement names. Errors: 42P01, 3F000, 0A000.
func (s *Session) maintained(x *call, r *pg.RangeVar) (*maintained, error) {
	if s.namesIndex(r) {
		return &maintained{name: r.GetRelname()}, nil
	}
	found, err := s.relationNamed(x.compiled, r)
	if err != nil {
		return nil, err
	}
	m := &maintained{schema: found.Schema, name: found.Name, relation: found, table: s.tableOf(r)}
	m.kept = m.table != nil || found.Kind == plan.EventsRelation || found.Kind == plan.ProjectionRelation || catalog.IsTable(m.schema, m.name)
	return m, nil
}

// aTable is 42809 for what has no rows of its own.
func (m *maintained) aTable() error {
	if m.kept {
		return nil
	}
	return notA(m.name, "a table or materialized view")
}

// vacuumCommand is VACUUM and ANALYZE. No row is ever dead, and no plan is chosen by statistics,
// so there is nothing to do; temporary tables are counted.
type vacuumCommand struct{ statement *pg.VacuumStmt }

func (k *vacuumCommand) run(_ context.Context, s *Session, x *call) (result, error) {
	o, err := vacuumOptionsOf(x.compiled, k.statement)
	if err != nil {
		return result{}, err
	}
	if o.vacuum {
		if err := s.aloneFor("VACUUM"); err != nil {
			return result{}, err
		}
	}
	if err := o.check(); err != nil {
		return result{}, err
	}
	var named []*maintained
	for _, n := range k.statement.GetRels() {
		m, err := s.maintained(x, n.GetVacuumRelation().GetRelation())
		if err != nil {
			return result{}, err
		}
		named = append(named, m)
	}
	for i, m := range named {
		if err := s.vacuum(x, o, m, k.statement.GetRels()[i].GetVacuumRelation().GetVaCols()); err != nil {
			return result{}, err
		}
	}
	if named == nil {
		for _, t := range s.tables.All() {
			t.Count()
		}
	}
	return done(o.tag())
}

// mayMaintain refuses to touch what others own.
func (s *Session) mayMaintain(m *maintained) error {
	if m.table != nil || s.maintains(m) {
		return nil
	}
	return denied("must be owner of table %s", m.name)
}

// vacuum vacuums and analyzes one relation, or tells that it is passed over.
func (s *Session) vacuum(x *call, o vacuumOptions, m *maintained, columns []*pg.Node) error {
	if m.relation != nil && m.schema != s.tables.Schema && !s.maintains(m) {
		verb := map[bool]string{true: "vacuum", false: "analyze"}[o.vacuum]
		return s.warn(x.out, sqlstate.Warning, "skipping %q --- only table or database owner can %s it", m.name, verb)
	}
	if !m.kept {
		return s.warn(x.out, sqlstate.Warning, "skipping %q --- cannot %s non-tables or special system tables", m.name, strings.ToLower(o.tag()))
	}
	if o.vacuum && o.verbose {
		if err := s.inform(x.out, "vacuuming \"%s.%s.%s\"", s.server.options.Database, m.schema, m.name); err != nil {
			return err
		}
	}
	if o.analyze && o.verbose {
		if err := s.inform(x.out, "analyzing \"%s.%s\"", m.schema, m.name); err != nil {
			return err
		}
	}
	if m.table != nil {
		m.table.Count()
	}
	return m.columns(columns)
}

// maintains reports whether the role owns what is not the session's.
func (s *Session) maintains(m *maintained) bool {
	if m.schema == "public" {
		return s.may().owns(m.name)
	}
	return s.may().all
}

// inform sends what VERBOSE asks for.
func (s *Session) inform(out Out, format string, args ...any) error {
	return out.Notice("INFO", sqlstate.New(sqlstate.SuccessfulCompletion, format, args...))
}

// columns checks those that ANALYZE is given.
func (m *maintained) columns(list []*pg.Node) error {
	var seen []string
	for _, n := range list {
		name := n.GetString_().GetSval()
		switch {
		case !slices.ContainsFunc(m.relation.Columns, func(c plan.RelationColumn) bool { return c.Name == name && !c.Hidden }):
			return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", name, m.name)
		case slices.Contains(seen, name):
			return sqlstate.New(sqlstate.DuplicateColumn, "column %q of relation %q appears more than once", name, m.name)
		}
		seen = append(seen, name)
	}
	return nil
}

// vacuumOptions are those that something depends on.
type vacuumOptions struct {
	vacuum, analyze, verbose, full, parallel, everyPage, noToast bool
}

func (o *vacuumOptions) tag() string {
	if o.vacuum {
		return "VACUUM"
	}
	return "ANALYZE"
}

func vacuumOptionsOf(c *compiled, n *pg.VacuumStmt) (vacuumOptions, error) {
	o := vacuumOptions{vacuum: n.GetIsVacuumcmd(), analyze: !n.GetIsVacuumcmd()}
	for _, option := range n.GetOptions() {
		if err := o.take(c, option.GetDefElem()); err != nil {
			return o, err
		}
	}
	columns := slices.ContainsFunc(n.GetRels(), func(r *pg.Node) bool { return r.GetVacuumRelation().GetVaCols() != nil })
	if o.full && o.parallel {
		return o, sqlstate.New(sqlstate.FeatureNotSupported, "VACUUM FULL cannot be performed in parallel")
	}
	if columns && !o.analyze {
		return o, sqlstate.New(sqlstate.FeatureNotSupported, "ANALYZE option must be specified when a column list is provided")
	}
	return o, nil
}

// take reads one option.
func (o *vacuumOptions) take(c *compiled, d *pg.DefElem) error {
	name, known := d.GetDefname(), []string{"verbose", "skip_locked"}
	if o.vacuum {
		known = append(known, "analyze", "freeze", "full", "disable_page_skipping", "index_cleanup", "process_toast", "truncate", "parallel")
	}
	switch {
	case !slices.Contains(known, name):
		return at(c.sql, d.GetLocation(), sqlstate.SyntaxError, "unrecognized %s option %q", o.tag(), name)
	case name == "parallel":
		return o.takeParallel(c, d)
	case name == "index_cleanup" && parse.OptionText(d) == "auto":
		return nil
	}
	on, err := parse.OptionBool(d)
	switch name {
	case "verbose":
		o.verbose = on
	case "analyze":
		o.analyze = on
	case "full":
		o.full = on
	case "disable_page_skipping":
		o.everyPage = on
	case "process_toast":
		o.noToast = !on
	}
	return err
}

func (o *vacuumOptions) takeParallel(c *compiled, d *pg.DefElem) error {
	const workersMax = 1024
	if d.GetArg() == nil {
		return at(c.sql, d.GetLocation(), sqlstate.SyntaxError, "parallel option requires a value between 0 and %d", workersMax)
	}
	n := d.GetArg().GetInteger()
	if n == nil {
		return sqlstate.New(sqlstate.SyntaxError, "parallel requires an integer value")
	}
	if n.GetIval() < 0 || n.GetIval() > workersMax {
		return at(c.sql, d.GetLocation(), sqlstate.SyntaxError, "parallel workers for vacuum must be between 0 and %d", workersMax)
	}
	o.parallel = n.GetIval() > 0
	return nil
}

// check refuses what does not go with VACUUM FULL.
func (o *vacuumOptions) check() error {
	switch {
	case o.full && o.everyPage:
		return sqlstate.New(sqlstate.FeatureNotSupported, "VACUUM option DISABLE_PAGE_SKIPPING cannot be used with FULL")
	case o.full && o.noToast:
		return sqlstate.New(sqlstate.FeatureNotSupported, "PROCESS_TOAST required with VACUUM FULL")
	}
	return nil
}

// aloneFor is 25001 for a statement that is not its whole transaction.
func (s *Session) aloneFor(command string) error {
	if s.tx.state == block || !s.tx.alone {
		return sqlstate.New(sqlstate.ActiveSQLTransaction, "%s cannot run inside a transaction block", command)
	}
	return nil
}

// checkpointCommand is CHECKPOINT. What was acknowledged is on stable storage already.
type checkpointCommand struct{}

func (checkpointCommand) run(context.Context, *Session, *call) (result, error) {
	return done("CHECKPOINT")
}
