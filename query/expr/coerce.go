package expr

import (
	"sync"

	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// CoercionContext is what asks for a conversion; later ones allow more.
type CoercionContext uint8

// Coercion contexts.
const (
	Implicit   CoercionContext = iota + 1 // in an expression
	Assignment                            // to a column
	Explicit                              // CAST
)

// path is how a value of one type becomes one of another.
type path uint8

const (
	noPath path = iota
	relabelPath
	funcPath
	ioPath
	arrayPath
	multirangePath
)

// Coerce converts e. Errors: 42846 if there is no cast for the context, those of
// the input function for a literal, 42P08 for a parameter.
func (b *Binder) Coerce(e Expr, to types.Type, context CoercionContext) (Expr, error) {
	return b.coerceAt(e, to, context, -1)
}

// CoerceColumn converts e for assignment to a column; 42804 if there is no cast.
func (b *Binder) CoerceColumn(e Expr, column string, to types.Type) (Expr, error) {
	from := e.Type().OID
	if !canCoerce(from, to.OID, Assignment) {
		return nil, b.errorAt(e.Pos(), sqlstate.DatatypeMismatch, "column %q is of type %s but expression is of type %s", column, typeName(to.OID), typeName(from)).
			WithHint("You will need to rewrite or cast the expression.")
	}
	return b.Coerce(e, to, Assignment)
}

func (b *Binder) coerceAt(e Expr, to types.Type, context CoercionContext, pos int) (Expr, error) {
	from := e.Type().OID
	if !canCoerce(from, to.OID, context) {
		if pos < 0 {
			pos = e.Pos()
		}
		return nil, b.errorAt(pos, sqlstate.CannotCoerce, "cannot cast type %s to %s", typeName(from), typeName(to.OID))
	}
	made, err := b.coerceType(e, to, context, pos)
	if err != nil {
		return nil, err
	}
	return b.coerceLength(made, to, context, pos)
}

// coerceType converts to the type, its modifier aside.
func (b *Binder) coerceType(e Expr, to types.Type, context CoercionContext, pos int) (Expr, error) {
	from := e.Type().OID
	if from == to.OID || to.OID == types.AnyOID {
		return e, nil
	}
	switch base := types.BaseOf(from); {
	case isDomain(to.OID):
		return b.domainCast(e, to, context, pos)
	case from == types.UnknownOID:
		return b.coerceUnknown(e, to)
	case base != from:
		return b.coerceType(&Relabel{base: newBase(types.Of(base), e.Pos()), Arg: e}, to, context, pos)
	}
	at := base{typ: types.Of(to.OID), pos: leftmost(pos, e)}
	if from == types.RecordOID && isComposite(to.OID) {
		return b.rowCast(at, e, context, pos)
	}
	way, proc := pathway(to.OID, from, context)
	switch way {
	case relabelPath:
		return &Relabel{base: at, Arg: e}, nil
	case ioPath:
		return b.ioCast(&IOCast{base: at, Arg: e}, pos)
	case arrayPath:
		return b.arrayCast(at, e, to, context)
	case multirangePath:
		p, err := b.procOf(pgdata.ProcByOID(proc), []types.OID{from}, to.OID, at.pos)
		return &Call{base: at, Proc: p, Args: []Expr{e}, Cast: true}, err
	case funcPath:
		if from == types.Int2OID && isOID(to.OID) { // its function is that to int4
			wide, err := b.coerceType(e, types.Of(types.Int4OID), context, pos)
			if err != nil {
				return nil, err
			}
			return b.coerceType(wide, to, context, pos)
		}
		return b.castCall(at, e, to, proc, context)
	}
	return nil, b.errorAt(at.pos, sqlstate.CannotCoerce, "cannot cast type %s to %s", typeName(from), typeName(to.OID))
}

func (b *Binder) ioCast(e *IOCast, pos int) (Expr, error) {
	for _, t := range []types.OID{e.Arg.Type().OID, e.typ.OID} {
		if !hasText(t) {
			return nil, b.unsupported(leftmost(pos, e.Arg), "type "+typeName(t))
		}
	}
	return e, nil
}

func (b *Binder) arrayCast(at base, e Expr, to types.Type, context CoercionContext) (Expr, error) {
	from, elem := types.ElemOf(e.Type().OID), types.ElemOf(to.OID)
	item := NewColumn(0, "", types.Of(from), at.pos)
	each, err := b.coerceType(item, types.Of(elem), context, at.pos)
	if err != nil {
		return nil, err
	}
	return &ArrayCast{base: at, Arg: e, Elem: each}, nil
}

// castCall calls the cast's function; those of two and three arguments take the
// modifier and whether the cast is explicit.
func (b *Binder) castCall(at base, e Expr, to types.Type, oid uint32, context CoercionContext) (Expr, error) {
	row := pgdata.ProcByOID(oid)
	p, err := b.procOf(row, row.Args, at.typ.OID, at.pos)
	if err != nil {
		return nil, err
	}
	arg := e
	if from := e.Type().OID; from != row.Args[0] {
		arg = &Relabel{base: base{typ: types.Of(row.Args[0]), pos: e.Pos()}, Arg: e}
	}
	args := []Expr{arg}
	if len(row.Args) > 1 {
		mod := int64(-1)
		if to.OID == types.BitOID { // a number's bits are made of the lowest
			mod = int64(to.Mod)
		}
		args = append(args, NewConst(types.Of(types.Int4OID), types.Int(mod), -1))
	}
	if len(row.Args) > 2 {
		args = append(args, NewConst(types.Of(types.BoolOID), types.Bool(context == Explicit), -1))
	}
	return &Call{base: at, Proc: p, Args: args, Cast: true}, nil
}

// coerceUnknown reads a literal by the type's input function, or determines a
// parameter's type.
func (b *Binder) coerceUnknown(e Expr, to types.Type) (Expr, error) {
	switch n := e.(type) {
	case *Param:
		return b.resolveParam(n, to.OID)
	case *Const:
		return b.readLiteral(n, to)
	}
	if isPolymorphic(to.OID) {
		return e, nil
	}
	// A subquery's column of unknown type is text underneath.
	return &IOCast{base: base{typ: types.Of(to.OID), pos: e.Pos()}, Arg: e}, nil
}

func (b *Binder) readLiteral(n *Const, to types.Type) (Expr, error) {
	if n.Value.IsNull() {
		return NewConst(types.Of(to.OID), types.Null, n.pos), nil
	}
	if !hasText(to.OID) {
		return nil, b.unsupported(n.pos, "type "+typeName(to.OID))
	}
	if dependsOnSettings(to.OID) {
		b.usesSettings = true
	}
	in := types.Of(to.OID)
	if to.OID == types.IntervalOID {
		in.Mod = to.Mod
	}
	v, err := types.Parse(b.env(), in, n.Value.Str())
	if err != nil {
		e := *sqlstate.Of(err)
		e.Position = 0 // one within the literal
		return nil, b.at(&e, n.pos)
	}
	b.fix(n.pos, to.OID, v)
	return NewConst(in, v, n.pos), nil
}

// fix keeps a literal's value for those who read the text again.
func (b *Binder) fix(pos int, t types.OID, v types.Datum) {
	if b.Fixed == nil || pos < 0 || !dependsOnSettings(t) || isReg(t) {
		return
	}
	env := types.NewEnv()
	env.Registry = b.env().Registry
	b.Fixed[pos] = types.Text(env, t, v)
}

// coerceLength applies a modifier.
func (b *Binder) coerceLength(e Expr, to types.Type, context CoercionContext, pos int) (Expr, error) {
	if e.Type() == to {
		return e, nil
	}
	if to.Mod < 0 {
		return &Relabel{base: base{typ: to, pos: e.Pos()}, Arg: e}, nil
	}
	if n, ok := e.(*Const); ok {
		v := n.Value
		if !v.IsNull() {
			var err error
			if v, err = types.Coerce(to, v, context == Explicit); err != nil {
				return nil, err
			}
		}
		return NewConst(to, v, n.pos), nil
	}
	return &Length{base: base{typ: to, pos: leftmost(pos, e)}, Arg: e, Explicit: context == Explicit}, nil
}

// canCoerce is PostgreSQL's can_coerce_type for one argument.
func canCoerce(from, to types.OID, context CoercionContext) bool {
	if from == to || to == types.AnyOID || from == types.UnknownOID || types.BaseOf(from) == types.RecordOID && isComposite(to) {
		return true
	}
	way, _ := pathway(to, from, context)
	return way != noPath
}

// pathway is PostgreSQL's find_coercion_pathway.
func pathway(to, from types.OID, context CoercionContext) (path, uint32) {
	to, from = types.BaseOf(to), types.BaseOf(from)
	if from == to || to == types.RecordOID && isComposite(from) || to == types.RecordArrayOID && isComposite(types.ElemOf(from)) {
		return relabelPath, 0
	}
	if c := pgdata.CastOf(from, to); c != nil {
		return castPath(c, context)
	}
	if elem := types.ElemOf(to); elem != 0 && !types.IsVector(to) {
		if source := types.ElemOf(from); source != 0 {
			if way, _ := pathway(elem, source, context); way != noPath {
				return arrayPath, 0
			}
		}
	}
	if context == Explicit && to != 0 && types.MultirangeOf(from) == to {
		return multirangePath, multirangeCast()
	}
	switch {
	case context >= Assignment && category(to) == 'S', context == Explicit && category(from) == 'S':
		return ioPath, 0
	}
	return noPath, 0
}

// multirangeCast is the function that makes a multirange of one range, of any type.
var multirangeCast = sync.OnceValue(func() uint32 {
	of := types.ByName("int4range")
	return pgdata.CastOf(of.OID, of.Multirange).Proc
})

func castPath(c *pgdata.Cast, context CoercionContext) (path, uint32) {
	needs := Implicit
	switch c.Context {
	case 'a':
		needs = Assignment
	case 'e':
		needs = Explicit
	}
	if context < needs {
		return noPath, 0
	}
	switch c.Method {
	case 'b':
		return relabelPath, 0
	case 'i':
		return ioPath, 0
	}
	return funcPath, c.Proc
}

// leftmost is where an expression begins that has its own place and an operand.
func leftmost(pos int, operands ...Expr) int {
	for _, e := range operands {
		if p := e.Pos(); p >= 0 && (pos < 0 || p < pos) {
			pos = p
		}
	}
	return pos
}

func category(t types.OID) byte {
	if i := types.Info(t); i != nil {
		return i.Category
	}
	return 'X'
}

func preferred(t types.OID) bool {
	i := types.Info(t)
	return i != nil && i.Preferred
}

// isString reports whether values of the type are Go strings of text.
func isString(t types.OID) bool {
	switch t {
	case types.TextOID, types.VarcharOID, types.BpcharOID, types.NameOID, types.UnknownOID, types.CstringOID:
		return true
	}
	return false
}

func isReg(t types.OID) bool {
	switch t {
	case types.RegclassOID, types.RegprocOID, types.RegprocedureOID, types.RegoperOID, types.RegoperatorOID, types.RegtypeOID,
		types.RegroleOID, types.RegnamespaceOID, types.RegconfigOID, types.RegdictionaryOID, types.RegcollationOID:
		return true
	}
	return false
}
