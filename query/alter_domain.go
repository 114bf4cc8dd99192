package query

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
type alterDomain struct {
	compiled  *compiled
	statement *pg.AlterDomainStmt
}

func (k *alterDomain) run(_ context.Context, s *Session, x *call) (result, error) {
	n, done := k.statement, result{tag: "ALTER DOMAIN"}
	o, err := s.typeToAlter(x, n.GetTypeName(), "a domain")
	if err != nil {
		return done, err
	}
	if i := types.Info(o.OID); i.Kind != 'd' {
		return done, sqlstate.New(sqlstate.WrongObjectType, "%s is not a domain", i.SQLName)
	}
	d, err := s.domainOf(o.OID)
	if err != nil {
		return done, err
	}
	switch n.GetSubtype() {
	case "T":
		if err = d.byDefault(s, x.sql, n.GetDef()); err != nil {
			err = sqlstate.WithoutPosition(err)
		}
	case "N":
		d.NotNull = false
	case "O":
		err = d.forbidNulls(s, o.OID)
	case "C":
		err = d.add(s, k.compiled, o.OID, n.GetDef().GetConstraint())
	case "V":
		err = d.validate(s, o.OID, n.GetName())
	case "X":
		var dropped bool
		if dropped, err = d.drop(s, x, n); !dropped {
			return done, err
		}
	default:
		return done, unsupported(x.sql, int32(x.statement.Start), "this form of ALTER DOMAIN is not supported")
	}
	if err != nil {
		return done, err
	}
	return done, s.tables.AlterType(o, d.info())
}

// domainOf is the definition of a domain, to be changed.
func (s *Session) domainOf(t types.OID) (*domain, error) {
	d := &domain{schema: s.tables.Schema, TypeInfo: *types.Info(t)}
	for _, c := range d.Constraints {
		n, err := parse.Expression(c.SQL)
		if err != nil {
			return nil, err
		}
		e, _, err := d.bind(s, c.SQL, n)
		if err != nil {
			return nil, err
		}
		d.checks = append(d.checks, domainCheck{c.Name, e.Compile(&expr.Compiler{})})
	}
	return d, nil
}

func (d *domain) forbidNulls(s *Session, t types.OID) error {
	d.NotNull = true
	return d.holds(s, t, func(v types.Datum) error {
		if v.IsNull() {
			return sqlstate.New(sqlstate.NotNullViolation, "contains null values")
		}
		return nil
	})
}

func (d *domain) add(s *Session, c *compiled, t types.OID, n *pg.Constraint) error {
	before := len(d.checks)
	if err := d.constrain(s, c, n); err != nil || n.GetSkipValidation() || len(d.checks) == before {
		return err
	}
	return d.meets(s, t, d.checks[before].condition)
}

func (d *domain) validate(s *Session, t types.OID, name string) error {
	i := slices.IndexFunc(d.checks, func(c domainCheck) bool { return c.name == name })
	if i < 0 {
		return sqlstate.New(sqlstate.UndefinedObject, "constraint %q of domain %q does not exist", name, d.Name)
	}
	d.Constraints = slices.Clone(d.Constraints)
	d.Constraints[d.find(name)].NotValid = false
	return d.meets(s, t, d.checks[i].condition)
}

func (d *domain) find(name string) int {
	return slices.IndexFunc(d.Constraints, func(c types.Constraint) bool { return c.Name == name })
}

// drop drops a constraint; false if there is none, or it is an error.
func (d *domain) drop(s *Session, x *call, n *pg.AlterDomainStmt) (bool, error) {
	i := d.find(n.GetName())
	switch {
	case i >= 0:
	case n.GetMissingOk():
		return false, s.skips(x, sqlstate.SuccessfulCompletion, "constraint %q of domain %q does not exist, skipping", n.GetName(), d.Name)
	default:
		return false, sqlstate.New(sqlstate.UndefinedObject, "constraint %q of domain %q does not exist", n.GetName(), d.Name)
	}
	d.Constraints = slices.Delete(slices.Clone(d.Constraints), i, i+1)
	d.checks = slices.DeleteFunc(d.checks, func(c domainCheck) bool { return c.name == n.GetName() })
	return true, nil
}

// meets holds the values that there are against a condition.
func (d *domain) meets(s *Session, t types.OID, condition expr.Eval) error {
	frame := &expr.Frame{Env: &expr.Env{Env: s.env}, Row: make([]types.Datum, 1)}
	return d.holds(s, t, func(v types.Datum) error {
		frame.Row[0] = v
		if ok, err := condition(frame); err != nil || ok.IsNull() || ok.Bool() {
			return err
		}
		return sqlstate.New(sqlstate.CheckViolation, "contains values that violate the new constraint")
	})
}

// holds asks of every value of a domain in the session's tables.
func (d *domain) holds(s *Session, t types.OID, ask func(types.Datum) error) error {
	for _, table := range s.tables.All() {
		var columns []int
		for i, c := range table.Columns {
			switch {
			case over(c.Type.OID, t):
				columns = append(columns, i)
			case holdsWithin(c.Type.OID, t):
				return sqlstate.New(sqlstate.FeatureNotSupported, "cannot alter type %q because column \"%s.%s\" uses it", d.Name, table.Name, c.Name)
			}
		}
		for _, row := range table.Version().All() {
			for _, i := range columns {
				if err := ask(row[i]); err != nil {
					return ofColumn(err, s.tables.Schema, table.Name, table.Columns[i].Name)
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
