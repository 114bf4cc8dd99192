package fold

import (
	"strings"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// column is a declared column of the state.
type column struct {
	described projection.Column
	typ       types.Type
	initial   types.Datum // its DEFAULT, computed once
	form      form        // how it is encoded
}

// reserved are the names that a projection's relation has beside its declared columns,
// _encoded for other nodes alone.
var reserved = map[string]bool{
	"entity": true, "_generation": true, "_watermark": true, "_hlc": true, "_strategy": true,
	"_cache_status": true, "_freshness": true, "_age_ms": true, "_node": true, "_encoded": true,
	"tableoid": true, "ctid": true, "xmin": true, "cmin": true, "xmax": true, "cmax": true,
}

func (c *compiler) columns() error {
	c.fold = &fold{name: c.stmt.Name}
	if n := len(c.stmt.Columns); n > columnsMax {
		return c.errorAt(c.stmt.NamePos, sqlstate.TooManyColumns, "projections can have at most %d columns", columnsMax)
	}
	seen := map[string]bool{}
	for _, def := range c.stmt.Columns {
		name, pos := def.GetColname(), int(def.GetLocation())
		if reserved[name] {
			return c.errorAt(pos, sqlstate.DuplicateColumn, "column name \"%s\" conflicts with a system column name", name)
		}
		if seen[name] {
			return c.errorAt(pos, sqlstate.DuplicateColumn, "column \"%s\" specified more than once", name)
		}
		seen[name] = true
		col, err := c.column(def)
		if err != nil {
			return err
		}
		c.fold.columns = append(c.fold.columns, col)
	}
	return nil
}

func (c *compiler) column(def *pg_query.ColumnDef) (column, error) {
	typ, err := c.binder.BindType(def.GetTypeName())
	if err != nil {
		return column{}, err
	}
	col := column{typ: typ}
	if col.form, err = c.formOf(typ, int(def.GetTypeName().GetLocation())); err != nil {
		return column{}, err
	}
	col.described = projection.Column{Name: def.GetColname(), Type: uint32(typ.OID), TypeMod: typ.Mod}
	for _, n := range def.GetConstraints() {
		k := n.GetConstraint()
		switch k.GetContype() {
		case pg_query.ConstrType_CONSTR_NOTNULL:
			col.described.NotNull = true
		case pg_query.ConstrType_CONSTR_DEFAULT:
			if err := c.defaultOf(&col, k.GetRawExpr()); err != nil {
				return column{}, err
			}
		}
	}
	return col, nil
}

// defaultOf computes a column's DEFAULT, an expression without columns, and keeps
// its text.
func (c *compiler) defaultOf(col *column, n *pg_query.Node) error {
	b := c.binder
	b.Scope = noColumns{c}
	e, err := b.Bind(n)
	if err != nil {
		return err
	}
	bound := e
	if e, err = b.CoerceColumn(e, col.described.Name, col.typ); err != nil {
		return c.defaultError(err)
	}
	col.initial, err = e.Compile(&expr.Compiler{})(&expr.Frame{Env: fixedEnv})
	if err != nil {
		at := *sqlstate.Of(err)
		return at.At(c.binderPosition(e))
	}
	text, err := expressionText(n)
	col.described.Default = expr.SQLDefault(fixedEnv.Env, n, text, bound, col.typ, false)
	col.described.PrettyDefault = expr.SQLDefault(fixedEnv.Env, n, text, bound, col.typ, true)
	return err
}

// defaultError words a type mismatch as PostgreSQL does for a DEFAULT.
func (c *compiler) defaultError(err error) error {
	e := *sqlstate.Of(err)
	if e.Code == sqlstate.DatatypeMismatch {
		e.Message = strings.Replace(e.Message, " but expression is ", " but default expression is ", 1)
	}
	return &e
}

// noColumns refuses columns in a DEFAULT.
type noColumns struct{ c *compiler }

// Column implements expr.Scope.
func (s noColumns) Column(_ []string, pos int) (expr.Expr, error) {
	return nil, s.c.errorAt(pos, sqlstate.FeatureNotSupported, "cannot use column reference in DEFAULT expression")
}

// expressionText writes an expression as SQL, in the place of that of a parsed SELECT.
func expressionText(n *pg_query.Node) (string, error) {
	tree, err := pg_query.Parse("SELECT 1")
	if err != nil {
		return "", err
	}
	tree.Stmts[0].Stmt.GetSelectStmt().TargetList[0].GetResTarget().Val = n
	text, err := pg_query.Deparse(tree)
	return strings.TrimPrefix(text, "SELECT "), err
}
