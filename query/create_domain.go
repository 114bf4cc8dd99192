package query

import (
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// domain is what CREATE DOMAIN says of values.
type domain struct {
	schema  string
	name    string
	base    types.Type
	notNull bool
	checks  []domainCheck
}

// domainCheck is a CHECK constraint ready to run.
type domainCheck struct {
	name      string
	condition expr.Eval
}

func (s *Session) bindCreateDomain(c *compiled, n *pg.CreateDomainStmt) error {
	names := n.GetDomainname()
	d := &domain{schema: s.tables.Schema, name: names[len(names)-1].GetString_().GetSval()}
	if len(names) > 1 {
		if err := s.ownType(c, names[len(names)-2].GetString_().GetSval(), int32(c.statement.Start)); err != nil {
			return err
		}
	}
	binder := &expr.Binder{Text: c.sql, Env: s.env}
	var err error
	if d.base, err = binder.BindType(n.GetTypeName()); err != nil {
		return err
	}
	base := types.Info(d.base.OID)
	if base.Kind == 'p' {
		return at(c.sql, n.GetTypeName().GetLocation(), sqlstate.DatatypeMismatch, "%q is not a valid base type for a domain", base.Name)
	}
	if n.GetCollClause() != nil && !parse.IsCollationC(n.GetCollClause()) {
		return unsupported(c.sql, n.GetCollClause().GetLocation(), `a collation other than "C" is not supported`)
	}
	for _, e := range n.GetConstraints() {
		if err := d.constrain(s, c, e.GetConstraint()); err != nil {
			return err
		}
	}
	slices.SortStableFunc(d.checks, func(a, b domainCheck) int { return compareNames(a.name, b.name) })
	c.command = &createType{info: types.TypeInfo{Name: d.name, Kind: 'd', Base: d.base, NotNull: d.notNull, Check: d.check}, tag: "CREATE DOMAIN", told: len(names) > 1}
	return nil
}

func compareNames(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func (d *domain) constrain(s *Session, c *compiled, n *pg.Constraint) error {
	switch n.GetContype() {
	case pg.ConstrType_CONSTR_NULL:
		return nil
	case pg.ConstrType_CONSTR_NOTNULL:
		d.notNull = true
		return nil
	case pg.ConstrType_CONSTR_CHECK:
	default:
		return unsupported(c.sql, n.GetLocation(), "this constraint of a domain is not supported")
	}
	binder := &expr.Binder{Text: c.sql, Scope: domainValue{d.base, c.sql}, Params: expr.FixedParams(nil), Env: s.tableOptions(c.sql).Env, Extensions: s.extensions(), Deterministic: true, Place: "check constraint"}
	e, err := binder.BindBool(n.GetRawExpr(), "CHECK")
	if err != nil && sqlstate.Of(err).Code == sqlstate.InvalidObjectDefinition {
		return unsupported(c.sql, n.GetLocation(), "a domain's check by what changes is not supported").WithDetail("%s", sqlstate.Of(err).Detail)
	}
	if err != nil {
		return err
	}
	name := n.GetConname()
	if name == "" {
		name = d.name + "_check"
		for i := 1; d.has(name); i++ {
			name = d.name + "_check" + strconv.Itoa(i)
		}
	}
	if d.has(name) {
		return sqlstate.New(sqlstate.DuplicateObject, "constraint %q for domain %q already exists", name, d.name)
	}
	d.checks = append(d.checks, domainCheck{name, e.Compile(&expr.Compiler{})})
	return nil
}

func (d *domain) has(name string) bool {
	return slices.ContainsFunc(d.checks, func(c domainCheck) bool { return c.name == name })
}

// domainValue is VALUE, all that a domain's check can name.
type domainValue struct {
	base types.Type
	text string
}

// Column implements expr.Scope.
func (v domainValue) Column(parts []string, pos int) (expr.Expr, error) {
	if len(parts) == 1 && parts[0] == "value" {
		return expr.NewColumn(0, "value", v.base, pos), nil
	}
	if len(parts) > 1 {
		return nil, at(v.text, int32(pos), sqlstate.UndefinedTable, "missing FROM-clause entry for table %q", parts[len(parts)-2])
	}
	return nil, at(v.text, int32(pos), sqlstate.UndefinedColumn, "column %q does not exist", parts[0])
}

// check holds a value against the constraints, as types.TypeInfo wants it.
func (d *domain) check(env *types.Env, v types.Datum) error {
	if d.notNull && v.IsNull() {
		return d.nulls()
	}
	if env == nil {
		env = types.NewEnv()
	}
	if base := types.Info(d.base.OID); base != nil && base.Kind == 'd' {
		if err := base.Check(env, v); err != nil {
			return d.above(err)
		}
	}
	frame := &expr.Frame{Env: &expr.Env{Env: env}, Row: []types.Datum{v}}
	for _, c := range d.checks {
		holds, err := c.condition(frame)
		if err != nil {
			return err
		}
		if !holds.IsNull() && !holds.Bool() {
			return d.violates(c.name)
		}
	}
	return nil
}

// above tells as this domain's what the one under it found.
func (d *domain) above(err error) error {
	e := sqlstate.Of(err)
	switch {
	case e.DataType == "":
		return err
	case e.Code == sqlstate.NotNullViolation:
		return d.nulls()
	}
	return d.violates(e.Constraint)
}

func (d *domain) nulls() error {
	return d.of(sqlstate.New(sqlstate.NotNullViolation, "domain %s does not allow null values", expr.QuoteIdent(d.name)), "")
}

func (d *domain) violates(constraint string) error {
	return d.of(sqlstate.New(sqlstate.CheckViolation, "value for domain %s violates check constraint %q", expr.QuoteIdent(d.name), constraint), constraint)
}

// of adds what an error is about.
func (d *domain) of(e *sqlstate.Error, constraint string) error {
	e.Schema, e.DataType, e.Constraint = d.schema, d.name, constraint
	return e
}
