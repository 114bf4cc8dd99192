package expr

import (
	"errors"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/query/types/jsonpath"
)

// truth is a condition's value.
type truth uint8

const (
	no truth = iota
	yes
	unknown
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// nested is condition with v as what @ means.
func (r *pathRun) nested(p *jsonpath.Item, v pathItem) (truth, error) {
	before := r.current
	r.current = v
	defer func() { r.current = before }()
	return r.condition(p, v)
}

func (r *pathRun) condition(p *jsonpath.Item, v pathItem) (truth, error) {
	switch p.Kind {
	case jsonpath.And, jsonpath.Or:
		return r.junction(p, v)
	case jsonpath.Not:
		t, err := r.condition(p.Left, v)
		if t == unknown || err != nil {
			return t, err
		}
		return truthOf(t == no), nil
	case jsonpath.IsUnknown:
		t, err := r.condition(p.Left, v)
		return truthOf(t == unknown), err
	case jsonpath.Exists:
		return r.exists(p.Left, v)
	case jsonpath.StartsWith:
		return r.predicate(p, v, false, startsWith)
	case jsonpath.LikeRegex:
		return r.predicate(p, v, false, r.likeRegex(p))
	}
	return r.predicate(p, v, true, func(a, b *pathItem) (truth, error) { return r.compare(p.Kind, a, b) })
}

func (r *pathRun) junction(p *jsonpath.Item, v pathItem) (truth, error) {
	decides, neutral := no, yes
	if p.Kind == jsonpath.Or {
		decides, neutral = yes, no
	}
	left, err := r.condition(p.Left, v)
	if left == decides || err != nil {
		return left, err
	}
	right, err := r.condition(p.Right, v)
	if right == neutral {
		return left, err
	}
	return right, err
}

func (r *pathRun) exists(p *jsonpath.Item, v pathItem) (truth, error) {
	var all found
	to := &all
	if r.lax {
		to = nil
	}
	var got outcome
	err := r.quiet(func() (err error) {
		got, err = r.item(p, v, to)
		return err
	})
	switch {
	case errors.Is(err, errSuppressed):
		return unknown, nil
	case to != nil:
		return truthOf(len(all.items) > 0), err
	}
	return truthOf(bool(got)), err
}

// unwrapped evaluates an operand; in lax mode arrays that it gives are their elements.
func (r *pathRun) unwrapped(p *jsonpath.Item, v pathItem, unwrap bool) ([]pathItem, error) {
	var all found
	if _, err := r.item(p, v, &all); err != nil || !unwrap || !r.lax {
		return all.items, err
	}
	var made found
	for _, i := range all.items {
		if !i.isArray() {
			made.items = append(made.items, i)
			continue
		}
		for e := range i.Elements() {
			made.items = append(made.items, pathItem{Value: e})
		}
	}
	return made.items, nil
}

// predicate tests every pair of what the operands give. In lax mode one that holds is
// enough; in strict mode none may be unknown.
func (r *pathRun) predicate(p *jsonpath.Item, v pathItem, unwrapRight bool, test func(a, b *pathItem) (truth, error)) (truth, error) {
	var left, right []pathItem
	err := r.quiet(func() (err error) {
		if left, err = r.unwrapped(p.Left, v, true); err == nil && p.Right != nil {
			right, err = r.unwrapped(p.Right, v, unwrapRight)
		}
		return err
	})
	if errors.Is(err, errSuppressed) {
		return unknown, nil
	}
	if err != nil {
		return no, err
	}
	if p.Right == nil {
		right = make([]pathItem, 1)
	}
	failed, held := false, false
	for i := range left {
		for k := range right {
			t, err := test(&left[i], &right[k])
			switch {
			case err != nil:
				return no, err
			case t == unknown && !r.lax:
				return unknown, nil
			case t == yes && r.lax:
				return yes, nil
			}
			failed, held = failed || t == unknown, held || t == yes
		}
	}
	switch {
	case held:
		return yes, nil
	case failed:
		return unknown, nil
	}
	return no, nil
}

func startsWith(a, b *pathItem) (truth, error) {
	whole, ok := a.str()
	initial, also := b.str()
	if !ok || !also {
		return unknown, nil
	}
	return truthOf(strings.HasPrefix(whole, initial)), nil
}

func (r *pathRun) likeRegex(p *jsonpath.Item) func(a, _ *pathItem) (truth, error) {
	return func(a, _ *pathItem) (truth, error) {
		s, ok := a.str()
		if !ok {
			return unknown, nil
		}
		matched, err := p.Regex.Match(s, goesOn(r.env))
		return truthOf(matched), err
	}
}

// compare compares two items; containers and different types are not comparable.
func (r *pathRun) compare(op jsonpath.Kind, a, b *pathItem) (truth, error) {
	if a.time != 0 && b.time != 0 {
		c, comparable, err := r.compareTimes(a, b)
		if !comparable || err != nil {
			return unknown, err
		}
		return holds(op, c), nil
	}
	kind := a.Kind()
	switch {
	case a.time == 0 && kind == jsonb.Null, b.time == 0 && b.Kind() == jsonb.Null:
		if a.time == 0 && b.time == 0 && kind == b.Kind() {
			return holds(op, 0), nil
		}
		return truthOf(op == jsonpath.NotEqual), nil
	case a.time != 0 || b.time != 0 || kind != b.Kind() || kind == jsonb.Array || kind == jsonb.Object:
		return unknown, nil
	}
	return holds(op, jsonb.Compare(a.Doc(), b.Doc())), nil
}

func holds(op jsonpath.Kind, c int) truth {
	switch op {
	case jsonpath.Equal:
		return truthOf(c == 0)
	case jsonpath.NotEqual:
		return truthOf(c != 0)
	case jsonpath.Less:
		return truthOf(c < 0)
	case jsonpath.Greater:
		return truthOf(c > 0)
	case jsonpath.LessOrEqual:
		return truthOf(c <= 0)
	}
	return truthOf(c >= 0)
}

// compareTimes compares datetimes; a date or time without zone is taken for one of the
// session's zone where the other has one.
func (r *pathRun) compareTimes(a, b *pathItem) (c int, comparable bool, err error) {
	ofDay := func(t types.OID) bool { return t == types.TimeOID || t == types.TimetzOID }
	if ofDay(a.time) != ofDay(b.time) {
		return 0, false, nil
	}
	common := wider(a.time, b.time)
	x, err := r.castTime(a, common)
	if err != nil {
		return 0, false, err
	}
	y, err := r.castTime(b, common)
	if err != nil {
		return 0, false, err
	}
	return types.Compare(common, x, y), true, nil
}

// wider is the type that both can be compared as.
func wider(a, b types.OID) types.OID {
	for _, t := range []types.OID{types.TimestamptzOID, types.TimestampOID, types.TimetzOID} {
		if a == t || b == t {
			return t
		}
	}
	return a
}
