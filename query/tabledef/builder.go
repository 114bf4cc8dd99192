package tabledef

import (
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Builder makes the shape of a table, one element of CREATE TABLE after the other.
type Builder struct {
	Shape     temptable.Shape
	Sequences []temptable.Sequence // that columns own, still without the table's OID

	o        Options
	altering bool            // of a table that there is
	names    map[string]bool // of constraints
	said     map[string]*said
	// generates has the columns that are said to be generated.
	generates map[string]bool
	later     []columnConstraint
	warned    []*sqlstate.Error // of the columns' types: PostgreSQL warns again as it makes them
	copied    []copied
}

// said is what the constraints of a column have said so far.
type said struct{ null, notNull, byDefault, identity, generated bool }

// columnConstraint waits until all columns are known.
type columnConstraint struct {
	node   *pg.Constraint
	column string // "" = of the table
}

// New returns a Builder that adds to a shape, which it changes.
func New(s temptable.Shape, o Options) *Builder {
	b := &Builder{Shape: s, o: o, altering: len(s.Columns) > 0, names: map[string]bool{}, said: map[string]*said{}, generates: map[string]bool{}}
	for _, k := range s.Keys {
		b.names[k.Name] = true
	}
	for _, c := range s.Checks {
		b.names[c.Name] = true
	}
	return b
}

// Column adds a column and notes its constraints.
func (b *Builder) Column(n *pg.ColumnDef) error {
	if names := n.GetTypeName().GetNames(); len(names) == 1 {
		if t, ok := serials[names[0].GetString_().GetSval()]; ok {
			return b.serial(n, t)
		}
	}
	binder := &expr.Binder{Text: b.o.Text, Env: b.noting()}
	t, err := binder.BindType(n.GetTypeName())
	if err != nil {
		return err
	}
	if types.Info(t.OID).Kind == 'p' {
		return sqlstate.New(sqlstate.InvalidTableDefinition, "column %q has pseudo-type %s", n.GetColname(), types.TypeName(t.OID))
	}
	if n.GetCollClause() != nil && !parse.IsCollationC(n.GetCollClause()) {
		return b.o.unsupported(n.GetCollClause().GetLocation(), `a collation other than "C" is not supported`)
	}
	col := temptable.Column{Name: n.GetColname(), Type: t}
	if n.GetCollClause() != nil {
		if types.Info(t.OID).Collation == 0 {
			return at(b.o.Text, n.GetCollClause().GetLocation(), sqlstate.DatatypeMismatch, "collations are not supported by type %s", types.FormatType(t))
		}
		col.Collation = types.OID(parse.CollationOf(n.GetCollClause()))
	}
	if err := b.Add(col); err != nil {
		return err
	}
	return b.constraints(n)
}

// constraints notes those of a column.
func (b *Builder) constraints(n *pg.ColumnDef) error {
	for _, c := range n.GetConstraints() {
		if err := b.clashes(n.GetColname(), c.GetConstraint()); err != nil {
			return err
		}
		b.later = append(b.later, columnConstraint{node: c.GetConstraint(), column: n.GetColname()})
	}
	return nil
}

const nullAndNot = "conflicting NULL/NOT NULL declarations"

// twice says which two sources of a column's values were said; "" = no two.
func (s *said) twice() string {
	switch {
	case s.byDefault && s.identity:
		return "both default and identity specified"
	case s.byDefault && s.generated:
		return "both default and generation expression specified"
	case s.identity && s.generated:
		return "both identity and generation expression specified"
	}
	return ""
}

// clashes refuses a column's constraint that is at odds with those before it.
func (b *Builder) clashes(column string, n *pg.Constraint) error {
	had := b.said[column]
	if had == nil {
		had = &said{}
		b.said[column] = had
	}
	what := ""
	switch n.GetContype() {
	case pg.ConstrType_CONSTR_NULL:
		if had.notNull {
			what = nullAndNot
		}
		had.null = true
	case pg.ConstrType_CONSTR_NOTNULL:
		if had.null {
			what = nullAndNot
		}
		had.notNull = true
	case pg.ConstrType_CONSTR_IDENTITY:
		switch {
		case had.identity:
			what = "multiple identity specifications"
		case had.null:
			what = nullAndNot
		}
		had.identity, had.notNull = true, true
	case pg.ConstrType_CONSTR_GENERATED:
		if had.generated {
			what = "multiple generation clauses specified"
		}
		had.generated, b.generates[column] = true, true
	case pg.ConstrType_CONSTR_DEFAULT:
		if had.byDefault {
			what = "multiple default values specified"
		}
		had.byDefault = true
	}
	if what == "" {
		what = had.twice()
	}
	if what == "" {
		return nil
	}
	return at(b.o.Text, n.GetLocation(), sqlstate.SyntaxError, "%s for column %q of table %q", what, column, b.Shape.Name)
}

// Add adds a column.
func (b *Builder) Add(col temptable.Column) error {
	if b.Shape.Find(col.Name) >= 0 {
		return sqlstate.New(sqlstate.DuplicateColumn, "column %q specified more than once", col.Name)
	}
	if err := temptable.CheckName(col.Name); err != nil {
		return err
	}
	b.Shape.Numbers++
	col.Number = b.Shape.Numbers
	b.Shape.Columns = append(b.Shape.Columns, col)
	return nil
}

// Constraint notes a constraint of the table.
func (b *Builder) Constraint(n *pg.Constraint) {
	b.later = append(b.later, columnConstraint{node: n})
}

// noting is the environment, with warnings noted.
func (b *Builder) noting() *types.Env {
	if b.o.Env == nil || b.o.Env.Warn == nil {
		return b.o.Env
	}
	env := *b.o.Env
	env.Warn = func(w *sqlstate.Error) {
		again := *w
		again.Position = 0
		b.warned = append(b.warned, &again)
		b.o.Env.Warn(w)
	}
	return &env
}

// Finish binds the constraints, now that all columns are known.
func (b *Builder) Finish() error {
	for _, w := range b.warned {
		b.o.Env.Warn(w)
	}
	for _, later := range b.later {
		if err := b.constraint(later.node, later.column); err != nil {
			return err
		}
	}
	for i := range b.copied {
		if err := b.copy(&b.copied[i]); err != nil {
			return err
		}
	}
	return nil
}

func (b *Builder) constraint(n *pg.Constraint, column string) error {
	i := b.Shape.Find(column)
	switch n.GetContype() {
	case pg.ConstrType_CONSTR_NULL:
		return nil
	case pg.ConstrType_CONSTR_NOTNULL:
		b.Shape.Columns[i].NotNull = true
		return nil
	case pg.ConstrType_CONSTR_DEFAULT:
		return b.Default(i, n.GetRawExpr())
	case pg.ConstrType_CONSTR_ATTR_NOT_DEFERRABLE, pg.ConstrType_CONSTR_ATTR_IMMEDIATE:
		return nil
	case pg.ConstrType_CONSTR_ATTR_DEFERRABLE:
		if last := len(b.Shape.Keys) - 1; last >= 0 && slices.Equal(b.Shape.Keys[last].Columns, []int{i}) {
			b.Shape.Keys[last].Later = true
			return nil
		}
	case pg.ConstrType_CONSTR_IDENTITY:
		return b.Identity(n, i)
	case pg.ConstrType_CONSTR_GENERATED:
		return b.generated(n, i)
	case pg.ConstrType_CONSTR_CHECK:
		return b.check(n, column)
	case pg.ConstrType_CONSTR_PRIMARY, pg.ConstrType_CONSTR_UNIQUE:
		return b.key(n, column)
	}
	what := map[pg.ConstrType]string{
		pg.ConstrType_CONSTR_FOREIGN: "a foreign key", pg.ConstrType_CONSTR_EXCLUSION: "an exclusion constraint",
	}[n.GetContype()]
	if what == "" {
		what = "a deferrable constraint"
	}
	return b.o.unsupported(n.GetLocation(), "%s is not supported", what)
}
