package analyze

import (
	"strings"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// field is a column that a FROM item offers to expressions.
type field struct {
	name   string
	value  expr.Expr // a variable, or what a USING column is merged from
	hidden bool      // by name only
	key    bool      // of the primary key of its table
	table  uint32
	number uint16
}

// item is what a name in FROM stands for.
type item struct {
	schema string // of a table without an alias
	name   string
	real   string // the table's own name where an alias hides it
	fields []field
	of     *plan.Relation // nil: a subquery, a function
	// byName and byColumn tell whether its name and its bare column names are seen: a
	// join hides the columns of its sides behind its own.
	byName, byColumn bool
	// lateralOnly items are seen by LATERAL items alone while FROM is being bound;
	// refused ones are not even by them (the other side of a RIGHT or FULL join).
	lateralOnly, refused bool
	// function: a bare reference to the name is the value of its only column.
	function bool
	joined   bool // of a join with an alias
	// found tells of rows that an outer join may not find whether it did; nil: see present.
	found *field
}

// scope is the names of one query level.
type scope struct {
	planner *planner
	query   *query
	items   []*item
	tables  []*item // every table of the level, seen or not, for hints
	lateral bool    // lateralOnly items are seen from here
	parent  *scope
}

// Column implements expr.Scope.
func (s *scope) Column(parts []string, pos int) (expr.Expr, error) {
	f, err := s.find(parts, pos)
	if err == nil {
		return f.at(pos), nil
	}
	if code := sqlstate.Of(err).Code; code == sqlstate.UndefinedColumn || code == sqlstate.UndefinedTable {
		if e := s.planner.argument(parts, pos); e != nil {
			return e, nil
		}
	}
	return nil, err
}

// at returns the field's value as a reference at pos.
func (f *field) at(pos int) expr.Expr {
	return expr.Transform(f.value, func(e expr.Expr) expr.Expr {
		if v, ok := e.(*plan.Variable); ok {
			n := *v
			n.Location = pos
			named(v)
			return &n
		}
		return e
	})
}

func (s *scope) find(parts []string, pos int) (*field, error) {
	switch len(parts) {
	case 1:
		return s.findColumn(parts[0], pos)
	case 2, 3:
		return s.findQualified(parts, pos)
	case 4:
		if s.planner.thisDatabase(parts[0]) {
			return s.findQualified(parts[1:], pos)
		}
	default:
		return nil, s.planner.errorAt(pos, sqlstate.SyntaxError, "improper qualified name (too many dotted names): %s", strings.Join(parts, "."))
	}
	return nil, s.planner.errorAt(pos, sqlstate.FeatureNotSupported, "cross-database references are not implemented: %s", strings.Join(parts, "."))
}

func (s *scope) findColumn(name string, pos int) (*field, error) {
	for level := s; level != nil; level = level.parent {
		f, err := level.columnHere(name, pos)
		if f != nil || err != nil {
			return f, err
		}
	}
	f, err := s.wholeRow(name, pos)
	if f != nil || err != nil {
		return f, err
	}
	return nil, s.noColumn("", name, pos)
}

func (s *scope) columnHere(name string, pos int) (*field, error) {
	var found *field
	for _, it := range s.items {
		if !it.byColumn || (it.lateralOnly && !s.lateral) {
			continue
		}
		f, err := it.column(s.planner, name, pos)
		if err != nil {
			return nil, err
		}
		if f == nil {
			continue
		}
		if found != nil {
			return nil, s.planner.errorAt(pos, sqlstate.AmbiguousColumn, "column reference %q is ambiguous", name)
		}
		if it.lateralOnly && it.refused {
			return nil, s.refusedLateral(it, pos)
		}
		found = f
	}
	return found, nil
}

func (it *item) column(p *planner, name string, pos int) (*field, error) {
	var found *field
	for i := range it.fields {
		if it.fields[i].name != name {
			continue
		}
		if found != nil {
			return nil, p.errorAt(pos, sqlstate.AmbiguousColumn, "column reference %q is ambiguous", name)
		}
		found = &it.fields[i]
	}
	return found, nil
}

func (s *scope) findQualified(parts []string, pos int) (*field, error) {
	schema, table, name := "", parts[0], parts[1]
	if len(parts) == 3 {
		schema, table, name = parts[0], parts[1], parts[2]
	}
	it, err := s.findTable(schema, table, pos)
	if err != nil {
		return nil, err
	}
	f, err := it.column(s.planner, name, pos)
	if err != nil {
		return nil, err
	}
	if f == nil {
		return nil, s.noColumn(table, name, pos)
	}
	return f, nil
}

// findTable finds the item of a qualified name, 42P01 if there is none.
func (s *scope) findTable(schema, name string, pos int) (*item, error) {
	_, it, err := s.itemOf(schema, name, pos)
	return it, err
}

// itemOf finds the item of a qualified name, and the level that it is of.
func (s *scope) itemOf(schema, name string, pos int) (*scope, *item, error) {
	for level := s; level != nil; level = level.parent {
		it, err := level.tableHere(schema, name, pos)
		if it != nil || err != nil {
			return level, it, err
		}
	}
	return nil, nil, s.noTable(name, pos)
}

func (s *scope) tableHere(schema, name string, pos int) (*item, error) {
	var found *item
	for _, it := range s.items {
		if !it.byName || it.name != name || !it.inSchema(schema) || (it.lateralOnly && !s.lateral) {
			continue
		}
		if found != nil {
			return nil, s.planner.errorAt(pos, sqlstate.DuplicateAlias, "table reference %q is ambiguous", name)
		}
		if it.lateralOnly && it.refused {
			return nil, s.refusedLateral(it, pos)
		}
		found = it
	}
	return found, nil
}

// inSchema tells whether an item is found by a name with a schema, "" if it has none. That of what is temporary
// is the session's, under either name.
func (it *item) inSchema(schema string) bool {
	return schema == "" || it.schema == schema || isTemp(schema) && isTemp(it.schema)
}

func isTemp(schema string) bool { return schema == "pg_temp" || strings.HasPrefix(schema, "pg_temp_") }

func (s *scope) refusedLateral(it *item, pos int) error {
	return s.planner.errorAt(pos, sqlstate.InvalidColumnReference, "invalid reference to FROM-clause entry for table %q", it.name).
		WithDetail("The combining JOIN type must be INNER or LEFT for a LATERAL reference.")
}

func (s *scope) noTable(name string, pos int) error {
	for level := s; level != nil; level = level.parent {
		for _, it := range level.tables {
			if it.name != name && it.real == name {
				return s.planner.errorAt(pos, sqlstate.UndefinedTable, "invalid reference to FROM-clause entry for table %q", name).
					WithHint("Perhaps you meant to reference the table alias %q.", it.name)
			}
			if it.name == name {
				return s.planner.errorAt(pos, sqlstate.UndefinedTable, "invalid reference to FROM-clause entry for table %q", name).
					WithHint("There is an entry for table %q, but it cannot be referenced from this part of the query.", name)
			}
		}
	}
	return s.planner.errorAt(pos, sqlstate.UndefinedTable, "missing FROM-clause entry for table %q", name)
}

func (s *scope) noColumn(table, name string, pos int) error {
	if err := s.noPlace(table, name, pos); err != nil {
		return err
	}
	e := s.planner.errorAt(pos, sqlstate.UndefinedColumn, "column %q does not exist", name)
	if table != "" {
		e = s.planner.errorAt(pos, sqlstate.UndefinedColumn, "column %s.%s does not exist", table, name)
	}
	if h := s.similar(table, name); h != "" {
		e = e.WithHint("%s", h)
	}
	return e
}

// noPlace refuses the columns that PostgreSQL gives every table, where catalogs show them and rows have none.
func (s *scope) noPlace(table, name string, pos int) error {
	switch name {
	case "ctid", "xmin", "cmin", "xmax", "cmax", "tableoid":
	default:
		return nil
	}
	for _, it := range s.tables {
		if it.of == nil || table != "" && it.name != table {
			continue
		}
		switch it.of.Kind {
		case plan.EventsRelation:
			return s.planner.errorAt(pos, sqlstate.FeatureNotSupported, "system column %q of events is not supported", name).
				WithHint("An event is found by its sequence, or its entity and version.")
		case plan.ProjectionRelation:
			return s.planner.errorAt(pos, sqlstate.FeatureNotSupported, "system column %q of projection %q is not supported", name, it.of.Name).
				WithHint("A state is found by its entity. It follows its events: INSERT INTO events.")
		}
	}
	return nil
}

// nearest collects the columns whose names are nearest to a wrong one, as
// PostgreSQL's updateFuzzyAttrMatchState does.
type nearest struct {
	distance int
	found    []string
}

// fuzzyMax is PostgreSQL's MAX_FUZZY_DISTANCE.
const fuzzyMax = 3

func (s *scope) similar(table, name string) string {
	best := nearest{distance: fuzzyMax + 1}
	for level := s; level != nil; level = level.parent {
		for _, it := range level.tables {
			away := 0
			if table != "" {
				away = EditDistance(table, it.name)
			}
			for i := range it.fields {
				if it.fields[i].name == name && table == "" {
					return `There is a column named "` + name + `" in table "` + it.name + `", but it cannot be referenced from this part of the query.`
				}
				if !it.fields[i].hidden {
					best.try(name, it.name, it.fields[i].name, away)
				}
			}
		}
	}
	switch len(best.found) {
	case 1:
		return `Perhaps you meant to reference the column "` + best.found[0] + `".`
	case 2:
		return `Perhaps you meant to reference the column "` + best.found[0] + `" or the column "` + best.found[1] + `".`
	}
	return ""
}

func (n *nearest) try(name, table, column string, away int) {
	if len(column) == 0 || column[0] == '_' && name[0] != '_' {
		return
	}
	d := EditDistance(name, column)
	if d > len(name)/2 {
		return
	}
	d += away
	switch {
	case d < n.distance:
		n.distance, n.found = d, []string{table + "." + column}
	case d == n.distance && d <= fuzzyMax:
		n.found = append(n.found, table+"."+column)
	}
}

// newItem returns the item of a table with fresh slots for its columns.
func (p *planner) newItem(q *query, name string, columns []plan.RelationColumn, oid uint32) (*item, plan.Slot) {
	first := p.slots(q, len(columns))
	it := &item{name: name, byName: true, byColumn: true}
	for i, c := range columns {
		f := field{name: c.Name, hidden: c.Hidden, key: c.Key, table: oid}
		if !c.Hidden {
			f.number = uint16(i + 1)
		}
		if c.Number != 0 {
			f.number = c.Number
		}
		f.value = &plan.Variable{Slot: first + plan.Slot(i), ValueType: c.Type, Location: -1, Name: name + "." + c.Name, Record: c.Record, Collation: c.Collation}
		it.fields = append(it.fields, f)
	}
	return it, first
}

// rename applies a list of column aliases.
func (it *item) rename(names []string) error {
	visible := 0
	for i := range it.fields {
		if !it.fields[i].hidden {
			visible++
		}
	}
	if len(names) > visible {
		what := "table"
		if it.joined {
			what = "join expression"
		}
		return sqlstate.New(sqlstate.InvalidColumnReference, what+" %q has %d columns available but %d columns specified", it.name, visible, len(names))
	}
	i := 0
	for n := range it.fields {
		f := &it.fields[n]
		if f.hidden || i == len(names) {
			continue
		}
		f.name = names[i]
		if v, ok := f.value.(*plan.Variable); ok {
			v.Name = it.name + "." + f.name
		}
		i++
	}
	return nil
}
