package expr

import (
	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Index is an element of an array, one subscript for each dimension, or a piece of a value of fixed length: a byte of a name.
type Index struct {
	base
	Arg  Expr
	Subs []Expr
}

// Children implements Expr.
func (e *Index) Children() []Expr { return append([]Expr{e.Arg}, e.Subs...) }

// WithChildren implements Rebuilder.
func (e *Index) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg, n.Subs = c[0], c[1:]
	return &n
}

// Compile implements Expr. A subscript out of bounds, or NULL, gives NULL.
func (e *Index) Compile(c *Compiler) Eval {
	arg, subs := e.Arg.Compile(c), compileAll(c, e.Subs)
	whole := types.BaseOf(e.Arg.Type().OID)
	pieces := types.PieceOf(whole) != 0
	return func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil || v.IsNull() {
			return types.Null, err
		}
		at := make([]types.Datum, len(subs))
		null, err := evalAll(fr, subs, at)
		if err != nil || null {
			return types.Null, err
		}
		if pieces {
			return pieceAt(whole, v, at), nil
		}
		return elementAt(v.Array(), at), nil
	}
}

func elementAt(a *types.Array, at []types.Datum) types.Datum {
	if len(at) != len(a.Dims) {
		return types.Null
	}
	i := int64(0)
	for d, dim := range a.Dims {
		offset := at[d].Int() - int64(dim.Lower)
		if offset < 0 || offset >= int64(dim.Length) {
			return types.Null
		}
		i = i*int64(dim.Length) + offset
	}
	return a.Items[i]
}

// Slice is a part of an array; a nil bound is the array's own.
type Slice struct {
	base
	Arg    Expr
	Bounds [][2]Expr
}

// Children implements Expr.
func (e *Slice) Children() []Expr { return givenBounds([]Expr{e.Arg}, e.Bounds) }

// WithChildren implements Rebuilder.
func (e *Slice) WithChildren(c []Expr) Expr {
	n := *e
	n.Arg, n.Bounds = c[0], withBounds(e.Bounds, c[1:])
	return &n
}

// givenBounds appends those bounds that there are.
func givenBounds(all []Expr, bounds [][2]Expr) []Expr {
	for _, b := range bounds {
		for _, side := range b {
			if side != nil {
				all = append(all, side)
			}
		}
	}
	return all
}

// withBounds are bounds with others, as givenBounds gives them, in their places.
func withBounds(bounds [][2]Expr, c []Expr) [][2]Expr {
	made := make([][2]Expr, len(bounds))
	for i, b := range bounds {
		for side, old := range b {
			if old != nil {
				made[i][side], c = c[0], c[1:]
			}
		}
	}
	return made
}

func compileBounds(c *Compiler, bounds [][2]Expr) [][2]Eval {
	made := make([][2]Eval, len(bounds))
	for i, b := range bounds {
		for side, bound := range b {
			if bound != nil {
				made[i][side] = bound.Compile(c)
			}
		}
	}
	return made
}

// Compile implements Expr.
func (e *Slice) Compile(c *Compiler) Eval {
	arg, bounds := e.Arg.Compile(c), compileBounds(c, e.Bounds)
	return func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil || v.IsNull() {
			return types.Null, err
		}
		a := v.Array()
		from, to, null, err := sliceBounds(fr, a, bounds)
		if err != nil || null {
			return types.Null, err
		}
		return types.Pointer(sliceArray(a, from, to)), nil
	}
}

func sliceBounds(fr *Frame, a *types.Array, bounds [][2]Eval) (from, to []int64, null bool, err error) {
	for d := range max(len(bounds), len(a.Dims)) {
		ends := [2]int64{1, 0}
		if d < len(a.Dims) {
			ends = [2]int64{int64(a.Dims[d].Lower), int64(a.Dims[d].Lower) + int64(a.Dims[d].Length) - 1}
		}
		if d < len(bounds) {
			for side, bound := range bounds[d] {
				if bound == nil {
					continue
				}
				v, err := bound(fr)
				if err != nil || v.IsNull() {
					return nil, nil, true, err
				}
				ends[side] = v.Int()
			}
		}
		from, to = append(from, ends[0]), append(to, ends[1])
	}
	return from, to, false, nil
}

// sliceArray cuts a; the result's lower bounds are 1, and it is empty where a
// range is.
func sliceArray(a *types.Array, from, to []int64) *types.Array {
	empty := &types.Array{Elem: a.Elem}
	if len(a.Dims) == 0 || len(from) > len(a.Dims) {
		return empty
	}
	made := &types.Array{Elem: a.Elem, HadNulls: a.FlagsNulls()}
	starts := make([]int64, len(a.Dims))
	for d, dim := range a.Dims {
		low := max(from[d], int64(dim.Lower))
		high := min(to[d], int64(dim.Lower)+int64(dim.Length)-1)
		if low > high {
			return empty
		}
		starts[d] = low - int64(dim.Lower)
		made.Dims = append(made.Dims, types.Dim{Length: int32(high - low + 1), Lower: 1})
	}
	made.Items = cut(a.Items, a.Dims, made.Dims, starts)
	return made
}

func cut(items []types.Datum, old, dims []types.Dim, starts []int64) []types.Datum {
	if len(dims) == 1 {
		return items[starts[0] : starts[0]+int64(dims[0].Length)]
	}
	size := 1
	for _, d := range old[1:] {
		size *= int(d.Length)
	}
	var made []types.Datum
	for i := range int(dims[0].Length) {
		at := (int(starts[0]) + i) * size
		made = append(made, cut(items[at:at+size], old[1:], dims[1:], starts[1:])...)
	}
	return made
}

func (b *Binder) bindIndirection(node *pg_query.Node, n *pg_query.A_Indirection) (Expr, error) {
	e, err := b.Bind(n.Arg)
	if err != nil {
		return nil, err
	}
	for rest := n.Indirection; len(rest) > 0; {
		if name := rest[0].GetString_(); name != nil {
			if e, err = b.bindField(e, name.Sval, node, len(n.Indirection)-len(rest)); err != nil {
				return nil, err
			}
			if node.GetAIndirection() != n { // the field is a function, of which the tree has the call now
				return e, nil
			}
			rest = rest[1:]
			continue
		}
		run := 0
		for run < len(rest) && rest[run].GetAIndices() != nil {
			run++
		}
		if run == 0 {
			return nil, b.errorAt(e.Pos(), sqlstate.FeatureNotSupported, "row expansion via \"*\" is not supported here")
		}
		if e, err = b.bindSubscripts(e, rest[:run]); err != nil {
			return nil, err
		}
		rest = rest[run:]
	}
	return e, nil
}

// bindField is a column of a composite value, or the call of a function that is written like one: the field of an indirection
// before which there are some.
func (b *Binder) bindField(e Expr, name string, node *pg_query.Node, before int) (Expr, error) {
	field, missing := b.field(e, name)
	if missing == nil {
		return field, nil
	}
	n := node.GetAIndirection()
	of := func() *pg_query.Node {
		if before == 0 {
			return n.Arg
		}
		return &pg_query.Node{Node: &pg_query.Node_AIndirection{AIndirection: &pg_query.A_Indirection{Arg: n.Arg, Indirection: n.Indirection[:before]}}}
	}
	call, err := b.attributeCall(e, name, e.Pos(), node, of)
	switch {
	case err != nil:
		return nil, err
	case call == nil:
		return nil, missing
	case node.GetFuncCall() != nil && len(n.Indirection) > before+1: // fields of what it returns
		made := &pg_query.Node{Node: node.Node}
		node.Node = &pg_query.Node_AIndirection{AIndirection: &pg_query.A_Indirection{Arg: made, Indirection: n.Indirection[before+1:]}}
		return b.bindIndirection(node, node.GetAIndirection())
	}
	return call, nil
}

func (b *Binder) bindSubscripts(e Expr, nodes []*pg_query.Node) (Expr, error) {
	e = withoutDomain(e)
	t := e.Type()
	if t.OID == types.JSONBOID {
		return b.bindJSONSubscripts(e, nodes)
	}
	if types.PieceOf(t.OID) != 0 {
		return b.bindPiece(e, nodes)
	}
	elem := types.ElemOf(t.OID)
	if elem == 0 {
		return nil, b.errorAt(e.Pos(), sqlstate.DatatypeMismatch, "cannot subscript type %s because it does not support subscripting", typeName(t.OID))
	}
	if len(nodes) > 6 {
		return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (6)", len(nodes))
	}
	slice := false
	for _, n := range nodes {
		slice = slice || n.GetAIndices().IsSlice
	}
	if !slice {
		index := &Index{base: base{typ: types.Type{OID: elem, Mod: t.Mod}, pos: e.Pos()}, Arg: e}
		for _, n := range nodes {
			sub, err := b.bindSubscript(n.GetAIndices().Uidx)
			if err != nil {
				return nil, err
			}
			index.Subs = append(index.Subs, sub)
		}
		return index, nil
	}
	return b.bindSlice(e, nodes)
}

// bindSlice binds bounds; a single subscript among slices n means 1:n.
func (b *Binder) bindSlice(e Expr, nodes []*pg_query.Node) (Expr, error) {
	s := &Slice{base: base{typ: e.Type(), pos: e.Pos()}, Arg: e}
	for _, n := range nodes {
		at := n.GetAIndices()
		var bounds [2]Expr
		var err error
		switch {
		case !at.IsSlice:
			bounds[0] = NewConst(types.Of(types.Int4OID), types.Int(1), -1)
		case at.Lidx != nil:
			if bounds[0], err = b.bindSubscript(at.Lidx); err != nil {
				return nil, err
			}
		}
		if at.Uidx != nil {
			if bounds[1], err = b.bindSubscript(at.Uidx); err != nil {
				return nil, err
			}
		}
		s.Bounds = append(s.Bounds, bounds)
	}
	return s, nil
}

func (b *Binder) bindSubscript(n *pg_query.Node) (Expr, error) {
	e, err := b.Bind(n)
	if err != nil {
		return nil, err
	}
	if !canCoerce(e.Type().OID, types.Int4OID, Assignment) {
		return nil, b.errorAt(e.Pos(), sqlstate.DatatypeMismatch, "array subscript must have type integer")
	}
	return b.Coerce(e, types.Of(types.Int4OID), Assignment)
}

// bindJSONSubscripts turns doc['a'][1] into doc #> '{a,1}': a subscript is a key or
// a place by what it meets.
func (b *Binder) bindJSONSubscripts(e Expr, nodes []*pg_query.Node) (Expr, error) {
	path, _, err := b.jsonSubscripts(nodes)
	if err != nil {
		return nil, err
	}
	keys := &Array{base: base{typ: types.Of(types.TextArrayOID), pos: path[0].Pos()}, Elem: types.TextOID, Args: path}
	return b.Operator("#>", e, keys, e.Pos())
}

// jsonSubscripts are texts; place says that the first was an integer.
func (b *Binder) jsonSubscripts(nodes []*pg_query.Node) (path []Expr, place bool, err error) {
	path = make([]Expr, len(nodes))
	for i, n := range nodes {
		at := n.GetAIndices()
		if at.IsSlice {
			where := -1 // PostgreSQL knows no place without a bound
			if at.Uidx != nil {
				where = nodePos(at.Uidx)
			} else if at.Lidx != nil {
				where = nodePos(at.Lidx)
			}
			return nil, false, b.errorAt(where, sqlstate.DatatypeMismatch, "jsonb subscript does not support slices")
		}
		sub, err := b.Bind(at.Uidx)
		if err != nil {
			return nil, false, err
		}
		to := types.Int4OID
		switch from := sub.Type().OID; {
		case from == types.UnknownOID:
			to = types.TextOID
		case canCoerce(from, types.Int4OID, Implicit):
			place = place || i == 0
		case canCoerce(from, types.TextOID, Implicit):
			to = types.TextOID
		default:
			return nil, false, b.errorAt(sub.Pos(), sqlstate.DatatypeMismatch, "subscript type %s is not supported", typeName(from)).
				WithHint("jsonb subscript must be coercible to either integer or text.")
		}
		if sub, err = b.Coerce(sub, types.Of(to), Implicit); err != nil {
			return nil, false, err
		}
		if path[i], err = b.Coerce(sub, types.Of(types.TextOID), Explicit); err != nil {
			return nil, false, err
		}
	}
	return path, place, nil
}
