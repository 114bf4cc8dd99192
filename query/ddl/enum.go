package ddl

import (
	"context"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

const labelBytesMax = 63

func (c *call) bindCreateEnum(n *pg.CreateEnumStmt) (command, error) {
	schema, name := parse.Qualified(n.GetTypeName())
	if err := c.ownType(schema, int32(c.Start)); err != nil {
		return nil, err
	}
	var names []string
	for _, v := range n.GetVals() {
		label := v.GetString_().GetSval()
		if err := checkLabel(label); err != nil {
			return nil, err
		}
		names = append(names, label)
	}
	labels := types.NewLabels(names)
	for i, l := range labels {
		if types.FindLabel(labels, l.Name) < i {
			return nil, sqlstate.New(sqlstate.UniqueViolation, "duplicate key value violates unique constraint \"pg_enum_typid_label_index\"").
				WithDetail("Key (enumlabel)=(%s) already exists.", l.Name)
		}
	}
	return &createType{info: types.TypeInfo{Name: name, Kind: 'e', Labels: labels}, made: "CREATE TYPE", told: schema != ""}, nil
}

func checkLabel(label string) error {
	if len(label) > labelBytesMax {
		return sqlstate.New(sqlstate.InvalidName, "invalid enum label \"%s\"", label).WithDetail("Labels must be %d bytes or less.", labelBytesMax)
	}
	return nil
}

// alterEnum is ALTER TYPE … ADD VALUE and RENAME VALUE.
type alterEnum struct{ statement *pg.AlterEnumStmt }

func (*alterEnum) tag() string { return "ALTER TYPE" }

func (k *alterEnum) run(_ context.Context, c *call) error {
	n := k.statement
	o, err := c.typeToAlter(n.GetTypeName(), "an enum")
	if err != nil {
		return err
	}
	to := *types.Info(o.OID)
	if to.Kind != 'e' {
		return sqlstate.New(sqlstate.WrongObjectType, "%s is not an enum", to.SQLName)
	}
	if n.GetOldVal() != "" {
		if c.defined("'" + strings.ReplaceAll(n.GetOldVal(), "'", "''") + "'") {
			return c.unsupported("renaming a label that a definition of the session may name is not supported")
		}
		to.Labels, err = renamedLabel(to.Labels, n.GetOldVal(), n.GetNewVal())
	} else {
		if n.GetSkipIfNewValExists() && types.FindLabel(to.Labels, n.GetNewVal()) >= 0 {
			return c.skips(sqlstate.DuplicateObject, "enum label \"%s\" already exists, skipping", n.GetNewVal())
		}
		to.Labels, err = addedLabel(to.Labels, n)
	}
	if err != nil {
		return err
	}
	return c.Tables().AlterType(o, to)
}

// defined reports whether what the session has defined may have some text in it: definitions are
// kept as they were written.
func (c *call) defined(text string) bool {
	for _, t := range c.Tables().All() {
		shape := t.Shape
		shape.Columns, shape.Keys, shape.Checks = slices.Clone(t.Columns), slices.Clone(t.Keys), slices.Clone(t.Checks)
		for _, sql := range expressionsOf(&shape) {
			if strings.Contains(*sql, text) {
				return true
			}
		}
		for _, c := range t.Columns {
			if strings.Contains(c.Default, text) {
				return true
			}
		}
	}
	for _, t := range c.Tables().Types() {
		i := types.Info(t.OID)
		if strings.Contains(i.Default, text) || slices.ContainsFunc(i.Constraints, func(c types.Constraint) bool { return strings.Contains(c.SQL, text) }) {
			return true
		}
	}
	return slices.ContainsFunc(c.Tables().Views(), func(v *temptable.View) bool { return strings.Contains(v.SQL, text) })
}

// typeToAlter finds a type of the session. 42704 if there is none, 42809 for PostgreSQL's own: it is not of
// the kind that is asked for.
func (c *call) typeToAlter(names []*pg.Node, kind string) (*temptable.Type, error) {
	schema, name := parse.Qualified(names)
	if schema == "" || c.Tables().Owns(schema) {
		if o, ok := c.Tables().Object(name).(*temptable.Type); ok {
			return o, nil
		}
	}
	t, err := (&expr.Binder{Text: c.Text, Env: c.env()}).BindType(&pg.TypeName{Names: names, Typemod: -1, Location: -1})
	if err != nil {
		return nil, sqlstate.WithoutPosition(err)
	}
	return nil, sqlstate.New(sqlstate.WrongObjectType, "%s is not %s", types.TypeName(t.OID), kind)
}

func addedLabel(all []types.Label, n *pg.AlterEnumStmt) ([]types.Label, error) {
	if err := checkLabel(n.GetNewVal()); err != nil {
		return nil, err
	}
	if types.FindLabel(all, n.GetNewVal()) >= 0 {
		return nil, sqlstate.New(sqlstate.DuplicateObject, "enum label \"%s\" already exists", n.GetNewVal())
	}
	at := len(all)
	if beside := n.GetNewValNeighbor(); beside != "" {
		if at = types.FindLabel(all, beside); at < 0 {
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "\"%s\" is not an existing enum label", beside)
		}
		if n.GetNewValIsAfter() {
			at++
		}
	}
	return types.LabelsWith(all, n.GetNewVal(), at)
}

func renamedLabel(all []types.Label, from, to string) ([]types.Label, error) {
	if err := checkLabel(to); err != nil {
		return nil, err
	}
	i := types.FindLabel(all, from)
	switch {
	case i < 0:
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "\"%s\" is not an existing enum label", from)
	case types.FindLabel(all, to) >= 0:
		return nil, sqlstate.New(sqlstate.DuplicateObject, "enum label \"%s\" already exists", to)
	}
	made := append([]types.Label(nil), all...)
	made[i].Name = to
	return made, nil
}
