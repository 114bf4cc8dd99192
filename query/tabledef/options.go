package tabledef

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Options are what a definition is bound with.
type Options struct {
	Text       string // of the statement, for positions
	Env        *types.Env
	Extensions *expr.Extensions
	Schema     string // of the tables
	Place      string // of the expression, as errors name it; "" = "this expression"
	// FreeName returns a name that no relation has: the one that is wanted, or one that
	// begins with it.
	FreeName func(wanted string) string
}

// Binder binds expressions over the columns of a table, which may not exist yet.
func (o Options) Binder(s *temptable.Shape) *expr.Binder { return o.binder(scope{s, o.Text, o.Place}) }

func (o Options) binder(s expr.Scope) *expr.Binder {
	return &expr.Binder{
		Text: o.Text, Scope: s, Params: expr.FixedParams(nil), Env: o.Env, Extensions: o.Extensions, Place: o.Place, Fixed: map[int]string{},
	}
}

// Kept is the text of an expression that b has bound, which means the same by any settings.
func Kept(b *expr.Binder, n *pg.Node) (string, error) {
	parse.Fix(n, b.Fixed)
	return parse.ExpressionText(n)
}

// Within is o for an expression that stands at a place.
func (o Options) Within(place string) Options {
	o.Place = place
	return o
}

// over is o for an expression that a shape has, and the expression.
func (o Options) over(sql string) (Options, *pg.Node, error) {
	n, err := parse.Expression(sql)
	o.Text = sql
	return o, n, err
}

// scope resolves the columns of a shape.
type scope struct {
	*temptable.Shape
	text, place string
}

// Column implements expr.Scope.
func (c scope) Column(parts []string, pos int) (expr.Expr, error) {
	name := parts[len(parts)-1]
	if len(parts) > 1 && parts[len(parts)-2] != c.Name {
		return nil, at(c.text, int32(pos), sqlstate.UndefinedTable, "missing FROM-clause entry for table %q", parts[len(parts)-2])
	}
	if i := c.Find(name); i >= 0 {
		column := expr.NewColumn(i, name, c.Columns[i].Type, pos)
		column.Collation = c.Columns[i].Collation
		return column, nil
	}
	if err := c.system(name, pos); err != nil {
		return nil, err
	}
	return nil, at(c.text, int32(pos), sqlstate.UndefinedColumn, "column %q does not exist", name)
}

// Places where columns are known that a shape has not.
const (
	ofCheck      = "check constraint"
	ofGeneration = "column generation expression"
)

// system refuses system columns, and a whole row where it would hold itself.
func (c scope) system(name string, pos int) error {
	refused := func(code sqlstate.Code, format string, args ...any) *sqlstate.Error {
		return at(c.text, int32(pos), code, format, args...)
	}
	hidden := name == "ctid" || name == "xmin" || name == "xmax" || name == "cmin" || name == "cmax"
	switch {
	case name == "tableoid" && (c.place == ofCheck || c.place == ofGeneration):
		return refused(sqlstate.FeatureNotSupported, "tableoid in a %s is not supported", c.place)
	case hidden && c.place == ofCheck:
		return refused(sqlstate.InvalidColumnReference, "system column %q reference in check constraint is invalid", name)
	case hidden && c.place == ofGeneration:
		return refused(sqlstate.InvalidColumnReference, "cannot use system column %q in column generation expression", name)
	case name == c.Name && c.place == ofGeneration:
		return refused(sqlstate.InvalidObjectDefinition, "cannot use whole-row variable in column generation expression").
			WithDetail("This would cause the generated column to depend on its own value.")
	}
	return nil
}

// noColumns refuses columns, which a default must not name.
type noColumns struct{ text string }

// Column implements expr.Scope.
func (n noColumns) Column(_ []string, pos int) (expr.Expr, error) {
	return nil, at(n.text, int32(pos), sqlstate.FeatureNotSupported, "cannot use column reference in DEFAULT expression")
}

// at sets the position of an error by a byte offset.
func at(text string, offset int32, code sqlstate.Code, format string, args ...any) *sqlstate.Error {
	return sqlstate.New(code, format, args...).At(parse.Position(text, int(offset)))
}

// unsupported refuses what PostgreSQL has and projsql has not, at a byte offset.
func (o Options) unsupported(offset int32, format string, args ...any) error {
	return at(o.Text, offset, sqlstate.FeatureNotSupported, format, args...)
}
