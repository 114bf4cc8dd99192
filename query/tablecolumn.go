package query

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (b *tableBinder) column(n *pg.ColumnDef) error {
	if names := n.GetTypeName().GetNames(); len(names) == 1 {
		if t, ok := serials[names[0].GetString_().GetSval()]; ok {
			return b.serial(n, t)
		}
	}
	binder := &expr.Binder{Text: b.c.sql, Env: b.session.env}
	t, err := binder.BindType(n.GetTypeName())
	if err != nil {
		return err
	}
	if types.Info(t.OID).Kind == 'p' {
		return sqlstate.New(sqlstate.InvalidTableDefinition, "column %q has pseudo-type %s", n.GetColname(), types.TypeName(t.OID))
	}
	if n.GetCollClause() != nil && !isCollationC(n.GetCollClause()) {
		return unsupported(b.c.sql, n.GetCollClause().GetLocation(), `a collation other than "C" is not supported`)
	}
	if err := b.add(temptable.Column{Name: n.GetColname(), Type: t}); err != nil {
		return err
	}
	for _, c := range n.GetConstraints() {
		b.constraints = append(b.constraints, columnConstraint{node: c.GetConstraint(), column: n.GetColname()})
	}
	return nil
}

// serial is a column that numbers itself.
func (b *tableBinder) serial(n *pg.ColumnDef, t types.OID) error {
	col := temptable.Column{Name: n.GetColname(), Type: types.Of(t)}
	if err := b.ownedSequence(&col, t, nil); err != nil {
		return err
	}
	if err := b.add(col); err != nil {
		return err
	}
	for _, c := range n.GetConstraints() {
		if c.GetConstraint().GetContype() == pg.ConstrType_CONSTR_DEFAULT {
			return sqlstate.New(sqlstate.SyntaxError, "multiple default values specified for column %q of table %q", col.Name, b.shape.Name)
		}
		b.constraints = append(b.constraints, columnConstraint{node: c.GetConstraint(), column: col.Name})
	}
	return nil
}

// identity is GENERATED … AS IDENTITY.
func (b *tableBinder) identity(n *pg.Constraint, i int) error {
	col := &b.shape.Columns[i]
	switch {
	case col.Default != "":
		return at(b.c.sql, n.GetLocation(), sqlstate.SyntaxError, "both default and identity specified for column %q of table %q", col.Name, b.shape.Name)
	case col.Type.OID != types.Int2OID && col.Type.OID != types.Int4OID && col.Type.OID != types.Int8OID:
		return sqlstate.New(sqlstate.InvalidParameterValue, "identity column type must be smallint, integer, or bigint")
	}
	col.Identity = temptable.IdentityAlways
	if n.GetGeneratedWhen() == "d" {
		col.Identity = temptable.IdentityByDefault
	}
	return b.ownedSequence(col, col.Type.OID, n.GetOptions())
}

// generated is GENERATED ALWAYS AS (…) STORED.
func (b *tableBinder) generated(n *pg.Constraint, i int) error {
	col := &b.shape.Columns[i]
	if col.Default != "" {
		return at(b.c.sql, n.GetLocation(), sqlstate.SyntaxError, "both default and generation expression specified for column %q of table %q", col.Name, b.shape.Name)
	}
	text, err := expressionText(n.GetRawExpr())
	if err != nil {
		return err
	}
	made := *col
	made.Generated = text
	binder := &expr.Binder{Text: b.c.sql, Scope: shapeScope{b.shape, b.c.sql}, Params: expr.FixedParams(nil), Env: b.session.env, Extensions: b.session.extensions()}
	e, err := binder.Bind(n.GetRawExpr())
	if err != nil {
		return err
	}
	if err := b.generable(e); err != nil {
		return err
	}
	if _, err := b.session.bindGenerated(b.shape, made); err != nil {
		return err
	}
	*col = made
	return nil
}

// generable refuses what a generated column must not be made of.
func (b *tableBinder) generable(e expr.Expr) (err error) {
	expr.Walk(e, func(e expr.Expr) bool {
		switch e := e.(type) {
		case *expr.Column:
			if b.shape.Columns[e.Index].Generated != "" {
				err = at(b.c.sql, int32(e.Pos()), sqlstate.InvalidObjectDefinition, "cannot use generated column %q in column generation expression", e.Name).
					WithDetail("A generated column cannot reference another generated column.")
			}
		case *expr.Call:
			if e.Proc.Row.Volatile != 'i' {
				err = sqlstate.New(sqlstate.InvalidObjectDefinition, "generation expression is not immutable")
			}
		}
		return err == nil
	})
	return err
}

func isCollationC(n *pg.CollateClause) bool {
	names := n.GetCollname()
	switch names[len(names)-1].GetString_().GetSval() {
	case "C", "POSIX", "default":
		return true
	}
	return false
}

// like copies the columns of a relation.
func (b *tableBinder) like(n *pg.TableLikeClause) error {
	r, err := b.session.relations(b.c.catalog).Relation(n.GetRelation().GetSchemaname(), n.GetRelation().GetRelname())
	if err != nil {
		return err
	}
	if r == nil {
		return at(b.c.sql, n.GetRelation().GetLocation(), sqlstate.UndefinedTable, "relation %q does not exist", qualifiedName(n.GetRelation()))
	}
	if n.GetOptions() != 0 {
		return unsupported(b.c.sql, n.GetRelation().GetLocation(), "LIKE ... INCLUDING is not supported")
	}
	for _, col := range r.Columns {
		if col.Hidden {
			continue
		}
		made := temptable.Column{Name: col.Name, Type: col.Type}
		if t := b.session.tableOf(n.GetRelation()); t != nil {
			made.NotNull = t.Columns[len(b.shape.Columns)].NotNull
		}
		if err := b.add(made); err != nil {
			return err
		}
	}
	return nil
}
