package ddl

import (
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// domain is a domain's definition, and its checks ready to run.
type domain struct {
	types.TypeInfo
	schema string
	checks []domainCheck
}

// domainCheck is a CHECK constraint ready to run.
type domainCheck struct {
	name      string
	condition expr.Eval
}

func (c *call) bindCreateDomain(n *pg.CreateDomainStmt) (command, error) {
	names := n.GetDomainname()
	d := &domain{schema: c.Tables().Schema, TypeInfo: types.TypeInfo{Kind: 'd', Name: names[len(names)-1].GetString_().GetSval()}}
	if len(names) > 1 {
		if err := c.ownType(names[len(names)-2].GetString_().GetSval(), int32(c.Start)); err != nil {
			return nil, err
		}
	}
	binder := &expr.Binder{Text: c.Text, Env: c.unplaced(1)}
	var err error
	if d.Base, err = binder.BindType(n.GetTypeName()); err != nil {
		return nil, err
	}
	base := types.Info(d.Base.OID)
	d.Default, d.ShownDefault = base.Default, base.ShownDefault
	if base.Kind == 'p' {
		return nil, c.at(n.GetTypeName().GetLocation(), sqlstate.DatatypeMismatch, "%q is not a valid base type for a domain", base.Name)
	}
	if n.GetCollClause() != nil && !parse.IsCollationC(n.GetCollClause()) {
		return nil, c.unsupportedAt(n.GetCollClause().GetLocation(), `a collation other than "C" is not supported`)
	}
	for i, e := range n.GetConstraints() {
		k := e.GetConstraint()
		for _, before := range n.GetConstraints()[:i] {
			if k.GetContype() == pg.ConstrType_CONSTR_DEFAULT && before.GetConstraint().GetContype() == k.GetContype() {
				return nil, sqlstate.New(sqlstate.SyntaxError, "multiple default expressions")
			}
		}
		if err := d.constrain(c, k); err != nil {
			return nil, err
		}
	}
	return &createType{info: d.info(), made: "CREATE DOMAIN", told: len(names) > 1}, nil
}

// info is the domain as a type.
func (d *domain) info() types.TypeInfo {
	slices.SortStableFunc(d.checks, func(a, b domainCheck) int { return compareNames(a.name, b.name) })
	i := d.TypeInfo
	i.Check = d.check
	return i
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

func (d *domain) constrain(c *call, n *pg.Constraint) error {
	switch n.GetContype() {
	case pg.ConstrType_CONSTR_NULL:
		return nil
	case pg.ConstrType_CONSTR_NOTNULL:
		d.NotNull = true
		return nil
	case pg.ConstrType_CONSTR_DEFAULT:
		return d.byDefault(c, c.Text, n.GetRawExpr())
	case pg.ConstrType_CONSTR_CHECK:
	default:
		return c.unsupportedAt(n.GetLocation(), "this constraint of a domain is not supported")
	}
	name := n.GetConname()
	if name == "" {
		name = d.Name + "_check"
		for i := 1; d.has(name); i++ {
			name = d.Name + "_check" + strconv.Itoa(i)
		}
	}
	e, sql, err := d.bind(c, c.Text, n.GetRawExpr())
	if err != nil && sqlstate.Of(err).Code == sqlstate.InvalidObjectDefinition {
		return c.unsupportedAt(n.GetLocation(), "a domain's check by what changes is not supported").WithDetail("%s", sqlstate.Of(err).Detail)
	}
	if err != nil {
		return err
	}
	if d.has(name) {
		return sqlstate.New(sqlstate.DuplicateObject, "constraint %q for domain %q already exists", name, d.Name)
	}
	d.checks = append(d.checks, domainCheck{name, e.Compile(&expr.Compiler{})})
	d.Constraints = append(slices.Clone(d.Constraints), types.Constraint{
		Name: name, OID: types.NewOID(), SQL: sql, Shown: shownCheck(c, e, sql, false), Pretty: shownCheck(c, e, sql, true), NotValid: n.GetSkipValidation(),
	})
	return nil
}

// bind binds a check, and keeps its text.
func (d *domain) bind(c *call, text string, n *pg.Node) (expr.Expr, string, error) {
	binder := &expr.Binder{
		Text: text, Scope: domainValue{d.Base, text}, Params: expr.FixedParams(nil), Env: c.Options(text).Env, Extensions: c.Options("").Extensions,
		Deterministic: true, Place: "check constraint", Fixed: map[int]string{},
	}
	e, err := binder.BindBool(n, "CHECK")
	if err != nil {
		return nil, "", err
	}
	sql, err := tabledef.Kept(binder, n)
	return e, sql, err
}

// shownCheck is a check as PostgreSQL shows it, or as it was given where that is beyond what can be
// written.
func shownCheck(c *call, e expr.Expr, sql string, pretty bool) string {
	value := func(e expr.Expr, _ int) (string, bool) {
		_, ok := e.(*expr.Column)
		return "VALUE", ok
	}
	if text, ok := expr.SQLOver(c.env(), e, value, pretty, 0); ok && expr.SQLTells(sql) {
		return text
	}
	if pretty {
		return sql
	}
	return "(" + sql + ")"
}

// byDefault takes a default; NULL is none.
func (d *domain) byDefault(c *call, text string, n *pg.Node) error {
	var made string
	if n != nil && !n.GetAConst().GetIsnull() {
		var err error
		if made, err = c.Options(text).DefaultOf(d.Name, d.Base, n); err != nil {
			return err
		}
	}
	d.Default, d.ShownDefault = made, ""
	if made != "" {
		d.ShownDefault = c.Options("").ShownDefault(&temptable.Shape{}, temptable.Column{Default: made, Type: d.Base}).Plain
	}
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
	if d.NotNull && v.IsNull() {
		return d.nulls()
	}
	if env == nil {
		env = types.NewEnv()
	}
	if base := types.Info(d.Base.OID); base != nil && base.Kind == 'd' {
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
	return d.of(sqlstate.New(sqlstate.NotNullViolation, "domain %s does not allow null values", expr.QuoteIdent(d.Name)), "")
}

func (d *domain) violates(constraint string) error {
	return d.of(sqlstate.New(sqlstate.CheckViolation, "value for domain %s violates check constraint %q", expr.QuoteIdent(d.Name), constraint), constraint)
}

// of adds what an error is about.
func (d *domain) of(e *sqlstate.Error, constraint string) error {
	e.Schema, e.DataType, e.Constraint = d.schema, d.Name, constraint
	return e
}
