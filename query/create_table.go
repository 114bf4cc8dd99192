package query

import (
	"context"
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createTable is CREATE TEMP TABLE.
type createTable struct {
	shape       temptable.Shape
	sequences   []temptable.Sequence // that its columns own
	ifNotExists bool
	position    int // of the name
}

func (s *Session) bindCreateTable(c *compiled, n *pg.CreateStmt) error {
	b := &tableBinder{session: s, c: c, names: map[string]bool{}}
	onCommit, err := b.temporary(n.GetRelation(), n.GetOncommit(), "CREATE TABLE")
	if err != nil {
		return err
	}
	if err := b.refuse(n); err != nil {
		return err
	}
	b.shape = temptable.Shape{Name: n.GetRelation().GetRelname(), OnCommit: onCommit}
	for _, e := range n.GetTableElts() {
		if err := b.element(e); err != nil {
			return err
		}
	}
	if err := b.constrain(); err != nil {
		return err
	}
	c.command = &createTable{shape: b.shape, sequences: b.sequences, ifNotExists: n.GetIfNotExists(), position: parse.Position(c.sql, int(n.GetRelation().GetLocation()))}
	return nil
}

func (k *createTable) run(_ context.Context, s *Session, x *call) (result, error) {
	if k.ifNotExists && s.tables.Lookup(k.shape.Name) != nil {
		return result{tag: "CREATE TABLE"}, s.skips(x, sqlstate.DuplicateTable, "relation %q already exists, skipping", k.shape.Name)
	}
	t, err := s.tables.Create(k.shape)
	if err != nil {
		return result{}, err
	}
	for _, q := range k.sequences {
		q.Owner = t.OID
		if _, err := s.tables.CreateSequence(q); err != nil {
			return result{}, err
		}
	}
	return done("CREATE TABLE")
}

// constrain binds the constraints, now that all columns are known.
func (b *tableBinder) constrain() error {
	for _, later := range b.constraints {
		if err := b.constraint(later.node, later.column); err != nil {
			return err
		}
	}
	return nil
}

// own makes the sequences of a table that is there already.
func (b *tableBinder) own(table uint32) error {
	for _, q := range b.sequences {
		q.Owner = table
		if _, err := b.session.tables.CreateSequence(q); err != nil {
			return err
		}
	}
	return nil
}

// skips tells that a statement does nothing.
func (s *Session) skips(x *call, code sqlstate.Code, format string, args ...any) error {
	return s.noticeOf(x.out, code, format, args...)
}

// tableBinder makes the shape of a table.
type tableBinder struct {
	session     *Session
	c           *compiled
	shape       temptable.Shape
	names       map[string]bool // of constraints
	constraints []columnConstraint
	sequences   []temptable.Sequence
}

// columnConstraint waits until all columns are known.
type columnConstraint struct {
	node   *pg.Constraint
	column string // "" = of the table
}

// temporary checks that a table is one of the session.
func (b *tableBinder) temporary(r *pg.RangeVar, onCommit pg.OnCommitAction, command string) (temptable.OnCommit, error) {
	if r.GetRelpersistence() != "t" && !b.session.isTemp(r.GetSchemaname()) {
		e := unsupported(b.c.sql, int32(b.c.statement.Start), "%s is not supported", command)
		e.Hint = hints[command]
		return 0, e
	}
	if schema := r.GetSchemaname(); schema != "" && !b.session.isTemp(schema) {
		return 0, at(b.c.sql, r.GetLocation(), sqlstate.InvalidTableDefinition, "cannot create temporary relation in non-temporary schema")
	}
	switch onCommit {
	case pg.OnCommitAction_ONCOMMIT_DELETE_ROWS:
		return temptable.DeleteRows, nil
	case pg.OnCommitAction_ONCOMMIT_DROP:
		return temptable.Drop, nil
	}
	return temptable.PreserveRows, nil
}

func (b *tableBinder) refuse(n *pg.CreateStmt) error {
	what := ""
	switch {
	case len(n.GetInhRelations()) > 0 && n.GetPartbound() != nil, n.GetPartspec() != nil:
		what = "partitioning"
	case len(n.GetInhRelations()) > 0:
		what = "INHERITS"
	case n.GetOfTypename() != nil:
		what = "a table OF a type"
	case len(n.GetOptions()) > 0:
		what = "WITH of a table"
	case n.GetTablespacename() != "":
		what = "TABLESPACE"
	case n.GetAccessMethod() != "":
		what = "USING of a table"
	default:
		return nil
	}
	return unsupported(b.c.sql, n.GetRelation().GetLocation(), "%s is not supported", what)
}

func (b *tableBinder) element(e *pg.Node) error {
	switch n := e.GetNode().(type) {
	case *pg.Node_ColumnDef:
		return b.column(n.ColumnDef)
	case *pg.Node_Constraint:
		b.constraints = append(b.constraints, columnConstraint{node: n.Constraint})
		return nil
	case *pg.Node_TableLikeClause:
		return b.like(n.TableLikeClause)
	}
	return unsupported(b.c.sql, -1, "this part of CREATE TABLE is not supported")
}

func (b *tableBinder) add(col temptable.Column) error {
	if b.find(col.Name) >= 0 {
		return sqlstate.New(sqlstate.DuplicateColumn, "column %q specified more than once", col.Name)
	}
	b.shape.Numbers++
	col.Number = b.shape.Numbers
	b.shape.Columns = append(b.shape.Columns, col)
	return nil
}

func (b *tableBinder) find(name string) int {
	return slices.IndexFunc(b.shape.Columns, func(c temptable.Column) bool { return c.Name == name })
}

func (b *tableBinder) constraint(n *pg.Constraint, column string) error {
	i := b.find(column)
	switch n.GetContype() {
	case pg.ConstrType_CONSTR_NULL:
		return nil
	case pg.ConstrType_CONSTR_NOTNULL:
		b.shape.Columns[i].NotNull = true
		return nil
	case pg.ConstrType_CONSTR_DEFAULT:
		return b.byDefault(i, n)
	case pg.ConstrType_CONSTR_ATTR_NOT_DEFERRABLE, pg.ConstrType_CONSTR_ATTR_IMMEDIATE:
		return nil
	case pg.ConstrType_CONSTR_ATTR_DEFERRABLE:
		if last := len(b.shape.Keys) - 1; last >= 0 && slices.Equal(b.shape.Keys[last].Columns, []int{i}) {
			b.shape.Keys[last].Later = true
			return nil
		}
	case pg.ConstrType_CONSTR_IDENTITY:
		return b.identity(n, i)
	case pg.ConstrType_CONSTR_GENERATED:
		return b.generated(n, i)
	case pg.ConstrType_CONSTR_CHECK:
		return b.check(n, column)
	case pg.ConstrType_CONSTR_PRIMARY, pg.ConstrType_CONSTR_UNIQUE:
		return b.key(n, column)
	}
	what := map[pg.ConstrType]string{
		pg.ConstrType_CONSTR_FOREIGN: "a foreign key", pg.ConstrType_CONSTR_EXCLUSION: "an exclusion constraint",
	}[n.GetContype()]
	if what == "" {
		what = "a deferrable constraint"
	}
	return unsupported(b.c.sql, n.GetLocation(), "%s is not supported", what)
}

// byDefault checks a default and keeps its text.
func (b *tableBinder) byDefault(i int, n *pg.Constraint) error {
	col := &b.shape.Columns[i]
	binder := &expr.Binder{Text: b.c.sql, Scope: noColumns{b.c.sql}, Params: expr.FixedParams(nil), Env: b.session.env, Extensions: b.session.extensions()}
	e, err := binder.Bind(n.GetRawExpr())
	if err != nil {
		return err
	}
	if _, err := binder.CoerceColumn(e, col.Name, col.Type); err != nil {
		if sqlstate.Of(err).Code != sqlstate.DatatypeMismatch {
			return err
		}
		return sqlstate.New(sqlstate.DatatypeMismatch, "column %q is of type %s but default expression is of type %s",
			col.Name, types.TypeName(col.Type.OID), types.TypeName(e.Type().OID)).WithHint("You will need to rewrite or cast the expression.")
	}
	col.Default, err = expressionText(n.GetRawExpr())
	return err
}

// noColumns refuses columns, which a default must not name.
type noColumns struct{ text string }

// Column implements expr.Scope.
func (n noColumns) Column(_ []string, pos int) (expr.Expr, error) {
	return nil, at(n.text, int32(pos), sqlstate.FeatureNotSupported, "cannot use column reference in DEFAULT expression")
}

// expressionText writes an expression as SQL.
func expressionText(n *pg.Node) (string, error) {
	target := &pg.Node{Node: &pg.Node_ResTarget{ResTarget: &pg.ResTarget{Val: n}}}
	text, err := statementText(&pg.Node{Node: &pg.Node_SelectStmt{SelectStmt: &pg.SelectStmt{TargetList: []*pg.Node{target}}}})
	return strings.TrimPrefix(text, "SELECT "), err
}

// statementText writes a statement as SQL.
func statementText(n *pg.Node) (string, error) {
	tree, err := pg.Parse("SELECT 1") // for its version
	if err != nil {
		return "", err
	}
	tree.Stmts = []*pg.RawStmt{{Stmt: n}}
	return pg.Deparse(tree)
}

func (b *tableBinder) check(n *pg.Constraint, column string) error {
	binder := &expr.Binder{Text: b.c.sql, Scope: shapeScope{b.shape, b.c.sql}, Params: expr.FixedParams(nil), Env: b.session.env, Extensions: b.session.extensions()}
	e, err := binder.BindBool(n.GetRawExpr(), "CHECK")
	if err != nil {
		return err
	}
	if column == "" {
		column = onlyColumn(e)
	}
	text, err := expressionText(n.GetRawExpr())
	if err != nil {
		return err
	}
	name, err := b.name(n, joined(b.shape.Name, column, "check"))
	b.shape.Checks = append(b.shape.Checks, temptable.Check{Name: name, SQL: text})
	return err
}

// onlyColumn is the name of the one column that an expression is about, else "".
func onlyColumn(e expr.Expr) string {
	name, several := "", false
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok {
			several = several || (name != "" && name != c.Name)
			name = c.Name
		}
		return true
	})
	if several {
		return ""
	}
	return name
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "_")
}

// name is a constraint's own name, or one that no other has.
func (b *tableBinder) name(n *pg.Constraint, otherwise string) (string, error) {
	name := n.GetConname()
	if name != "" && b.names[name] {
		return "", sqlstate.New(sqlstate.DuplicateObject, "constraint %q for relation %q already exists", name, b.shape.Name)
	}
	if name == "" {
		name = otherwise
		for i := 1; b.names[name]; i++ {
			name = otherwise + strconv.Itoa(i)
		}
	}
	b.names[name] = true
	return name, nil
}

func (b *tableBinder) key(n *pg.Constraint, column string) error {
	if n.GetInitdeferred() || len(n.GetIncluding()) > 0 || n.GetIndexname() != "" {
		return unsupported(b.c.sql, n.GetLocation(), "this kind of key is not supported")
	}
	names := []string{column}
	if column == "" {
		names = names[:0]
		for _, k := range n.GetKeys() {
			names = append(names, k.GetString_().GetSval())
		}
	}
	key := temptable.Key{Primary: n.GetContype() == pg.ConstrType_CONSTR_PRIMARY, Later: n.GetDeferrable(), SameNulls: n.GetNullsNotDistinct()}
	for _, name := range names {
		i := b.find(name)
		if i < 0 {
			return at(b.c.sql, n.GetLocation(), sqlstate.UndefinedColumn, "column %q named in key does not exist", name)
		}
		if err := (&expr.Binder{Text: b.c.sql}).Sortable(b.shape.Columns[i].Type.OID, -1); err != nil {
			return err
		}
		key.Columns = append(key.Columns, i)
		b.shape.Columns[i].NotNull = b.shape.Columns[i].NotNull || key.Primary
	}
	otherwise := joined(append(append([]string{b.shape.Name}, names...), "key")...)
	if key.Primary {
		if slices.ContainsFunc(b.shape.Keys, func(k temptable.Key) bool { return k.Primary }) {
			return at(b.c.sql, n.GetLocation(), sqlstate.InvalidTableDefinition, "multiple primary keys for table %q are not allowed", b.shape.Name)
		}
		otherwise = joined(b.shape.Name, "pkey")
	}
	var err error
	key.Name, err = b.name(n, otherwise)
	b.shape.Keys = append(b.shape.Keys, key)
	return err
}
