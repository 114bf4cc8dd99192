package expr

import (
	"math"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/query/types/jsonpath"
	"github.com/projsql/projsql/wire/sqlstate"
)

var pathOperators = map[jsonpath.Kind]func(a, b types.Datum) (types.Datum, error){
	jsonpath.Add: types.NumericAdd, jsonpath.Subtract: types.NumericSub, jsonpath.Multiply: types.NumericMul,
	jsonpath.Divide: types.NumericDiv, jsonpath.Modulo: types.NumericMod,
}

func (r *pathRun) binary(p *jsonpath.Item, v pathItem, to *found) (outcome, error) {
	a, b, err := r.operands(p, v)
	if err != nil {
		return false, err
	}
	n, err := pathOperators[p.Kind](a, b)
	if err != nil && !r.throws {
		err = errSuppressed
	}
	if err != nil || p.Next == nil && to == nil {
		return true, err
	}
	return r.made(p, to)(numberItem(n))
}

// operands evaluates both sides before it looks at either's kind.
func (r *pathRun) operands(p *jsonpath.Item, v pathItem) (a, b types.Datum, err error) {
	left, err := r.unwrapped(p.Left, v, true)
	if err != nil {
		return a, b, err
	}
	right, err := r.unwrapped(p.Right, v, true)
	if err != nil {
		return a, b, err
	}
	side := "left"
	for _, o := range []struct {
		items []pathItem
		to    *types.Datum
	}{{left, &a}, {right, &b}} {
		ok := len(o.items) == 1
		if ok {
			*o.to, ok = o.items[0].numeric()
		}
		if !ok {
			return a, b, r.fail(sqlstate.SingletonJSONItemRequired, "%s operand of jsonpath operator %s is not a single numeric value", side, p.Kind)
		}
		side = "right"
	}
	return a, b, nil
}

func (r *pathRun) unary(p *jsonpath.Item, v pathItem, to *found) (outcome, error) {
	items, err := r.unwrapped(p.Left, v, true)
	if err != nil {
		return false, err
	}
	any := outcome(false)
	for _, i := range items {
		n, ok := i.numeric()
		switch asks := to == nil && p.Next == nil; {
		case ok && asks:
			return true, nil
		case asks:
			continue
		case !ok:
			return false, r.fail(sqlstate.JSONNumberNotFound, "operand of unary jsonpath operator %s is not a numeric value", p.Kind)
		}
		if p.Kind == jsonpath.Minus {
			n = types.NumericNeg(n)
		}
		got, err := r.made(p, to)(numberItem(n))
		if err != nil || bool(got) && to == nil {
			return got, err
		}
		any = any || got
	}
	return any, nil
}

func (r *pathRun) method(p *jsonpath.Item, v pathItem, to *found) (outcome, error) {
	made := r.made(p, to)
	switch p.Kind {
	case jsonpath.Type:
		return made(textItem(v.typeName()))
	case jsonpath.Size:
		size := v.size()
		if size < 0 {
			if !r.lax {
				return r.structural(sqlstate.JSONArrayNotFound, "jsonpath item method .%s() can only be applied to an array", p.Kind)
			}
			size = 1
		}
		return made(numberItem(types.NumericFromInt(int64(size))))
	case jsonpath.Double:
		return r.double(p, v, to)
	case jsonpath.Datetime:
		return r.datetime(p, v, to)
	case jsonpath.KeyValue:
		return r.keyValue(p, v, to)
	}
	n, ok := v.numeric()
	if !ok {
		return false, r.fail(sqlstate.NonNumericJSONItem, "jsonpath item method .%s() can only be applied to a numeric value", p.Kind)
	}
	var err error
	switch p.Kind {
	case jsonpath.Abs:
		n = types.NumericAbs(n)
	case jsonpath.Floor:
		n, err = types.NumericFloor(n)
	default:
		n, err = types.NumericCeil(n)
	}
	if err != nil {
		return false, err
	}
	return made(numberItem(n))
}

func (r *pathRun) double(p *jsonpath.Item, v pathItem, to *found) (outcome, error) {
	parse := func(s string) (float64, bool) {
		d, err := types.Parse(nil, types.Of(types.Float8OID), s)
		if err != nil {
			return 0, false
		}
		f := d.Float()
		return f, !math.IsInf(f, 0) && !math.IsNaN(f)
	}
	if n, ok := v.numeric(); ok {
		if _, ok := parse(types.NumericText(n)); !ok {
			return false, r.fail(sqlstate.NonNumericJSONItem, "numeric argument of jsonpath item method .%s() is out of range for type double precision", p.Kind)
		}
		return r.next(p, v, to)
	}
	s, ok := v.str()
	if !ok {
		return false, r.fail(sqlstate.NonNumericJSONItem, "jsonpath item method .%s() can only be applied to a string or numeric value", p.Kind)
	}
	f, ok := parse(s)
	if !ok {
		return false, r.fail(sqlstate.NonNumericJSONItem, "string argument of jsonpath item method .%s() is not a valid representation of a double precision number", p.Kind)
	}
	return r.made(p, to)(numberItem(types.NumericFromFloat(f, 64)))
}

// isoFormats are what datetime() without a format reads.
var isoFormats = []string{
	"yyyy-mm-dd",
	"HH24:MI:SS.USTZH:TZM", "HH24:MI:SS.USTZH", "HH24:MI:SSTZH:TZM", "HH24:MI:SSTZH", "HH24:MI:SS.US", "HH24:MI:SS",
	"yyyy-mm-dd HH24:MI:SS.USTZH:TZM", "yyyy-mm-dd HH24:MI:SS.USTZH", "yyyy-mm-dd HH24:MI:SSTZH:TZM", "yyyy-mm-dd HH24:MI:SSTZH",
	`yyyy-mm-dd"T"HH24:MI:SS.USTZH:TZM`, `yyyy-mm-dd"T"HH24:MI:SS.USTZH`, `yyyy-mm-dd"T"HH24:MI:SSTZH:TZM`, `yyyy-mm-dd"T"HH24:MI:SSTZH`,
	"yyyy-mm-dd HH24:MI:SS.US", "yyyy-mm-dd HH24:MI:SS", `yyyy-mm-dd"T"HH24:MI:SS.US`, `yyyy-mm-dd"T"HH24:MI:SS`,
}

func (r *pathRun) datetime(p *jsonpath.Item, v pathItem, to *found) (outcome, error) {
	s, ok := v.str()
	if !ok {
		return false, r.fail(sqlstate.InvalidArgumentForJSONDatetime, "jsonpath item method .%s() can only be applied to a string", p.Kind)
	}
	formats := isoFormats
	if p.Left != nil {
		formats = []string{p.Left.Text}
	}
	var made pathItem
	var err error
	for _, f := range formats {
		if made.time, made.date, made.west, err = readDatetime(s, f); err == nil {
			break
		}
	}
	switch {
	case err == nil:
		return r.next(p, made, to)
	case !r.throws:
		return false, errSuppressed
	case p.Left != nil:
		return false, err
	}
	return false, sqlstate.New(sqlstate.InvalidArgumentForJSONDatetime, "datetime format is not recognized: \"%s\"", s).
		WithHint("Use a datetime template argument to specify the input data format.")
}

// castTime converts a datetime to the type it is compared as.
func (r *pathRun) castTime(i *pathItem, to types.OID) (types.Datum, error) {
	if i.time == to {
		return i.date, nil
	}
	if !r.zoned && (to == types.TimestamptzOID || to == types.TimetzOID) {
		names := map[types.OID]string{
			types.DateOID: "date", types.TimeOID: "time", types.TimestampOID: "timestamp", types.TimestamptzOID: "timestamptz", types.TimetzOID: "timetz",
		}
		return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "cannot convert value from %s to %s without time zone usage", names[i.time], names[to]).
			WithHint("Use *_tz() function for time zone support.")
	}
	switch {
	case to == types.TimetzOID:
		return timeTimetz(r.env, i.date)
	case to == types.TimestampOID:
		return saturated(dateTimestamp(i.date.Int()))(i)
	case i.time == types.DateOID:
		return saturated(localDateInstant(r.env, i.date.Int()))(i)
	}
	return saturated(instant(r.env, i.date.Int()))(i)
}

// saturated takes what is out of range for an infinity.
func saturated(ts int64, err error) func(*pathItem) (types.Datum, error) {
	return func(i *pathItem) (types.Datum, error) {
		switch {
		case err == nil:
			return types.Int(ts), nil
		case i.date.Int() < 0:
			return types.Int(types.TimeMinusInfinity), nil
		}
		return types.Int(types.TimeInfinity), nil
	}
}

func (r *pathRun) keyValue(p *jsonpath.Item, v pathItem, to *found) (outcome, error) {
	if v.time != 0 || v.Kind() != jsonb.Object {
		return false, r.fail(sqlstate.JSONObjectNotFound, "jsonpath item method .%s() can only be applied to an object", p.Kind)
	}
	const idsOfBase = 10_000_000_000
	id := r.base.id*idsOfBase + r.base.offset(v.Value)
	got := outcome(false)
	for key, value := range v.Pairs() {
		if got = true; p.Next == nil && to == nil {
			break
		}
		made, err := built(func(b *jsonb.Builder) {
			b.BeginObject()
			b.Key("id")
			b.Int(id)
			b.Key("key")
			b.String(key)
			b.Key("value")
			b.Value(value)
			b.End()
		})
		if err != nil {
			return false, err
		}
		base := &pathBase{id: r.nextID, root: made.Value}
		r.nextID++
		got, err = r.inBase(base, func() (outcome, error) { return r.next(p, made, to) })
		if err != nil || bool(got) && to == nil {
			return got, err
		}
	}
	return got, nil
}

// offset is the place of a container in PostgreSQL's format of the base.
func (b *pathBase) offset(v jsonb.Value) int64 {
	if b.offsets == nil {
		b.offsets = jsonb.StoredOffsets(b.root)
	}
	return b.offsets[v.ID()]
}
