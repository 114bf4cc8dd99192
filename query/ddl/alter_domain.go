package ddl

import (
	"context"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// alterDomain is ALTER DOMAIN of a default, of NOT NULL and of constraints.
type alterDomain struct{ statement *pg.AlterDomainStmt }

func (*alterDomain) tag() string { return "ALTER DOMAIN" }

func (k *alterDomain) run(_ context.Context, c *call) error {
	n := k.statement
	o, err := c.typeToAlter(n.GetTypeName(), "a domain")
	if err != nil {
		return err
	}
	if i := types.Info(o.OID); i.Kind != 'd' {
		return sqlstate.New(sqlstate.WrongObjectType, "%s is not a domain", i.SQLName)
	}
	d, err := c.domainOf(o.OID)
	if err != nil {
		return err
	}
	switch n.GetSubtype() {
	case "T":
		if err = d.byDefault(c, c.Text, n.GetDef()); err != nil {
			err = sqlstate.WithoutPosition(err)
		}
	case "N":
		d.NotNull = false
	case "O":
		err = d.forbidNulls(c, o.OID)
	case "C":
		err = d.add(c, o.OID, n.GetDef().GetConstraint())
	case "V":
		err = d.validate(c, o.OID, n.GetName())
	case "X":
		var dropped bool
		if dropped, err = d.drop(c, n); !dropped {
			return err
		}
	default:
		return c.unsupported("this form of ALTER DOMAIN is not supported")
	}
	if err != nil {
		return err
	}
	return c.Tables().AlterType(o, d.info())
}

// domainOf is the definition of a domain, to be changed.
func (c *call) domainOf(t types.OID) (*domain, error) {
	d := &domain{schema: c.Tables().Schema, TypeInfo: *types.Info(t)}
	for _, k := range d.Constraints {
		n, err := parse.Expression(k.SQL)
		if err != nil {
			return nil, err
		}
		e, _, err := d.bind(c, k.SQL, n)
		if err != nil {
			return nil, err
		}
		d.checks = append(d.checks, domainCheck{k.Name, e.Compile(&expr.Compiler{})})
	}
	return d, nil
}

func (d *domain) forbidNulls(c *call, t types.OID) error {
	d.NotNull = true
	return d.holds(c, t, func(v types.Datum) error {
		if v.IsNull() {
			return sqlstate.New(sqlstate.NotNullViolation, "contains null values")
		}
		return nil
	})
}

func (d *domain) add(c *call, t types.OID, n *pg.Constraint) error {
	before := len(d.checks)
	if err := d.constrain(c, n); err != nil || n.GetSkipValidation() || len(d.checks) == before {
		return err
	}
	return d.meets(c, t, d.checks[before].condition)
}

func (d *domain) validate(c *call, t types.OID, name string) error {
	i := slices.IndexFunc(d.checks, func(c domainCheck) bool { return c.name == name })
	if i < 0 {
		return sqlstate.New(sqlstate.UndefinedObject, "constraint %q of domain %q does not exist", name, d.Name)
	}
	d.Constraints = slices.Clone(d.Constraints)
	d.Constraints[d.find(name)].NotValid = false
	return d.meets(c, t, d.checks[i].condition)
}

func (d *domain) find(name string) int {
	return slices.IndexFunc(d.Constraints, func(c types.Constraint) bool { return c.Name == name })
}

// drop drops a constraint; false if there is none, or it is an error.
func (d *domain) drop(c *call, n *pg.AlterDomainStmt) (bool, error) {
	i := d.find(n.GetName())
	switch {
	case i >= 0:
	case n.GetMissingOk():
		return false, c.skips(sqlstate.SuccessfulCompletion, "constraint %q of domain %q does not exist, skipping", n.GetName(), d.Name)
	default:
		return false, sqlstate.New(sqlstate.UndefinedObject, "constraint %q of domain %q does not exist", n.GetName(), d.Name)
	}
	d.Constraints = slices.Delete(slices.Clone(d.Constraints), i, i+1)
	d.checks = slices.DeleteFunc(d.checks, func(c domainCheck) bool { return c.name == n.GetName() })
	return true, nil
}

// meets holds the values that there are against a condition.
func (d *domain) meets(c *call, t types.OID, condition expr.Eval) error {
	frame := &expr.Frame{Env: &expr.Env{Env: c.env()}, Row: make([]types.Datum, 1)}
	return d.holds(c, t, func(v types.Datum) error {
		frame.Row[0] = v
		if ok, err := condition(frame); err != nil || ok.IsNull() || ok.Bool() {
			return err
		}
		return sqlstate.New(sqlstate.CheckViolation, "contains values that violate the new constraint")
	})
}

// holds asks of every value of a domain in the session's tables.
func (d *domain) holds(c *call, t types.OID, ask func(types.Datum) error) error {
	for _, table := range c.Tables().All() {
		var columns []int
		for i, col := range table.Columns {
			switch {
			case over(col.Type.OID, t):
				columns = append(columns, i)
			case holdsWithin(col.Type.OID, t):
				return sqlstate.New(sqlstate.FeatureNotSupported, "cannot alter type %q because column \"%s.%s\" uses it", d.Name, table.Name, col.Name)
			}
		}
		for _, row := range table.Version().All() {
			for _, i := range columns {
				if err := ask(row[i]); err != nil {
					return ofColumn(err, c.Tables().Schema, table.Name, table.Columns[i].Name)
				}
			}
		}
	}
	return nil
}

// ofColumn tells which column an error is about.
func ofColumn(err error, schema, table, column string) error {
	e := *sqlstate.Of(err)
	if e.Code != sqlstate.NotNullViolation && e.Code != sqlstate.CheckViolation {
		return err
	}
	e.Message = "column \"" + column + "\" of table \"" + table + "\" " + e.Message
	e.Schema, e.Table, e.Column = schema, table, column
	return &e
}

// over reports whether a type is a domain, or a domain over it.
func over(t, domain types.OID) bool {
	for {
		i := types.Info(t)
		switch {
		case t == domain:
			return true
		case i == nil || i.Kind != 'd':
			return false
		}
		t = i.Base.OID
	}
}

// holdsWithin reports whether values of a type have values of a domain in them.
func holdsWithin(t, domain types.OID) bool {
	t = types.BaseOf(t)
	for _, part := range []types.OID{types.ElemOf(t), types.RangeOf(t), types.SubtypeOf(t)} {
		if part != 0 {
			return over(part, domain) || holdsWithin(part, domain)
		}
	}
	i := types.Info(t)
	return i != nil && slices.ContainsFunc(i.Attributes, func(a types.Attribute) bool { return over(a.Type.OID, domain) || holdsWithin(a.Type.OID, domain) })
}
