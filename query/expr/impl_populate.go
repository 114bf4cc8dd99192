package expr

import (
	"fmt"
	"slices"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

// populator makes records of JSON objects.
type populator struct {
	env      *Env
	call     *Call
	binary   bool // the argument is jsonb
	withBase bool // the first argument is a record
}

func populators() map[string]any {
	all := map[string]any{}
	for prefix, binary := range map[string]bool{"json": false, "jsonb": true} {
		one := func(withBase bool) maker {
			return func(c *Call) any {
				return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
					p := &populator{env: env, call: c, binary: binary, withBase: withBase}
					return p.one(args)
				})
			}
		}
		set := func(withBase bool) setMaker {
			return func(c *Call) SetFunc {
				return func(env *Env, args []types.Datum) (Rows, error) {
					p := &populator{env: env, call: c, binary: binary, withBase: withBase}
					return p.set(args)
				}
			}
		}
		all[prefix+"_to_record"], all[prefix+"_populate_record"] = one(false), one(true)
		all[prefix+"_to_recordset"], all[prefix+"_populate_recordset"] = set(false), set(true)
	}
	return all
}

func (p *populator) read(d types.Datum) (jsonSource, error) {
	if p.binary {
		return jsonSource{value: jsonb.Root(d.Str())}, nil
	}
	n, err := jsonb.ReadText(d.Str(), true)
	return jsonSource{text: n}, err
}

// arguments returns the base record, if there is one, and the columns to fill.
func (p *populator) arguments(args []types.Datum) (base *types.Record, columns []RecordColumn, json types.Datum, err error) {
	columns, json = p.call.Proc.Columns, args[0]
	if p.withBase {
		if json = args[1]; !types.IsRecord(types.BaseOf(p.call.Args[0].Type().OID)) {
			return nil, nil, json, sqlstate.New(sqlstate.DatatypeMismatch, "first argument of %s must be a row type", p.call.Proc.Name())
		}
		if i := types.Info(types.BaseOf(p.call.Proc.Result)); i != nil && i.Kind == 'c' {
			if !args[0].IsNull() {
				base = args[0].Record()
			}
			return base, attributesOf(i), json, nil
		}
		if !args[0].IsNull() {
			base = args[0].Record()
			columns, err = p.columnsOf(base)
			return base, columns, json, err
		}
	}
	if columns == nil {
		err = sqlstate.New(sqlstate.FeatureNotSupported, "could not determine row type for result of %s", p.call.Proc.Name()).
			WithHint("Provide a non-null record argument, or call the function in the FROM clause using a column definition list.")
	}
	return nil, columns, json, err
}

func attributesOf(t *types.TypeInfo) []RecordColumn {
	columns := make([]RecordColumn, len(t.Attributes))
	for i, a := range t.Attributes {
		columns[i] = RecordColumn(a)
	}
	return columns
}

// columnsOf are a record's columns, which must be those that the query expects.
func (p *populator) columnsOf(r *types.Record) ([]RecordColumn, error) {
	columns := make([]RecordColumn, len(r.Fields))
	for i, t := range r.Types {
		columns[i] = RecordColumn{Name: fmt.Sprintf("f%d", i+1), Type: types.Of(t)}
		if i < len(r.Names) {
			columns[i].Name = r.Names[i]
		}
	}
	wanted := p.call.Proc.Columns
	if wanted == nil {
		return columns, nil
	}
	mismatch := sqlstate.New(sqlstate.DatatypeMismatch, "function return row and query-specified return row do not match")
	if len(wanted) != len(columns) {
		return nil, mismatch.WithDetail("Returned row contains %d attribute%s, but query expects %d.", len(columns), plural(len(columns)), len(wanted))
	}
	for i, w := range wanted {
		if w.Type.OID != columns[i].Type.OID {
			return nil, mismatch.WithDetail("Returned type %s at ordinal position %d, but query expects %s.", columns[i].Type, i+1, typeName(w.Type.OID))
		}
	}
	return columns, nil
}

func plural(n int) string {
	if n == 1 {
		return ""
	}
	return "s"
}

func (p *populator) one(args []types.Datum) (types.Datum, error) {
	base, columns, json, err := p.arguments(args)
	switch {
	case err != nil:
		return types.Null, err
	case json.IsNull() && base != nil:
		return args[0], nil
	case json.IsNull():
		return types.Null, nil
	}
	n, err := p.read(json)
	if err != nil {
		return types.Null, err
	}
	if k := n.kind(); k != jsonb.Object {
		return types.Null, cannotCall("populate_composite", k) // as PostgreSQL has it
	}
	r, err := p.record(base, columns, n)
	if err != nil {
		return types.Null, err
	}
	return r, p.check(p.call.Proc.Result, r)
}

// check asks a domain about a value.
func (p *populator) check(t types.OID, d types.Datum) error {
	if i := types.Info(t); i != nil && i.Kind == 'd' {
		return i.Check(p.env.Env, d)
	}
	return nil
}

func cannotCall(function string, k jsonb.Kind) error {
	what := "a scalar"
	switch k {
	case jsonb.Array:
		what = "an array"
	case jsonb.Object:
		what = "an object"
	}
	return sqlstate.New(sqlstate.InvalidParameterValue, "cannot call %s on %s", function, what)
}

func (p *populator) set(args []types.Datum) (Rows, error) {
	base, columns, json, err := p.arguments(args)
	if err != nil || json.IsNull() {
		return noRows, err
	}
	n, err := p.read(json)
	if err != nil {
		return nil, err
	}
	switch k := n.kind(); {
	case k != jsonb.Array && strings.HasPrefix(p.call.Proc.Name(), "jsonb"):
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "cannot call %s on a non-array", p.call.Proc.Name())
	case k != jsonb.Array:
		return nil, cannotCall(p.call.Proc.Name(), k)
	}
	next := n.elements()
	return func() ([]types.Datum, error) {
		e, ok := next()
		if !ok {
			return nil, nil
		}
		if e.kind() != jsonb.Object {
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "argument of %s must be an array of objects", p.call.Proc.Name())
		}
		r, err := p.record(base, columns, e)
		if err != nil {
			return nil, err
		}
		return []types.Datum{r}, p.check(p.call.Proc.Result, r)
	}, nil
}

// record fills the columns from an object; what it has not keeps the base's value.
func (p *populator) record(base *types.Record, columns []RecordColumn, n jsonSource) (types.Datum, error) {
	r := &types.Record{Fields: make([]types.Datum, len(columns))}
	members := n.members(columns)
	for i, c := range columns {
		r.Names, r.Types = append(r.Names, c.Name), append(r.Types, c.Type.OID)
		if base != nil {
			r.Fields[i] = base.Fields[i]
		}
		m, ok := members[c.Name]
		switch {
		case !ok && base != nil:
			continue
		case !ok:
			if err := p.check(c.Type.OID, types.Null); err != nil {
				return types.Null, err
			}
			continue
		}
		v, err := p.value(m, c.Type, c.Name, r.Fields[i])
		if err != nil {
			return types.Null, err
		}
		r.Fields[i] = v
	}
	return types.Pointer(r), nil
}

// value makes one value; was is what a record there builds on.
func (p *populator) value(n jsonSource, t types.Type, key string, was types.Datum) (types.Datum, error) {
	if i := types.Info(t.OID); i.Kind == 'd' {
		v, err := p.value(n, i.Base, key, was)
		if err != nil {
			return types.Null, err
		}
		return v, i.Check(p.env.Env, v)
	}
	kind := n.kind()
	switch elem := types.ElemOf(t.OID); {
	case kind == jsonb.Null:
		return types.Null, nil
	case elem != 0 && !types.IsVector(t.OID) && kind != jsonb.String:
		a := &arrayPopulator{populator: p, elem: types.Type{OID: elem, Mod: t.Mod}, key: key}
		return a.array(n)
	case isComposite(t.OID) && kind != jsonb.String:
		return p.composite(n, t.OID, was)
	case t.OID == types.JSONOID:
		return text(n.json())
	case t.OID == types.JSONBOID && p.binary:
		return text(n.value.Doc())
	case t.OID == types.JSONBOID:
		return doc(jsonb.Parse(n.json()))
	}
	return types.Parse(p.env.Env, t, n.input())
}

func (p *populator) composite(n jsonSource, t types.OID, was types.Datum) (types.Datum, error) {
	if k := n.kind(); k != jsonb.Object {
		return types.Null, cannotCall("populate_composite", k)
	}
	var base *types.Record
	if !was.IsNull() {
		base = was.Record()
	}
	return p.record(base, attributesOf(types.Info(t)), n)
}

// arrayPopulator makes an array of arrays of JSON. How deep it is, the first element
// that is no array says, or the first array that is empty.
type arrayPopulator struct {
	*populator
	elem  types.Type
	key   string
	depth int // dimensions, 0 = not known yet
	sizes []int
	items []types.Datum
	at    []int // where the walk is
}

func (a *arrayPopulator) array(n jsonSource) (types.Datum, error) {
	if n.kind() != jsonb.Array {
		return types.Null, a.expected()
	}
	if err := a.walk(n, 1); err != nil {
		return types.Null, err
	}
	made := &types.Array{Elem: a.elem.OID, Items: a.items}
	if len(a.items) > 0 {
		for _, size := range a.sizes {
			made.Dims = append(made.Dims, types.Dim{Length: int32(size), Lower: 1})
		}
	}
	return types.Pointer(made), nil
}

func (a *arrayPopulator) expected() error {
	e := sqlstate.New(sqlstate.InvalidTextRepresentation, "expected JSON array")
	if len(a.at) == 0 {
		return e.WithHint("See the value of key \"%s\".", a.key)
	}
	place := ""
	for _, i := range a.at {
		place += fmt.Sprintf("[%d]", i)
	}
	return e.WithHint("See the array element %s of key \"%s\".", place, a.key)
}

func (a *arrayPopulator) walk(n jsonSource, depth int) error {
	next, i := n.elements(), 0
	for e, ok := next(); ok; e, ok = next() {
		a.at = append(a.at[:depth-1], i)
		i++
		if e.kind() == jsonb.Array && (a.depth == 0 || depth < a.depth) {
			if err := a.walk(e, depth+1); err != nil {
				return err
			}
			continue
		}
		if a.depth == 0 {
			a.depth = depth
		}
		if depth != a.depth {
			return a.expected()
		}
		v, err := a.value(e, a.elem, a.key, types.Null)
		if err != nil {
			return err
		}
		a.items = append(a.items, v)
	}
	if a.depth == 0 {
		a.depth = depth
	}
	return a.size(depth, i)
}

// size notes how long the arrays of a dimension are, which must be one length.
func (a *arrayPopulator) size(depth, n int) error {
	for len(a.sizes) < depth {
		a.sizes = append(a.sizes, -1)
	}
	if a.sizes[depth-1] >= 0 && a.sizes[depth-1] != n {
		return sqlstate.New(sqlstate.InvalidTextRepresentation, "malformed JSON array").
			WithDetail("Multidimensional arrays must have sub-arrays with matching dimensions.")
	}
	a.sizes[depth-1] = n
	return nil
}

// WithColumns returns the call of a function that returns record with the columns that
// the query expects.
func (e *Call) WithColumns(columns []RecordColumn) *Call {
	n, p := *e, *e.Proc
	p.Columns = slices.Clone(columns)
	n.Proc = &p
	return &n
}
