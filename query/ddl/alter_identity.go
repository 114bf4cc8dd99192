package ddl

import (
	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// alterIdentity is ADD GENERATED … AS IDENTITY, SET of its options, and DROP IDENTITY.
func (a *reshaping) alterIdentity(n *pg.AlterTableCmd) error {
	i, err := a.column(n.GetName())
	if err != nil {
		return err
	}
	col := &a.shape.Columns[i]
	switch none := col.Identity == temptable.NoIdentity; {
	case n.GetSubtype() == pg.AlterTableType_AT_AddIdentity:
		return a.addIdentity(i, n.GetDef().GetConstraint())
	case none && n.GetMissingOk():
		return a.skips(sqlstate.SuccessfulCompletion, "column %q of relation %q is not an identity column, skipping", col.Name, a.shape.Name)
	case none:
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "column %q of relation %q is not an identity column", col.Name, a.shape.Name)
	case n.GetSubtype() == pg.AlterTableType_AT_SetIdentity:
		return a.setIdentity(i, n.GetDef().GetList().GetItems())
	}
	a.Tables().Drop(a.sequenceOf(col.Name))
	col.Identity, col.Default = temptable.NoIdentity, ""
	return nil
}

func (a *reshaping) addIdentity(i int, n *pg.Constraint) error {
	col := a.shape.Columns[i]
	b := a.builder()
	if err := b.Identity(n, i); err != nil {
		return err
	}
	state := func(format string) error {
		return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, format, col.Name, a.shape.Name)
	}
	switch {
	case !col.NotNull:
		return state("column %q of relation %q must be declared NOT NULL before identity can be added")
	case col.Identity != temptable.NoIdentity:
		return state("column %q of relation %q is already an identity column")
	case col.Default != "":
		return state("column %q of relation %q already has a default value")
	}
	a.shape = b.Shape
	return a.createOwned(a.table, b.Sequences)
}

// setIdentity is SET GENERATED, and SET and RESTART of the column's sequence.
func (a *reshaping) setIdentity(i int, list []*pg.Node) error {
	col := &a.shape.Columns[i]
	var options []*pg.Node
	for _, n := range list {
		if n.GetDefElem().GetDefname() != "generated" {
			options = append(options, n)
			continue
		}
		col.Identity = temptable.IdentityByDefault
		if n.GetDefElem().GetArg().GetInteger().GetIval() == 'a' {
			col.Identity = temptable.IdentityAlways
		}
	}
	if len(options) == 0 {
		return nil
	}
	return a.alterOwned(col.Name, options)
}

// alterOwned changes the sequence of a column.
func (a *reshaping) alterOwned(column string, options []*pg.Node) error {
	q := a.sequenceOf(column)
	to := *q
	if err := a.Options(a.Text).AlterSequence(&to, options); err != nil {
		return err
	}
	return a.Tables().AlterSequence(q, to)
}

// sequenceOf is the sequence that an identity column has.
func (a *reshaping) sequenceOf(column string) *temptable.Sequence {
	for _, q := range a.Tables().Sequences() {
		if q.Owner == a.table.OID && q.Column == column {
			return q
		}
	}
	panic("an identity column without a sequence: " + column)
}

// dropExpression makes a generated column an ordinary one.
func (a *reshaping) dropExpression(n *pg.AlterTableCmd) error {
	i, err := a.column(n.GetName())
	if err != nil {
		return err
	}
	col := &a.shape.Columns[i]
	switch {
	case col.Generated != "":
		col.Generated = ""
		return nil
	case n.GetMissingOk():
		return a.skips(sqlstate.SuccessfulCompletion, "column %q of relation %q is not a stored generated column, skipping", col.Name, a.shape.Name)
	}
	return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "column %q of relation %q is not a stored generated column", col.Name, a.shape.Name)
}
