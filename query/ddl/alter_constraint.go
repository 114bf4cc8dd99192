package ddl

import (
	"context"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (a *reshaping) addConstraint(ctx context.Context, n *pg.AlterTableCmd) error {
	b := a.builder()
	b.Constraint(n.GetDef().GetConstraint())
	if err := b.Finish(); err != nil {
		return bare(err)
	}
	if last := len(b.Shape.Checks) - 1; len(b.Shape.Checks) > len(a.shape.Checks) {
		b.Shape.Checks[last].NotValid = n.GetDef().GetConstraint().GetSkipValidation()
	}
	a.shape = b.Shape
	return a.holdPresent(ctx)
}

// holdPresent checks the rows that there are against the new shape.
func (a *reshaping) holdPresent(ctx context.Context) error {
	a.rows = []temptable.Row{}
	for _, row := range a.table.Version().All() {
		a.rows = append(a.rows, row)
	}
	err := a.holds(ctx)
	a.rows = nil
	return err
}

// validate is VALIDATE CONSTRAINT.
func (a *reshaping) validate(ctx context.Context, n *pg.AlterTableCmd) error {
	name := n.GetName()
	for i, c := range a.shape.Checks {
		if c.Name == name {
			a.shape.Checks[i].NotValid = false
			return a.holdPresent(ctx)
		}
	}
	if slices.ContainsFunc(a.shape.Keys, func(k temptable.Key) bool { return !k.Index && k.Name == name }) {
		return sqlstate.New(sqlstate.WrongObjectType, "constraint %q of relation %q is not a foreign key or check constraint", name, a.shape.Name)
	}
	return sqlstate.New(sqlstate.UndefinedObject, "constraint %q of relation %q does not exist", name, a.shape.Name)
}

func (a *reshaping) dropConstraint(n *pg.AlterTableCmd) error {
	name := n.GetName()
	keys := slices.DeleteFunc(slices.Clone(a.shape.Keys), func(k temptable.Key) bool { return !k.Index && k.Name == name })
	checks := slices.DeleteFunc(slices.Clone(a.shape.Checks), func(c temptable.Check) bool { return c.Name == name })
	if len(keys) == len(a.shape.Keys) && len(checks) == len(a.shape.Checks) {
		if n.GetMissingOk() {
			return a.skips(sqlstate.SuccessfulCompletion, "constraint %q of relation %q does not exist, skipping", name, a.shape.Name)
		}
		return sqlstate.New(sqlstate.UndefinedObject, "constraint %q of relation %q does not exist", name, a.shape.Name)
	}
	if err := a.dropGrouped(n, keys); err != nil {
		return err
	}
	a.shape.Keys, a.shape.Checks = keys, checks
	return nil
}

// dropGrouped drops the views whose GROUP BY needs the primary key, if it goes with CASCADE.
func (a *reshaping) dropGrouped(n *pg.AlterTableCmd, kept []temptable.Key) error {
	primary := func(k temptable.Key) bool { return k.Primary }
	if !slices.ContainsFunc(a.shape.Keys, primary) || slices.ContainsFunc(kept, primary) {
		return nil
	}
	return a.DropGrouped(a.table, n.GetName(), n.GetBehavior() == pg.DropBehavior_DROP_CASCADE)
}
