package tabledef

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// serial is a column that numbers itself.
func (b *Builder) serial(n *pg.ColumnDef, t types.OID) error {
	col := temptable.Column{Name: n.GetColname(), Type: types.Of(t)}
	if err := b.owned(&col, t, nil); err != nil {
		return err
	}
	if err := b.Add(col); err != nil {
		return err
	}
	if err := b.constraints(n); err != nil {
		return err
	}
	for _, own := range []pg.ConstrType{pg.ConstrType_CONSTR_DEFAULT, pg.ConstrType_CONSTR_NOTNULL} {
		if err := b.clashes(col.Name, &pg.Constraint{Contype: own, Location: -1}); err != nil {
			return err
		}
	}
	return nil
}

// Identity makes the ith column GENERATED … AS IDENTITY.
func (b *Builder) Identity(n *pg.Constraint, i int) error {
	col := &b.Shape.Columns[i]
	if t := col.Type.OID; t != types.Int2OID && t != types.Int4OID && t != types.Int8OID {
		return sqlstate.New(sqlstate.InvalidParameterValue, "identity column type must be smallint, integer, or bigint")
	}
	col.Identity = temptable.IdentityAlways
	if n.GetGeneratedWhen() == "d" {
		col.Identity = temptable.IdentityByDefault
	}
	return b.owned(col, col.Type.OID, n.GetOptions())
}

// owned makes a column one that numbers itself, by a sequence of its own.
func (b *Builder) owned(col *temptable.Column, t types.OID, options []*pg.Node) error {
	name := b.o.FreeName(joined(b.Shape.Name, col.Name, "seq"))
	q := temptable.Sequence{Name: name, Type: t, Column: col.Name}
	if err := b.o.Sequence(&q, options); err != nil {
		return err
	}
	b.numbers(col, q)
	return nil
}

// serials are the types of columns that number themselves.
var serials = map[string]types.OID{
	"serial": types.Int4OID, "serial4": types.Int4OID, "bigserial": types.Int8OID, "serial8": types.Int8OID,
	"smallserial": types.Int2OID, "serial2": types.Int2OID,
}

// Default checks the default of the ith column and keeps its text.
func (b *Builder) Default(i int, n *pg.Node) error {
	col := &b.Shape.Columns[i]
	made, err := b.o.DefaultOf(col.Name, col.Type, n)
	if err != nil {
		return err
	}
	col.Default = made
	return nil
}

// DefaultOf checks the default of a column or a domain and returns its text.
func (o Options) DefaultOf(name string, t types.Type, n *pg.Node) (string, error) {
	binder := o.Within("DEFAULT expression").binder(noColumns{o.Text})
	e, err := binder.Bind(n)
	if err != nil {
		return "", err
	}
	if _, err := binder.CoerceColumn(e, name, t); err != nil {
		if sqlstate.Of(err).Code != sqlstate.DatatypeMismatch {
			return "", err
		}
		return "", sqlstate.New(sqlstate.DatatypeMismatch, "column %q is of type %s but default expression is of type %s",
			name, types.TypeName(t.OID), types.TypeName(e.Type().OID)).WithHint("You will need to rewrite or cast the expression.")
	}
	return Kept(binder, n)
}

// generated is GENERATED ALWAYS AS (…) STORED.
func (b *Builder) generated(n *pg.Constraint, i int) error {
	col := &b.Shape.Columns[i]
	binder := b.o.Within(ofGeneration).Binder(&b.Shape)
	e, err := binder.Bind(n.GetRawExpr())
	if err != nil {
		return err
	}
	made := *col
	if made.Generated, err = Kept(binder, n.GetRawExpr()); err != nil {
		return err
	}
	if err := b.generable(e); err != nil {
		return err
	}
	if _, err := b.o.generates(&b.Shape, &made); err != nil {
		return err
	}
	*col = made
	return nil
}

// generable refuses what a generated column must not be made of.
func (b *Builder) generable(e expr.Expr) (err error) {
	expr.Walk(e, func(e expr.Expr) bool {
		c, ok := e.(*expr.Column)
		if ok && (b.Shape.Columns[c.Index].Generated != "" || b.generates[c.Name]) {
			err = at(b.o.Text, int32(e.Pos()), sqlstate.InvalidObjectDefinition, "cannot use generated column %q in column generation expression", c.Name).
				WithDetail("A generated column cannot reference another generated column.")
		}
		return err == nil
	})
	if err == nil && expr.Mutable(e) {
		return sqlstate.New(sqlstate.InvalidObjectDefinition, "generation expression is not immutable")
	}
	return err
}
