package ddl

import (
	"context"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (a *reshaping) alterType(ctx context.Context, n *pg.AlterTableCmd) error {
	i, err := a.column(n.GetName())
	if err != nil {
		return err
	}
	d := n.GetDef().GetColumnDef()
	t, err := (&expr.Binder{Text: a.Text, Env: a.unplaced(2)}).BindType(d.GetTypeName())
	if err != nil {
		return bare(err)
	}
	if err := a.outside(t.OID); err != nil {
		return err
	}
	if err := a.unread(); err != nil {
		return err
	}
	if err := a.untyped(); err != nil {
		return err
	}
	value, err := a.retyped(i, t, d.GetRawDefault())
	if err != nil {
		return err
	}
	if err := a.retypeSource(i, t); err != nil {
		return err
	}
	a.shape.Columns[i].Type = t
	if err := a.retypeKeys(i); err != nil {
		return err
	}
	if err := a.convert(ctx, i, value, d.GetRawDefault() != nil); err != nil {
		return err
	}
	return a.holds(ctx)
}

// outside refuses a type whose values have rows of the table in them.
func (a *reshaping) outside(t types.OID) error {
	if own := a.Tables().TypeOfRows(a.table); own != 0 && (over(t, own) || holdsWithin(t, own)) {
		return sqlstate.New(sqlstate.InvalidTableDefinition, "composite type %s cannot be made a member of itself", a.shape.Name)
	}
	return nil
}

// retyped is the value of a column in its new type.
func (a *reshaping) retyped(i int, t types.Type, using *pg.Node) (expr.Expr, error) {
	col := &a.shape.Columns[i]
	b := a.transforming(a.before)
	if using != nil && col.Generated != "" {
		return nil, sqlstate.New(sqlstate.InvalidColumnDefinition, "cannot specify USING when altering type of generated column").
			WithDetail("Column %q is a generated column.", col.Name)
	}
	value := expr.Expr(expr.NewColumn(i, col.Name, col.Type, -1))
	if using != nil {
		var err error
		if value, err = b.Bind(using); err != nil {
			return nil, err
		}
	}
	made, err := b.Coerce(value, t, expr.Assignment)
	switch {
	case err == nil:
		return made, nil
	case using != nil:
		return nil, sqlstate.New(sqlstate.DatatypeMismatch, "result of USING clause for column %q cannot be cast automatically to type %s", col.Name, types.FormatType(t)).
			WithHint("You might need to add an explicit cast.")
	case col.Generated != "":
		return nil, sqlstate.New(sqlstate.DatatypeMismatch, "column %q cannot be cast automatically to type %s", col.Name, types.FormatType(t))
	}
	return nil, sqlstate.New(sqlstate.DatatypeMismatch, "column %q cannot be cast automatically to type %s", col.Name, types.FormatType(t)).
		WithHint("You might need to specify \"USING %s::%s\".", expr.QuoteIdent(col.Name), types.FormatType(t))
}

// retypeSource makes what gives a column its values one of the new type.
func (a *reshaping) retypeSource(i int, t types.Type) error {
	col := &a.shape.Columns[i]
	for _, c := range a.shape.Columns {
		about, err := a.generatedFrom(c, col.Name)
		if err != nil {
			return err
		}
		if about {
			return sqlstate.New(sqlstate.FeatureNotSupported, "cannot alter type of a column used by a generated column").
				WithDetail("Column %q is used by generated column %q.", col.Name, c.Name)
		}
	}
	switch {
	case col.Identity != temptable.NoIdentity:
		if t.OID != types.Int2OID && t.OID != types.Int4OID && t.OID != types.Int8OID {
			return sqlstate.New(sqlstate.InvalidParameterValue, "identity column type must be smallint, integer, or bigint")
		}
		return a.alterOwned(col.Name, []*pg.Node{typeOption(t)})
	case col.Default != "":
		return a.retypeDefault(col, t)
	}
	return nil
}

// typeOption is AS of a sequence.
func typeOption(t types.Type) *pg.Node {
	name := &pg.Node{Node: &pg.Node_String_{String_: &pg.String{Sval: types.Info(t.OID).Name}}}
	typ := &pg.Node{Node: &pg.Node_TypeName{TypeName: &pg.TypeName{Names: []*pg.Node{name}, Typemod: -1}}}
	return &pg.Node{Node: &pg.Node_DefElem{DefElem: &pg.DefElem{Defname: "as", Arg: typ}}}
}

// retypeDefault keeps a default that can be assigned to the new type. A literal stays one of the
// old type, as in PostgreSQL.
func (a *reshaping) retypeDefault(col *temptable.Column, t types.Type) error {
	node, err := parse.Expression(col.Default)
	if err != nil {
		return err
	}
	b := a.Options("").Binder(&temptable.Shape{})
	e, err := b.Bind(node)
	if err != nil {
		return err
	}
	if e.Type().OID == types.UnknownOID {
		col.Default = "(" + col.Default + ")::" + types.FormatType(col.Type)
		e = expr.NewConst(col.Type, types.Null, -1)
	}
	if _, err := b.Coerce(e, t, expr.Assignment); err != nil {
		return sqlstate.New(sqlstate.DatatypeMismatch, "default for column %q cannot be cast automatically to type %s", col.Name, types.FormatType(t))
	}
	return nil
}

// retypeKeys checks that keys and indexes can be of the new type.
func (a *reshaping) retypeKeys(i int) error {
	for _, k := range a.shape.Keys {
		if slices.Contains(k.Columns, i) {
			if err := expr.Indexable(a.shape.Columns[i].Type.OID); err != nil {
				return err
			}
		}
		for _, sql := range keyConditions(&k) {
			if _, err := a.Options("").Condition(&a.shape, sql); err != nil {
				return err
			}
		}
	}
	return nil
}

// convert gives every row a new value of a column.
func (a *reshaping) convert(ctx context.Context, i int, value expr.Expr, using bool) error {
	frame := &expr.Frame{Env: a.Surroundings(ctx)}
	eval := value.Compile(&expr.Compiler{Env: frame.Env})
	a.rows = []temptable.Row{}
	before := slices.Collect(present(a.rowsBefore))
	for k, row := range slices.Collect(a.present()) {
		frame.Row = row
		if using {
			frame.Row = before[k]
		}
		changed := slices.Clone(row)
		var err error
		if changed[i], err = eval(frame); err != nil {
			return err
		}
		a.rows = append(a.rows, changed)
	}
	return nil
}
