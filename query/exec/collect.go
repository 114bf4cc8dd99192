package exec

import (
	"slices"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

// collecting returns the aggregates that keep all of their input.
func collecting(name string, c *expr.AggregateCall) func() accumulator {
	oids := oidsOf(c.Args)
	switch name {
	case "string_agg":
		return func() accumulator { return &stringAgg{} }
	case "array_agg":
		elem := oids[0]
		nested := types.ElemOf(elem) != 0
		if nested {
			elem = types.ElemOf(elem)
		}
		return func() accumulator { return &arrayAgg{elem: elem, nested: nested} }
	case "json_agg":
		return func() accumulator { return &jsonAgg{oid: oids[0]} }
	case "json_object_agg":
		return func() accumulator { return &jsonObjectAgg{oids: oids} }
	case "jsonb_agg":
		return func() accumulator { return &jsonbAgg{oid: oids[0]} }
	case "jsonb_object_agg":
		return func() accumulator { return &jsonbObjectAgg{oids: oids} }
	}
	return nil
}

type stringAgg struct {
	buf  []byte
	some bool
}

func (s *stringAgg) add(_ *expr.Frame, args []types.Datum) (int, error) {
	if args[0].IsNull() {
		return 0, nil
	}
	before := cap(s.buf)
	if s.some && !args[1].IsNull() {
		s.buf = append(s.buf, args[1].Str()...)
	}
	s.buf, s.some = append(s.buf, args[0].Str()...), true
	return cap(s.buf) - before, nil
}

func (s *stringAgg) result(*expr.Frame) (types.Datum, error) {
	if !s.some {
		return types.Null, nil
	}
	return alias(s.buf), nil
}

// arrayAgg collects values, or arrays of equal dimensions into one of a dimension
// more.
type arrayAgg struct {
	elem   types.OID
	nested bool
	items  []types.Datum
	dims   []types.Dim
	n      int32
}

func (a *arrayAgg) add(_ *expr.Frame, args []types.Datum) (int, error) {
	a.n++
	if !a.nested {
		d := types.Clone(args[0])
		a.items = append(a.items, d)
		return types.SizeBytes(d), nil
	}
	return a.addArray(args[0])
}

func (a *arrayAgg) addArray(d types.Datum) (int, error) {
	if d.IsNull() {
		return 0, sqlstate.New(sqlstate.NullValueNotAllowed, "cannot accumulate null arrays")
	}
	d = types.Clone(d)
	v := d.Pointer().(*types.Array)
	if a.n == 1 {
		if len(v.Dims) == 0 {
			return 0, sqlstate.New(sqlstate.ArraySubscriptError, "cannot accumulate empty arrays")
		}
		if n := len(v.Dims) + 1; n > types.ArrayDimsMax {
			return 0, sqlstate.New(sqlstate.ProgramLimitExceeded, "number of array dimensions (%d) exceeds the maximum allowed (%d)", n, types.ArrayDimsMax)
		}
		a.dims = v.Dims
	}
	if !slices.Equal(a.dims, v.Dims) {
		return 0, sqlstate.New(sqlstate.ArraySubscriptError, "cannot accumulate arrays of different dimensionality")
	}
	a.items = append(a.items, v.Items...)
	return types.SizeBytes(d), nil
}

func (a *arrayAgg) result(*expr.Frame) (types.Datum, error) {
	if a.n == 0 {
		return types.Null, nil
	}
	if !a.nested {
		return types.Pointer(types.NewArray(a.elem, a.items)), nil
	}
	dims := append([]types.Dim{{Length: a.n, Lower: 1}}, a.dims...)
	return types.Pointer(&types.Array{Elem: a.elem, Dims: dims, Items: a.items}), nil
}

// jsonAgg builds json text as PostgreSQL does, spaces included.
type jsonAgg struct {
	oid types.OID
	buf []byte
}

func (j *jsonAgg) add(f *expr.Frame, args []types.Datum) (int, error) {
	before := cap(j.buf)
	if j.buf == nil {
		j.buf = append(j.buf, '[')
	} else {
		j.buf = append(j.buf, ", "...)
		if !args[0].IsNull() && (types.IsRecord(j.oid) || types.ElemOf(j.oid) != 0) {
			j.buf = append(j.buf, "\n "...)
		}
	}
	text, err := jsonText(f, j.oid, args[0])
	j.buf = append(j.buf, text...)
	return cap(j.buf) - before, err
}

func jsonText(f *expr.Frame, oid types.OID, d types.Datum) (string, error) {
	if d.IsNull() {
		return "null", nil
	}
	return types.ToJSON(f.Env.Env, oid, d)
}

func (j *jsonAgg) result(*expr.Frame) (types.Datum, error) {
	if j.buf == nil {
		return types.Null, nil
	}
	return alias(append(j.buf, ']')), nil
}

type jsonObjectAgg struct {
	oids []types.OID
	buf  []byte
}

func (j *jsonObjectAgg) add(f *expr.Frame, args []types.Datum) (int, error) {
	before := cap(j.buf)
	if args[0].IsNull() {
		return 0, sqlstate.New(sqlstate.InvalidParameterValue, "field name must not be null")
	}
	if j.buf == nil {
		j.buf = append(j.buf, "{ "...)
	} else {
		j.buf = append(j.buf, ", "...)
	}
	key, err := expr.ObjectKey(f.Env, j.oids[0], args[0])
	if err != nil {
		return 0, err
	}
	j.buf = jsonb.AppendQuoted(j.buf, key)
	j.buf = append(j.buf, " : "...)
	text, err := jsonText(f, j.oids[1], args[1])
	j.buf = append(j.buf, text...)
	return cap(j.buf) - before, err
}

func (j *jsonObjectAgg) result(*expr.Frame) (types.Datum, error) {
	if j.buf == nil {
		return types.Null, nil
	}
	return alias(append(j.buf, " }"...)), nil
}

type jsonbAgg struct {
	oid types.OID
	b   *jsonb.Builder
}

func (j *jsonbAgg) add(f *expr.Frame, args []types.Datum) (int, error) {
	if j.b == nil {
		j.b = &jsonb.Builder{}
		j.b.BeginArray()
	}
	return addJSONB(j.b, f, j.oid, args[0])
}

func addJSONB(b *jsonb.Builder, f *expr.Frame, oid types.OID, d types.Datum) (int, error) {
	if d.IsNull() {
		b.Null()
		return 8, nil
	}
	v, err := types.ToJSONB(f.Env.Env, oid, d)
	if err != nil {
		return 0, err
	}
	b.Value(jsonb.Root(v.Str()))
	return len(v.Str()) + 8, nil
}

func (j *jsonbAgg) result(*expr.Frame) (types.Datum, error) { return jsonbDoc(j.b) }

func jsonbDoc(b *jsonb.Builder) (types.Datum, error) {
	if b == nil {
		return types.Null, nil
	}
	b.End()
	doc, err := b.Doc()
	return types.String(doc), err
}

type jsonbObjectAgg struct {
	oids []types.OID
	b    *jsonb.Builder
}

func (j *jsonbObjectAgg) add(f *expr.Frame, args []types.Datum) (int, error) {
	if args[0].IsNull() {
		return 0, sqlstate.New(sqlstate.InvalidParameterValue, "field name must not be null")
	}
	if j.b == nil {
		j.b = &jsonb.Builder{}
		j.b.BeginObject()
	}
	key, err := expr.ObjectKey(f.Env, j.oids[0], args[0])
	if err != nil {
		return 0, err
	}
	j.b.Key(key)
	n, err := addJSONB(j.b, f, j.oids[1], args[1])
	return n + len(key), err
}

func (j *jsonbObjectAgg) result(*expr.Frame) (types.Datum, error) { return jsonbDoc(j.b) }

// spentByResult reports whether a state takes no more input once its result is taken.
func spentByResult(a accumulator) bool {
	switch a.(type) {
	case *jsonbAgg, *jsonbObjectAgg:
		return true
	}
	return false
}
