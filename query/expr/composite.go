package expr

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Field is a column of a composite value.
type Field struct {
	base
	Arg   Expr
	Index int
}

// Children implements Expr.
func (e *Field) Children() []Expr { return []Expr{e.Arg} }

// WithChildren implements Rebuilder.
func (e *Field) WithChildren(c []Expr) Expr { n := *e; n.Arg = c[0]; return &n }

// Compile implements Expr.
func (e *Field) Compile(c *Compiler) Eval {
	arg, i := e.Arg.Compile(c), e.Index
	return func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil || v.IsNull() {
			return types.Null, err
		}
		return v.Record().Fields[i], nil
	}
}

// isComposite reports whether t is a composite type of its own, not record.
func isComposite(t types.OID) bool { return t != types.RecordOID && types.IsRecord(t) }

// Shaped is an expression of type record whose columns are known.
type Shaped interface{ Columns() []RecordColumn }

// ColumnsOf returns the columns of a composite value, false if it is none, or its columns
// are not known before it is there.
func ColumnsOf(e Expr) ([]RecordColumn, bool) {
	if i := types.Info(types.BaseOf(e.Type().OID)); i != nil && i.Kind == 'c' {
		columns := make([]RecordColumn, len(i.Attributes))
		for n, a := range i.Attributes {
			columns[n] = RecordColumn(a)
		}
		return columns, true
	}
	if s, ok := e.(Shaped); ok && e.Type().OID == types.RecordOID {
		columns := s.Columns()
		return columns, columns != nil
	}
	return nil, false
}

// namedColumns are ColumnsOf, by the names that FROM gives them where e is the row of what stands there.
func namedColumns(e Expr) ([]RecordColumn, bool) {
	columns, ok := ColumnsOf(e)
	if r, row := e.(*Row); row && r.Aliases != nil {
		for i := range columns {
			columns[i].Name = r.Aliases[i]
		}
	}
	return columns, ok
}

// FieldOf is one column of a composite value.
func FieldOf(e Expr, columns []RecordColumn, i int) Expr {
	if r, ok := e.(*Row); ok {
		return r.Args[i]
	}
	return &Field{base: base{typ: columns[i].Type, pos: e.Pos()}, Arg: e, Index: i}
}

// Columns implements Shaped.
func (e *Row) Columns() []RecordColumn {
	columns := make([]RecordColumn, len(e.Args))
	for i, a := range e.Args {
		columns[i] = RecordColumn{Name: e.fieldName(i), Type: a.Type()}
	}
	return columns
}

// Columns implements Shaped.
func (e *Call) Columns() []RecordColumn {
	if e.Proc.Columns != nil {
		return e.Proc.Columns
	}
	var columns []RecordColumn
	for _, c := range e.Proc.OutColumns() {
		columns = append(columns, RecordColumn{Name: c.Name, Type: types.Of(c.Type)})
	}
	return columns
}

// Of takes the row for a value of a composite type, whose columns its fields are already.
func (e *Row) Of(t *types.TypeInfo) *Row {
	n := *e
	n.typ, n.Names = types.Of(t.OID), nil
	for _, a := range t.Attributes {
		n.Names = append(n.Names, a.Name)
	}
	return &n
}

// BindList binds expressions of which t.* and (x).* stand for several, as PostgreSQL's
// transformExpressionList.
func (b *Binder) BindList(nodes []*pg_query.Node) ([]Expr, error) {
	all := make([]Expr, 0, len(nodes))
	for _, n := range nodes {
		more, err := b.bindSeveral(n)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// Several reports whether a node is t.* or (x).*.
func Several(n *pg_query.Node) bool {
	path := n.GetColumnRef().GetFields()
	if in := n.GetAIndirection(); in != nil {
		path = in.Indirection
	}
	return len(path) > 0 && path[len(path)-1].GetAStar() != nil
}

func (b *Binder) bindSeveral(n *pg_query.Node) ([]Expr, error) {
	if ref := n.GetColumnRef(); ref != nil {
		last := len(ref.Fields) - 1
		if rows, ok := b.Scope.(RowScope); ok && ref.Fields[last].GetAStar() != nil {
			parts := make([]string, last)
			for i, f := range ref.Fields[:last] {
				parts[i] = f.GetString_().GetSval()
			}
			return rows.RowColumns(parts, int(ref.Location))
		}
	}
	if n.GetAIndirection() != nil && Several(n) {
		all, _, err := b.BindRowColumns(n)
		return all, err
	}
	e, err := b.Bind(n)
	return []Expr{e}, err
}

// BindRowColumns binds (x).* as the columns of x.
func (b *Binder) BindRowColumns(n *pg_query.Node) ([]Expr, []RecordColumn, error) {
	in := n.GetAIndirection()
	row := in.Arg
	if last := len(in.Indirection) - 1; last > 0 {
		row = &pg_query.Node{Node: &pg_query.Node_AIndirection{AIndirection: &pg_query.A_Indirection{Arg: in.Arg, Indirection: in.Indirection[:last]}}}
	}
	e, err := b.Bind(row)
	if err != nil {
		return nil, nil, err
	}
	if !types.IsRecord(e.Type().OID) {
		return nil, nil, sqlstate.New(sqlstate.WrongObjectType, "type %s is not composite", typeName(e.Type().OID))
	}
	columns, ok := namedColumns(e)
	if !ok {
		return nil, nil, b.errorAt(e.Pos(), sqlstate.FeatureNotSupported, "expansion of a row by .* is not supported yet where its columns are not known")
	}
	all := make([]Expr, len(columns))
	for i := range columns {
		all[i] = FieldOf(e, columns, i)
	}
	return all, columns, nil
}

// columnOf is the column that column(x) means where there is no such function; nil if it means none.
func (b *Binder) columnOf(names []string, n *pg_query.FuncCall, args *arguments) Expr {
	alone := len(names) == 1 && len(args.exprs) == 1 && len(args.names) == 0 && !args.variadic
	if !alone || n.AggStar || n.AggDistinct || n.AggWithinGroup || len(n.AggOrder) > 0 || n.AggFilter != nil || n.Over != nil || b.Called == n {
		return nil
	}
	columns, _ := namedColumns(args.exprs[0])
	for i, c := range columns {
		if c.Name == names[0] {
			return FieldOf(args.exprs[0], columns, i)
		}
	}
	return nil
}

// attributeCall is the call of a function that x.name, node, means where x has no such column; nil if there is no such function. In a
// tree that names its relations by their schemas the call is written as one: what depends on it goes by the tree. of is x in it.
func (b *Binder) attributeCall(e Expr, name string, pos int, node *pg_query.Node, of func() *pg_query.Node) (Expr, error) {
	n := &pg_query.FuncCall{Funcname: []*pg_query.Node{pg_query.MakeStrNode(name)}, Location: int32(pos)}
	args := &arguments{exprs: []Expr{e}}
	if _, err := b.findFunction([]string{name}, args, pos); err != nil {
		if cast, ok, err := b.functionCast([]string{name}, n, args); ok && err == nil && !types.IsRecord(e.Type().OID) {
			return cast, nil
		}
		return nil, nil
	}
	if b.Qualifies {
		n.Args = []*pg_query.Node{of()}
		node.Node = &pg_query.Node_FuncCall{FuncCall: n}
		return b.bindFuncCall(n)
	}
	call, err := b.callOf(n, args)
	if err != nil {
		return nil, err
	}
	return b.placed(n, call)
}

func (b *Binder) field(e Expr, name string) (Expr, error) {
	if !types.IsRecord(e.Type().OID) {
		return nil, b.errorAt(e.Pos(), sqlstate.WrongObjectType, "column notation .%s applied to type %s, which is not a composite type", name, typeName(e.Type().OID))
	}
	columns, known := namedColumns(e)
	for i, c := range columns {
		if c.Name == name {
			return FieldOf(e, columns, i), nil
		}
	}
	r, _ := e.(*Row)
	switch {
	case r != nil && r.Relation != "":
		return nil, b.errorAt(e.Pos(), sqlstate.UndefinedColumn, "column %s.%s does not exist", r.Relation, name)
	case isComposite(e.Type().OID):
		return nil, b.errorAt(e.Pos(), sqlstate.UndefinedColumn, "column \"%s\" not found in data type %s", name, typeName(e.Type().OID))
	case known:
		return nil, b.errorAt(e.Pos(), sqlstate.UndefinedColumn, "could not identify column \"%s\" in record data type", name)
	}
	return nil, b.unsupported(e.Pos(), "a field of a record")
}

// rowCast makes a composite value of a row, column by column, as PostgreSQL's
// coerce_record_to_complex.
func (b *Binder) rowCast(at base, e Expr, context CoercionContext, pos int) (Expr, error) {
	if pos < 0 {
		pos = at.pos
	}
	refuse := b.errorAt(pos, sqlstate.CannotCoerce, "cannot cast type %s to %s", typeName(e.Type().OID), typeName(at.typ.OID))
	row, ok := e.(*Row)
	if !ok {
		return nil, refuse
	}
	attributes := types.Info(at.typ.OID).Attributes
	made := &Row{base: at, Relation: row.Relation, Present: row.Present}
	for i, a := range attributes {
		if i == len(row.Args) {
			return nil, refuse.WithDetail("Input has too few columns.")
		}
		arg := row.Args[i]
		if from := arg.Type().OID; !canCoerce(from, a.Type.OID, context) {
			return nil, b.errorAt(pos, sqlstate.CannotCoerce, "cannot cast type %s to %s", typeName(e.Type().OID), typeName(at.typ.OID)).
				WithDetail("Cannot cast type %s to %s in column %d.", typeName(from), typeName(a.Type.OID), i+1)
		}
		coerced, err := b.coerceAt(arg, a.Type, context, -1)
		if err != nil {
			return nil, err
		}
		made.Args, made.Names = append(made.Args, coerced), append(made.Names, a.Name)
	}
	if len(row.Args) > len(attributes) {
		return nil, refuse.WithDetail("Input has too many columns.")
	}
	return made, nil
}
