package types_test

import (
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/types"
)

var units = strings.Fields("microseconds milliseconds second minute hour day week month quarter year decade century millennium epoch julian isoyear dow isodow doy timezone timezone_hour timezone_minute foo")

func datetimeProbes() []probe {
	moments := []string{"2024-02-29 13:14:15.161718", "1999-12-31 23:59:59.999999", "0044-03-15 12:00:00 BC", "0001-01-01 00:00:00", "2000-01-01 00:00:00", "2001-01-01 00:00:00", "infinity", "-infinity", "1969-07-20 20:17:40", "2024-12-30 01:00:00"}
	spans := []string{"1 year 2 mons 3 days 04:05:06.789", "-1 year -2 mons -3 days -04:05:06.789", "0", "1 mon", "31 days", "-1 mon", "100 years", "36:00:00", "1 mon -1 day", "-1 day 25:00:00", "35 days -36:00:00", "1 us", "178000000 years"}
	var all []probe
	for _, u := range units {
		for _, m := range moments {
			for _, t := range []string{"timestamp", "timestamptz", "date"} {
				all = append(all, probe{"extract", t, u, m})
			}
			all = append(all, probe{"trunc", "timestamp", u, m})
		}
		for _, s := range spans {
			all = append(all, probe{"extract", "interval", u, s}, probe{"trunc", "interval", u, s})
		}
		for _, s := range []string{"04:05:06.789", "24:00:00"} {
			all = append(all, probe{"extract", "time", u, s}, probe{"extract", "timetz", u, s + "+05:30"})
		}
	}
	for _, a := range moments {
		for _, s := range spans {
			all = append(all, probe{"add", "timestamp", a, s}, probe{"add", "timestamptz", a, s})
		}
		for _, b := range moments {
			all = append(all, probe{"sub", "timestamp", a, b})
			if !strings.Contains(a+b, "infinity") { // PostgreSQL 15 takes their bits for times; we refuse
				all = append(all, probe{"age", "timestamp", a, b})
			}
		}
	}
	for _, a := range spans {
		for _, op := range []string{"justify_hours", "justify_days", "justify_interval", "neg"} {
			all = append(all, probe{op, "interval", a, ""})
		}
		for _, f := range []string{"0", "1.5", "-2", "0.1", "3", "1e10", "0.333333"} {
			all = append(all, probe{"mul", "interval", a, f}, probe{"div", "interval", a, f})
		}
		for _, b := range spans {
			all = append(all, probe{"add", "interval", a, b}, probe{"sub", "interval", a, b})
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 300 {
		a, b, s := randomTimestamp(r), randomTimestamp(r), randomInterval(r)
		f := strconv.FormatFloat(randomFloat(r), 'g', 6, 64)
		all = append(all, probe{"age", "timestamp", a, b}, probe{"sub", "timestamp", a, b}, probe{"add", "timestamptz", a, s},
			probe{"add", "timestamp", a, s}, probe{"mul", "interval", s, f}, probe{"div", "interval", s, f}, probe{"extract", "timestamptz", units[r.IntN(len(units))], a},
			probe{"tojson", "timestamptz", a, ""}, probe{"tojson", "timestamp", a, ""}, probe{"tojson", "interval", s, ""})
	}
	for _, p := range [][2]string{
		{"_int4", "{{1,2},{3,NULL}}"},
		{"_text", "{a,\"b c\",NULL}"},
		{"numeric", "1.50"},
		{"numeric", "NaN"},
		{"float8", "1e20"},
		{"float8", "-Infinity"},
		{"bool", "t"},
		{"text", "a\"b"},
		{"json", `{"b": 1,"a":2, "b":3}`},
		{"jsonb", `{"b":1}`},
		{"date", "2024-01-02"},
		{"date", "0001-01-01 BC"},
		{"timestamptz", "0001-01-01 BC"},
		{"timestamptz", "infinity"},
		{"uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{"bytea", "ab"},
		{"_timestamptz", "{2024-01-02}"},
		{"_bool", "{}"},
		{"int8", "5"},
	} {
		all = append(all, probe{"tojson", p[0], p[1], ""})
	}
	return all
}

const newYork = "SET TimeZone = 'America/New_York'"

func askDatetime(o *oracle, p probe) answer {
	o.settings(newYork)
	t := typeOf(p[1])
	iv, f8 := types.IntervalOID, types.Float8OID
	switch p[0] {
	case "extract":
		return o.query("SELECT extract("+p[2]+" FROM $1)", []types.OID{t}, p[3:], nil)
	case "trunc":
		return o.query("SELECT date_trunc('"+p[2]+"', $1)", []types.OID{t}, p[3:], nil)
	case "age":
		return o.query("SELECT age($1, $2)", []types.OID{t, t}, p[2:], nil)
	case "sub":
		return o.query("SELECT $1 - $2", []types.OID{t, t}, p[2:], nil)
	case "add":
		return o.query("SELECT $1 + $2", []types.OID{t, iv}, p[2:], nil)
	case "mul":
		return o.query("SELECT $1 * $2", []types.OID{t, f8}, p[2:], nil)
	case "div":
		return o.query("SELECT $1 / $2", []types.OID{t, f8}, p[2:], nil)
	case "neg":
		return o.query("SELECT - $1", []types.OID{t}, p[2:3], nil)
	case "tojson":
		return o.query("SELECT to_json($1), to_jsonb($1)", []types.OID{t}, p[2:3], nil)
	}
	return o.query("SELECT "+p[0]+"($1)", []types.OID{t}, p[2:3], nil)
}

func ourDatetime(p probe) answer {
	env := types.NewEnv()
	env.TimeZone = zone("America/New_York")
	if p[0] == "tojson" {
		return ourJSON(env, p)
	}
	first := p[2]
	if p[0] == "extract" || p[0] == "trunc" {
		first = p[3]
	}
	a, err := types.Parse(env, types.Of(typeOf(p[1])), first)
	if err != nil {
		return failed(err)
	}
	d, t, err := timeOp(env, p, a)
	if err != nil {
		return failed(err)
	}
	if d.IsNull() {
		return answer{fields: []string{"NULL"}}
	}
	return answer{fields: []string{types.Text(env, t, d)}}
}

func ourJSON(env *types.Env, p probe) answer {
	t := typeOf(p[1])
	d, err := types.Parse(env, types.Of(t), p[2])
	if err != nil {
		return failed(err)
	}
	text, err := types.ToJSON(env, t, d)
	if err != nil {
		return failed(err)
	}
	doc, err := types.ToJSONB(env, t, d)
	if err != nil {
		return failed(err)
	}
	return answer{fields: []string{text, types.Text(env, types.JSONBOID, doc)}}
}

func timeOp(env *types.Env, p probe, a types.Datum) (types.Datum, types.OID, error) {
	t := typeOf(p[1])
	switch p[0] {
	case "extract":
		d, err := types.Extract(env, p[2], t, a)
		return d, types.NumericOID, err
	case "trunc":
		if t == types.IntervalOID {
			i, err := types.IntervalTrunc(p[2], a.Interval())
			return types.IntervalOf(i), t, err
		}
		ts, err := types.DateTrunc(p[2], a.Int())
		return types.Int(ts), t, err
	}
	if t == types.IntervalOID {
		i, err := intervalOp(p, a.Interval())
		return types.IntervalOf(i), t, err
	}
	second := t
	if p[0] == "add" {
		second = types.IntervalOID
	}
	b, err := types.Parse(env, types.Of(second), p[3])
	if err != nil {
		return types.Null, 0, err
	}
	switch p[0] {
	case "age":
		i, err := types.TimestampAge(a.Int(), b.Int())
		return types.IntervalOf(i), types.IntervalOID, err
	case "sub":
		i, err := types.TimestampSub(a.Int(), b.Int())
		return types.IntervalOf(i), types.IntervalOID, err
	}
	add := types.TimestampAdd
	if t == types.TimestamptzOID {
		add = func(ts int64, i types.Interval) (int64, error) {
			return types.TimestamptzAdd(ts, i, env.TimeZone)
		}
	}
	ts, err := add(a.Int(), b.Interval())
	return types.Int(ts), t, err
}

func intervalOp(p probe, a types.Interval) (types.Interval, error) {
	switch p[0] {
	case "justify_hours":
		return types.JustifyHours(a)
	case "justify_days":
		return types.JustifyDays(a)
	case "justify_interval":
		return types.Justify(a)
	case "neg":
		return types.IntervalNeg(a)
	case "mul", "div":
		f, err := types.Parse(nil, types.Of(types.Float8OID), p[3])
		if err != nil {
			return a, err
		}
		if p[0] == "mul" {
			return types.IntervalMul(a, f.Float())
		}
		return types.IntervalDiv(a, f.Float())
	}
	b, err := types.Parse(nil, types.Of(types.IntervalOID), p[3])
	if err != nil {
		return a, err
	}
	if p[0] == "add" {
		return types.IntervalAdd(a, b.Interval())
	}
	return types.IntervalSub(a, b.Interval())
}
