package expr

import (
	"slices"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// SetField is a composite value with one column set.
type SetField struct {
	base
	Arg   Expr // the value as it was
	Index int
	Value Expr
}

// Children implements Expr.
func (e *SetField) Children() []Expr { return []Expr{e.Arg, e.Value} }

// WithChildren implements Rebuilder.
func (e *SetField) WithChildren(c []Expr) Expr { n := *e; n.Arg, n.Value = c[0], c[1]; return &n }

// Compile implements Expr. Of NULL it makes a row of NULLs but one.
func (e *SetField) Compile(c *Compiler) Eval {
	arg, value, i, t := e.Arg.Compile(c), e.Value.Compile(c), e.Index, types.BaseOf(e.typ.OID)
	return func(fr *Frame) (types.Datum, error) {
		old, err := arg(fr)
		if err != nil {
			return types.Null, err
		}
		v, err := value(fr)
		if err != nil {
			return types.Null, err
		}
		made := types.NewRecord(types.Info(t))
		if !old.IsNull() {
			copy(made.Fields, old.Record().Fields)
		}
		made.Fields[i] = v
		return types.Pointer(made), nil
	}
}

// BindPart binds the assignment to a part of a column, of subscripts and fields: old is its
// value so far, bind the new one. Errors: 42804, 42703.
func (b *Binder) BindPart(old Expr, column string, part []*pg_query.Node, bind func() (Expr, error), pos int) (Expr, error) {
	if under := types.UnderDomains(old.Type()); under != old.Type() {
		inner := withoutDomain(old)
		if check, ok := old.(*DomainCheck); ok { // of the parts before: the last one is held against the domain
			inner = check.Arg
		}
		made, err := b.BindPart(inner, column, part, bind, pos)
		if err != nil {
			return nil, err
		}
		return b.Coerce(made, old.Type(), Assignment)
	}
	if name := part[0].GetString_(); name != nil {
		return b.bindFieldPart(old, column, name.Sval, part[1:], bind, pos)
	}
	run := slices.IndexFunc(part, func(n *pg_query.Node) bool { return n.GetAIndices() == nil })
	if run < 0 {
		run = len(part)
	}
	set := &SetPart{base: base{typ: old.Type(), pos: pos}, Arg: old}
	target, err := b.bindPartSubscripts(set, part[:run], pos)
	if err != nil {
		return nil, err
	}
	if run < len(part) {
		inner, err := b.bindSubscripts(old, part[:run])
		if err != nil {
			return nil, err
		}
		set.Value, err = b.BindPart(inner, column, part[run:], bind, pos)
		return set, err
	}
	set.Value, err = b.assigned(bind, target, pos, "subscripted assignment to \"%s\" requires type %s but expression is of type %s", column)
	return set, err
}

func (b *Binder) bindFieldPart(old Expr, column, field string, rest []*pg_query.Node, bind func() (Expr, error), pos int) (Expr, error) {
	info := types.Info(old.Type().OID)
	if info.Kind != 'c' {
		return nil, b.errorAt(pos, sqlstate.DatatypeMismatch, "cannot assign to field \"%s\" of column \"%s\" because its type %s is not a composite type", field, column, typeName(info.OID))
	}
	i := slices.IndexFunc(info.Attributes, func(a types.Attribute) bool { return a.Name == field })
	if i < 0 {
		return nil, b.errorAt(pos, sqlstate.UndefinedColumn, "cannot assign to field \"%s\" of column \"%s\" because there is no such column in data type %s", field, column, typeName(info.OID))
	}
	set := &SetField{base: base{typ: old.Type(), pos: pos}, Arg: old, Index: i}
	to := info.Attributes[i].Type
	var err error
	if len(rest) > 0 {
		columns, _ := ColumnsOf(old)
		set.Value, err = b.BindPart(FieldOf(old, columns, i), field, rest, bind, pos)
		return set, err
	}
	set.Value, err = b.assigned(bind, to, pos, "subfield \"%s\" is of type %s but expression is of type %s", field)
	return set, err
}

// assigned binds the value that a part is set to.
func (b *Binder) assigned(bind func() (Expr, error), to types.Type, pos int, mismatch, name string) (Expr, error) {
	v, err := bind()
	if err != nil {
		return nil, err
	}
	if !canCoerce(v.Type().OID, to.OID, Assignment) {
		return nil, b.errorAt(pos, sqlstate.DatatypeMismatch, mismatch, name, typeName(to.OID), typeName(v.Type().OID)).
			WithHint("You will need to rewrite or cast the expression.")
	}
	return b.Coerce(v, to, Assignment)
}
