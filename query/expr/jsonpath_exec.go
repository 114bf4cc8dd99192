package expr

import (
	"errors"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/query/types/jsonpath"
	"github.com/projsql/projsql/wire/sqlstate"
)

// pathRun applies a path to one document.
type pathRun struct {
	env       *Env
	lax       bool
	lenient   bool // structural errors find nothing
	throws    bool // else an error is only that there is one
	zoned     bool // the session's time zone may be used
	root      *pathBase
	vars      *pathBase // nil = none
	current   pathItem
	innermost int // size of the array whose subscript is evaluated, -1 = none
	nextID    int64
	base      *pathBase
	steps     int
}

// found collects items; nil asks only whether there is one.
type found struct{ items []pathItem }

// outcome of a step: whether something was found.
type outcome bool

// suppressed is an error whose text nobody asked for.
var errSuppressed = errors.New("suppressed jsonpath error")

// fail returns the error that make makes, if it is asked for.
func (r *pathRun) fail(code sqlstate.Code, format string, args ...any) error {
	if !r.throws {
		return errSuppressed
	}
	return sqlstate.New(code, format, args...)
}

// structural is fail for what a lax path passes over.
func (r *pathRun) structural(code sqlstate.Code, format string, args ...any) (outcome, error) {
	if r.lenient {
		return false, nil
	}
	return false, r.fail(code, format, args...)
}

// quiet evaluates with errors suppressed.
func (r *pathRun) quiet(f func() error) error {
	throws := r.throws
	r.throws = false
	err := f()
	r.throws = throws
	return err
}

// pathStepsBetweenChecks is how often a run asks whether to go on.
const pathStepsBetweenChecks = 1024

// item applies an item and what is behind it; arrays are unwrapped in lax mode.
func (r *pathRun) item(p *jsonpath.Item, v pathItem, to *found) (outcome, error) {
	return r.target(p, v, to, r.lax)
}

func (r *pathRun) target(p *jsonpath.Item, v pathItem, to *found, unwrap bool) (outcome, error) {
	if r.steps++; r.steps%pathStepsBetweenChecks == 0 {
		if goOn := goesOn(r.env); goOn != nil {
			if err := goOn(); err != nil {
				return false, err
			}
		}
	}
	switch p.Kind {
	case jsonpath.Key, jsonpath.AnyKey, jsonpath.Filter, jsonpath.Abs, jsonpath.Floor, jsonpath.Ceiling,
		jsonpath.Double, jsonpath.Datetime, jsonpath.KeyValue:
		if unwrap && v.isArray() {
			return r.anyOf(p, v, to, oneLevel(false))
		}
	}
	switch p.Kind {
	case jsonpath.Key:
		return r.key(p, v, to)
	case jsonpath.Root:
		return r.inBase(r.root, func() (outcome, error) { return r.next(p, pathItem{Value: r.root.root}, to) })
	case jsonpath.Current:
		return r.next(p, r.current, to)
	case jsonpath.AnyArray:
		return r.anyArray(p, v, to)
	case jsonpath.IndexArray:
		return r.indexArray(p, v, to)
	case jsonpath.AnyKey:
		if v.time == 0 && v.Kind() == jsonb.Object {
			return r.anyOf(p.Next, v, to, oneLevel(r.lax))
		}
		return r.structural(sqlstate.JSONObjectNotFound, "jsonpath wildcard member accessor can only be applied to an object")
	case jsonpath.Any:
		return r.anyLevel(p, v, to)
	case jsonpath.Filter:
		if t, err := r.nested(p.Left, v); t != yes || err != nil {
			return false, err
		}
		return r.next(p, v, to)
	case jsonpath.Last, jsonpath.Null, jsonpath.Bool, jsonpath.Number, jsonpath.String, jsonpath.Variable:
		return r.literal(p, to)
	case jsonpath.Add, jsonpath.Subtract, jsonpath.Multiply, jsonpath.Divide, jsonpath.Modulo:
		return r.binary(p, v, to)
	case jsonpath.Plus, jsonpath.Minus:
		return r.unary(p, v, to)
	case jsonpath.Type, jsonpath.Size, jsonpath.Abs, jsonpath.Floor, jsonpath.Ceiling, jsonpath.Double, jsonpath.Datetime, jsonpath.KeyValue:
		return r.method(p, v, to)
	}
	t, err := r.condition(p, v)
	if err != nil || p.Next == nil && to == nil {
		return true, err
	}
	return r.made(p, to)(boolItem(t))
}

// next applies what is behind an item to a value, or takes it.
func (r *pathRun) next(p *jsonpath.Item, v pathItem, to *found) (outcome, error) {
	return r.apply(p.Next, v, to)
}

func (r *pathRun) apply(next *jsonpath.Item, v pathItem, to *found) (outcome, error) {
	if next != nil {
		return r.item(next, v, to)
	}
	if to != nil {
		to.items = append(to.items, v)
	}
	return true, nil
}

// made is next for an item that was made.
func (r *pathRun) made(p *jsonpath.Item, to *found) func(pathItem, error) (outcome, error) {
	return func(v pathItem, err error) (outcome, error) {
		if err != nil {
			return false, err
		}
		return r.next(p, v, to)
	}
}

// inBase evaluates with another document as the one that objects are numbered in.
func (r *pathRun) inBase(base *pathBase, f func() (outcome, error)) (outcome, error) {
	before := r.base
	r.base = base
	defer func() { r.base = before }()
	return f()
}

func (r *pathRun) key(p *jsonpath.Item, v pathItem, to *found) (outcome, error) {
	if v.time != 0 || v.Kind() != jsonb.Object {
		return r.structural(sqlstate.JSONMemberNotFound, "jsonpath member accessor can only be applied to an object")
	}
	member, ok := v.Get(p.Text)
	if !ok {
		return r.structural(sqlstate.JSONMemberNotFound, "JSON object does not contain key \"%s\"", p.Text)
	}
	return r.next(p, pathItem{Value: member}, to)
}

func (r *pathRun) anyArray(p *jsonpath.Item, v pathItem, to *found) (outcome, error) {
	switch {
	case v.isArray():
		return r.anyOf(p.Next, v, to, oneLevel(r.lax))
	case r.lax:
		return r.next(p, v, to)
	}
	return r.structural(sqlstate.JSONArrayNotFound, "jsonpath wildcard array accessor can only be applied to an array")
}

func (r *pathRun) indexArray(p *jsonpath.Item, v pathItem, to *found) (outcome, error) {
	size := v.size()
	if size < 0 && !r.lax {
		return r.structural(sqlstate.JSONArrayNotFound, "jsonpath array accessor can only be applied to an array")
	}
	before := r.innermost
	defer func() { r.innermost = before }()
	var got outcome
	for _, s := range p.Subscripts {
		r.innermost = max(size, 1)
		if size >= 0 {
			r.innermost = size
		}
		from, until, err := r.bounds(s, v)
		if err != nil {
			return false, err
		}
		if !r.lenient && (from < 0 || from > until || until >= r.innermost) {
			return false, r.fail(sqlstate.InvalidJSONSubscript, "jsonpath array subscript is out of bounds")
		}
		got = false
		for i := max(from, 0); i <= min(until, r.innermost-1); i++ {
			element := v
			if size >= 0 {
				e, _ := v.At(i)
				element = pathItem{Value: e}
			}
			if got, err = r.next(p, element, to); err != nil || bool(got) && to == nil {
				return got, err
			}
		}
	}
	return got, nil
}

func (r *pathRun) bounds(s jsonpath.Subscript, v pathItem) (from, until int, err error) {
	if from, err = r.index(s.From, v); err != nil || s.To == nil {
		return from, from, err
	}
	until, err = r.index(s.To, v)
	return from, until, err
}

func (r *pathRun) index(p *jsonpath.Item, v pathItem) (int, error) {
	var f found
	if _, err := r.item(p, v, &f); err != nil {
		return 0, err
	}
	var n types.Datum
	ok := len(f.items) == 1
	if ok {
		n, ok = f.items[0].numeric()
	}
	if !ok {
		return 0, r.fail(sqlstate.InvalidJSONSubscript, "jsonpath array subscript is not a single numeric value")
	}
	n, err := types.NumericTrunc(n, 0)
	if err != nil {
		return 0, err
	}
	i, err := types.NumericToInt(types.Int4OID, n)
	if err != nil {
		return 0, r.fail(sqlstate.InvalidJSONSubscript, "jsonpath array subscript is out of integer range")
	}
	return int(i), nil
}

// pathLevels says how deep anyOf goes.
type pathLevels struct {
	first, last uint32
	lenient     bool
	unwrap      bool // what is behind unwraps arrays
}

func oneLevel(unwrap bool) pathLevels { return pathLevels{first: 1, last: 1, unwrap: unwrap} }

func (r *pathRun) anyLevel(p *jsonpath.Item, v pathItem, to *found) (outcome, error) {
	if p.First == 0 {
		before := r.lenient
		r.lenient = true
		got, err := r.next(p, v, to)
		r.lenient = before
		if err != nil || bool(got) && to == nil {
			return got, err
		}
	}
	return r.anyOf(p.Next, v, to, pathLevels{first: p.First, last: p.Last, lenient: true, unwrap: r.lax})
}

func (r *pathRun) anyOf(next *jsonpath.Item, v pathItem, to *found, l pathLevels) (outcome, error) {
	return r.within(next, v, to, l, 1)
}

// within applies next to the elements or members of a container, level by level.
func (r *pathRun) within(next *jsonpath.Item, v pathItem, to *found, l pathLevels, level uint32) (got outcome, err error) {
	if level > l.last || v.time != 0 {
		return false, nil
	}
	visit := func(e jsonb.Value) bool {
		inner := e.Kind() == jsonb.Array || e.Kind() == jsonb.Object
		item := pathItem{Value: e}
		if level >= l.first || l.first == jsonpath.LastLevel && l.last == jsonpath.LastLevel && !inner {
			if got, err = r.visit(next, item, to, l); err != nil || bool(got) && to == nil {
				return false
			}
		}
		if level < l.last && inner {
			if got, err = r.within(next, item, to, l, level+1); err != nil || bool(got) && to == nil {
				return false
			}
		}
		return true
	}
	if v.Kind() == jsonb.Object {
		for _, e := range v.Pairs() {
			if !visit(e) {
				break
			}
		}
		return got, err
	}
	for e := range v.Elements() {
		if !visit(e) {
			break
		}
	}
	return got, err
}

func (r *pathRun) visit(next *jsonpath.Item, v pathItem, to *found, l pathLevels) (outcome, error) {
	if next == nil {
		return r.apply(nil, v, to)
	}
	if l.lenient {
		before := r.lenient
		r.lenient = true
		defer func() { r.lenient = before }()
	}
	return r.target(next, v, to, l.unwrap)
}

// literal is an item that stands for a value.
func (r *pathRun) literal(p *jsonpath.Item, to *found) (outcome, error) {
	if p.Next == nil && to == nil && p.Kind != jsonpath.Variable {
		return true, nil
	}
	made := r.made(p, to)
	switch p.Kind {
	case jsonpath.Last:
		return made(numberItem(types.NumericFromInt(int64(r.innermost - 1))))
	case jsonpath.Null:
		return made(boolItem(unknown))
	case jsonpath.Bool:
		return made(boolItem(truthOf(p.Bool)))
	case jsonpath.String:
		return made(textItem(p.Text))
	case jsonpath.Number:
		return made(built(func(b *jsonb.Builder) { b.Number(p.Text) }))
	}
	v, base, err := r.variable(p.Text)
	if err != nil {
		return false, err
	}
	return r.inBase(base, func() (outcome, error) { return r.next(p, v, to) })
}

func (r *pathRun) variable(name string) (pathItem, *pathBase, error) {
	if r.vars != nil {
		if v, ok := r.vars.root.Get(name); ok {
			return pathItem{Value: v}, r.vars, nil
		}
	}
	return pathItem{}, nil, sqlstate.New(sqlstate.UndefinedObject, "could not find jsonpath variable \"%s\"", name)
}
