package types_test

import (
	"errors"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
)

func typmodProbes() []probe {
	var all []probe
	add := func(t, mod, written string, inputs ...string) {
		for _, in := range inputs {
			all = append(all, probe{t, mod, written, in})
		}
	}
	numbers := []string{"0", "1.005", "-1.005", "99.99", "99.995", "999.9", "1e10", "NaN", "Infinity", "0.004", "123456", "-0.5", "0.00001"}
	add("numeric", "262150", "numeric(4,2)", numbers...)
	add("numeric", "131078", "numeric(2,2)", numbers...)
	add("numeric", "327684", "numeric(5,0)", numbers...)
	add("numeric", strconv.Itoa(5<<16|0x7fd+4), "numeric(5,-3)", numbers...)
	texts := []string{"", "a", "abc", "abcd", "abc   ", "äöüß", "  "}
	add("varchar", "7", "varchar(3)", texts...)
	add("bpchar", "7", "char(3)", texts...)
	add("time", "2", "time(2)", "04:05:06.789", "23:59:59.999")
	add("timetz", "0", "timetz(0)", "04:05:06.789+02")
	add("timestamp", "3", "timestamp(3)", "2024-01-02 03:04:05.678912", "1999-12-31 23:59:59.9995", "1950-01-01 00:00:00.0005", "infinity")
	add("timestamptz", "0", "timestamptz(0)", "2024-01-02 03:04:05.5+00", "1950-01-01 00:00:00.5+00")
	spans := []string{"1 year 2 mons 3 days 04:05:06.789", "-1 year -2 mons -3 days -04:05:06.789"}
	for _, f := range []struct {
		mask    int
		written string
	}{
		{4, "year"},
		{2, "month"},
		{8, "day"},
		{1024, "hour"},
		{2048, "minute"},
		{4096, "second"},
		{6, "year to month"},
		{1032, "day to hour"},
		{3080, "day to minute"},
		{7176, "day to second"},
		{3072, "hour to minute"},
		{7168, "hour to second"},
		{6144, "minute to second"},
	} {
		add("interval", strconv.Itoa(f.mask<<16|0xffff), "interval "+f.written, spans...)
	}
	add("interval", strconv.Itoa(0x7fff<<16|2), "interval(2)", spans...)
	add("_numeric", "262150", "numeric(4,2)[]", "{1.005,NULL}", "{999}")
	add("_varchar", "7", "varchar(3)[]", "{abcd,x}")
	return all
}

func compareProbes() []probe {
	sets := map[string][]string{
		"numeric":  {"0", "0.00", "1", "1.0", "1.00000000000000000000000000000000000000000000000000000000000000000000000000", "-1", "NaN", "Infinity", "-Infinity", "123456789012345678901234567890", "0.0000000000000000000000000000001", "9223372036854775807", "9223372036854775807.1", "1e60", "-0.5", "99999999999999999.5"},
		"float8":   {"0", "-0", "1", "-1", "NaN", "Infinity", "-Infinity", "1e300"},
		"text":     {"", "a", "A", "b", "ab", "ä", "a ", "z"},
		"bpchar":   {"", "a", "a  ", "b", " a"},
		"bool":     {"t", "f"},
		"bytea":    {"", `\x00`, `\x01`, `\xff`, `\x0001`},
		"uuid":     {"00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "ffffffff-ffff-ffff-ffff-ffffffffffff"},
		"interval": {"0", "1 day", "24:00:00", "30 days", "1 mon", "-1 day", "1 mon -30 days", "1 year", "360 days", "365 days", "23:59:59.999999", "1 day -1 us", "-1 us", "2000000000 days", "60000000 mons"},
		"timetz":   {"12:00+00", "13:00+01", "12:00+01", "11:00-01", "00:00+00"},
		"date":     {"infinity", "-infinity", "2024-01-01", "0001-01-01 BC"},
		"_int4":    {"{}", "{1}", "{1,2}", "{2}", "{NULL}", "{1,NULL}", "[0:0]={1}", "{{1},{2}}", "{{1,2}}", "[2:3]={1,2}"},
		"_text":    {"{}", "{a}", "{b,a}", "{NULL}"},
		"jsonb": {
			"null", "true", "false", "1", "1.0", "2", "-1", "10", `"a"`, `"b"`, `""`, "[]", "[1]", "[2]", "[1,2]", "[null]", `["a"]`, "[[]]", "[[1]]", "[{}]", "{}", `{"a":1}`, `{"a":1.00}`, `{"a":2}`, `{"b":1}`, `{"aa":1}`,
			`{"a":1,"b":2}`, `{"a":[]}`, `{"b":null,"aa":1}`, "0.5", "-0.5", "-10", "100000000000000000000000", `[1,"a"]`, "[true]", "[false]",
		},
		"int4range":      {"empty", "(,)", "[1,3)", "(,3)", "[1,)", "[1,4)", "[2,3)", "(,1)"},
		"numrange":       {"empty", "(,)", "[1,3)", "[1.0,3.00)", "(1,3)", "[1,3]", "(1,3]", "(,3)", "(,3]", "[1,)", "(1,)", "[NaN,]"},
		"int4multirange": {"{}", "{(,)}", "{[1,3)}", "{[1,3),[5,7)}", "{[1,3),[5,8)}", "{(,3),[5,7)}", "{[2,3)}"},
		"nummultirange":  {"{}", "{[1,3)}", "{[1.00,3),[5,6.0]}", "{[1,3.0),[5,6]}", "{[1,3),(5,6]}"},
		"char":           {"a", "b", "", "\\377"}, "oid": {"0", "1", "4294967295"}, "int8": {"-9223372036854775808", "9223372036854775807", "0"},
		"inet":    {"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/9", "10.0.0.1/8", "10.0.0.2/8", "10.128.0.0/9", "10.1.2.3", "10.1.2.3/31", "255.255.255.255", "::/0", "::", "::/65", "::1", "ffff::/16"},
		"cidr":    {"0/0", "10/8", "10.128/9", "10.0/9", "11/8", "::/0", "8000::/1"},
		"macaddr": {"00:00:00:00:00:00", "7f:ff:ff:ff:ff:ff", "80:00:00:00:00:00", "80:00:00:00:00:01"}, "macaddr8": {"00:00:00:00:ff:ff:ff:ff", "00:00:00:01:00:00:00:00", "ff:00:00:00:00:00:00:00"},
		"money":       {"-92233720368547758.08", "-1", "0", "0.01", "92233720368547758.07"},
		"timestamptz": {"infinity", "-infinity", "2024-01-01 00:00+00", "2024-01-01 01:00+01"},
	}
	var all []probe
	keys := make(map[string][]string, len(sets))
	for k, v := range sets {
		keys[k] = v
	}
	for _, t := range sortedKeys(keys) {
		for _, a := range sets[t] {
			for _, b := range sets[t] {
				all = append(all, probe{t, a, b})
			}
		}
	}
	return all
}

func numericProbes() []probe {
	fixed := []string{
		"0", "0.00", "1", "-1", "2", "3", "7", "10", "0.1", "-0.5", "1.5", "2.50", "100", "9999", "10000", "0.0001", "123456.789", "-98765.4321", "1e10", "1e-10", "1e18", "9223372036854775807", "-9223372036854775808",
		"123456789012345678901234567890.12345", "1e50", "1e-50", "NaN", "Infinity", "-Infinity", "0.00000000000000000001", "99999999.99999999",
	}
	var all []probe
	for _, a := range fixed {
		for _, op := range []string{"-1", "abs", "sign", "ceil", "floor", "sqrt", "trim_scale", "min_scale", "scale", "int2", "int4", "int8", "float8", "float4", "exp", "ln"} {
			all = append(all, probe{op, a, "0"})
		}
		for _, scale := range []string{"0", "1", "2", "5", "-2", "-5", "30"} {
			all = append(all, probe{"round", a, scale}, probe{"trunc", a, scale})
		}
		for _, b := range fixed {
			for _, op := range []string{"+", "-", "*", "/", "%", "div"} {
				all = append(all, probe{op, a, b})
			}
		}
	}
	for _, a := range []string{"2", "10", "0.5", "1.0001", "-3", "123.456", "1e10", "0", "NaN", "Infinity"} {
		for _, b := range []string{"0", "1", "2", "-1", "0.5", "3.7", "-2.25", "10", "33", "NaN", "-Infinity"} {
			all = append(all, probe{"^", a, b}, probe{"log", a, b})
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		a, b := randomNumeric(r), randomNumeric(r)
		for _, op := range []string{"+", "-", "*", "/", "%", "sqrt"} {
			all = append(all, probe{op, a, b})
		}
	}
	for range 200 {
		f := strconv.FormatFloat(randomFloat(r), 'g', -1, 64)
		all = append(all, probe{"fromfloat8", f, "0"}, probe{"fromfloat4", f, "0"})
	}
	return all
}

func askNumeric(o *oracle, p probe) answer {
	o.settings("SET TimeZone = 'UTC'")
	sql := "SELECT ($1 " + p[0] + " $2)::text"
	oids := []types.OID{types.NumericOID, types.NumericOID}
	switch p[0] {
	case "-1":
		sql = "SELECT (- $1)::text, $2"
	case "round", "trunc":
		sql, oids[1] = "SELECT "+p[0]+"($1, $2)::text", types.Int4OID
	case "div", "log":
		sql = "SELECT " + p[0] + "($1, $2)::text"
	case "abs", "sign", "ceil", "floor", "sqrt", "trim_scale", "min_scale", "scale", "exp", "ln":
		sql = "SELECT " + p[0] + "($1)::text, $2"
	case "int2", "int4", "int8", "float4", "float8":
		sql = "SELECT ($1::" + p[0] + ")::text, $2"
	case "fromfloat8":
		sql, oids[0] = "SELECT ($1::numeric)::text, $2", types.Float8OID
	case "fromfloat4":
		sql, oids[0] = "SELECT ($1::numeric)::text, $2", types.Float4OID
	}
	a := o.query(sql, oids, p[1:3], nil)
	if a.err == nil {
		a.fields = a.fields[:1]
	}
	return a
}

func ourNumeric(p probe) answer {
	if bits, ok := strings.CutPrefix(p[0], "fromfloat"); ok {
		oid, size := types.Float8OID, 64
		if bits == "4" {
			oid, size = types.Float4OID, 32
		}
		f, err := types.Parse(nil, types.Of(oid), p[1])
		if err != nil {
			return failed(err)
		}
		return answer{fields: []string{types.NumericText(types.NumericFromFloat(f.Float(), size))}}
	}
	a, err1 := types.ParseNumeric(p[1])
	b, err2 := types.ParseNumeric(p[2])
	if err := errors.Join(err1, err2); err != nil {
		return failed(err)
	}
	d, t, err := numericOp(p[0], a, b)
	if err != nil {
		return failed(err)
	}
	if d.IsNull() {
		return answer{fields: []string{"NULL"}}
	}
	return answer{fields: []string{types.Text(nil, t, d)}}
}

func numericOp(op string, a, b types.Datum) (types.Datum, types.OID, error) {
	binary := map[string]func(a, b types.Datum) (types.Datum, error){
		"+": types.NumericAdd, "-": types.NumericSub, "*": types.NumericMul, "/": types.NumericDiv,
		"%": types.NumericMod, "div": types.NumericDivTrunc, "^": types.NumericPower, "log": types.NumericLog,
	}
	unary := map[string]func(types.Datum) (types.Datum, error){
		"ceil": types.NumericCeil, "floor": types.NumericFloor, "sqrt": types.NumericSqrt, "exp": types.NumericExp, "ln": types.NumericLn,
		"-1":         func(d types.Datum) (types.Datum, error) { return types.NumericNeg(d), nil },
		"abs":        func(d types.Datum) (types.Datum, error) { return types.NumericAbs(d), nil },
		"trim_scale": func(d types.Datum) (types.Datum, error) { return types.NumericTrimScale(d), nil },
	}
	if f := binary[op]; f != nil {
		d, err := f(a, b)
		return d, types.NumericOID, err
	}
	if f := unary[op]; f != nil {
		d, err := f(a)
		return d, types.NumericOID, err
	}
	return numericFact(op, a, b)
}

func numericFact(op string, a, b types.Datum) (types.Datum, types.OID, error) {
	fact := func(n int32, ok bool) (types.Datum, types.OID, error) {
		if !ok {
			return types.Null, types.Int4OID, nil
		}
		return types.Int(int64(n)), types.Int4OID, nil
	}
	switch op {
	case "sign":
		if s := types.NumericSign(a); s != 2 {
			return types.Int(int64(s)), types.Int4OID, nil
		}
		return types.NumericNaN(), types.NumericOID, nil
	case "scale":
		return fact(types.NumericScale(a))
	case "min_scale":
		return fact(types.NumericMinScale(a))
	case "int2", "int4", "int8":
		i, err := types.NumericToInt(typeOf(op), a)
		return types.Int(i), typeOf(op), err
	case "float8", "float4":
		bits := map[string]int{"float8": 64, "float4": 32}[op]
		f, err := types.NumericToFloat(a, bits)
		return types.Float(f), typeOf(op), err
	}
	n, err := types.NumericToInt(types.Int4OID, b)
	if err != nil {
		return types.Null, 0, err
	}
	round := types.NumericRound
	if op == "trunc" {
		round = types.NumericTrunc
	}
	d, err := round(a, int32(n))
	return d, types.NumericOID, err
}

func jsonbProbes() []probe {
	docs := []string{
		`{}`, `[]`, `null`, `1`, `"a"`, `{"a":1,"b":[1,2,{"c":null}],"d":{"e":"x"}}`, `[1,2,"a",[3],{"a":null},null]`, `{"a":null,"b":{"a":null,"c":1}}`, `["a","b","a"]`, `[[1,2],[3]]`, `{"a":{"b":{"c":1}}}`, `[1,1.0,2]`, `true`,
	}
	var all []probe
	for _, d := range docs {
		for _, op := range []string{"jsonb_typeof", "jsonb_pretty", "jsonb_strip_nulls"} {
			all = append(all, probe{op, d, ""})
		}
		for _, key := range []string{"a", "b", "zz", "", "0", "d"} {
			all = append(all, probe{"->", d, key}, probe{"->>", d, key}, probe{"?", d, key}, probe{"-", d, key})
		}
		for _, i := range []string{"0", "1", "-1", "-2", "7", "-7"} {
			all = append(all, probe{"->i", d, i}, probe{"->>i", d, i}, probe{"-i", d, i})
		}
		for _, path := range []string{"{}", "{a}", "{b,2,c}", "{b,-1}", "{d,e}", "{0}", "{-1}", "{3,0}", "{4,a}", "{x,y}", "{b,x}", "{10}", "{-10}", "{a,b,c}", "{a,b,d}", "{b}", "{b,0}", "{ 1}", "{a,x}"} {
			all = append(all, probe{"#>", d, path}, probe{"#>>", d, path}, probe{"#-", d, path}, probe{"set", d, path}, probe{"setf", d, path}, probe{"insert", d, path}, probe{"inserta", d, path})
		}
		for _, e := range docs {
			all = append(all, probe{"@>", d, e}, probe{"||", d, e})
		}
		for _, e := range []string{`{"b":[1]}`, `[1]`, `[[3]]`, `[[]]`, `{"d":{}}`, `[{"a":null}]`, `["b","a"]`, `{"a":1.0}`, `{"b":[{}]}`, `[1,[2]]`, `2`} {
			all = append(all, probe{"@>", d, e})
		}
	}
	return all
}

func askJSONB(o *oracle, p probe) answer {
	text, js, i4, paths := types.TextOID, types.JSONBOID, types.Int4OID, types.TextArrayOID
	op, second := "$1 "+p[0]+" $2", text
	switch p[0] {
	case "jsonb_typeof", "jsonb_pretty", "jsonb_strip_nulls":
		op = p[0] + "($1), $2"
	case "->i", "->>i", "-i":
		op, second = "$1 "+strings.TrimSuffix(p[0], "i")+" $2", i4
	case "#>", "#>>", "#-":
		second = paths
	case "set":
		op, second = `jsonb_set($1, $2, '"new"')`, paths
	case "setf":
		op, second = `jsonb_set($1, $2, '"new"', false)`, paths
	case "insert":
		op, second = `jsonb_insert($1, $2, '"new"')`, paths
	case "inserta":
		op, second = `jsonb_insert($1, $2, '"new"', true)`, paths
	case "@>", "||":
		second = js
	}
	a := o.query("SELECT "+op, []types.OID{js, second}, p[1:3], nil)
	if a.err == nil {
		a.fields = a.fields[:1]
	}
	return a
}

func ourJSONB(p probe) answer {
	doc, err := jsonb.Parse(p[1])
	if err != nil {
		return failed(err)
	}
	s, ok, err := jsonbOp(p[0], doc, p[2])
	switch {
	case err != nil:
		return failed(err)
	case !ok:
		s = "NULL"
	}
	return answer{fields: []string{s}}
}

func jsonbOp(op, doc, arg string) (string, bool, error) {
	show := func(doc string, ok bool) (string, bool, error) {
		return string(jsonb.AppendText(nil, doc)), ok, nil
	}
	made := func(doc string, err error) (string, bool, error) {
		if err != nil {
			return "", false, err
		}
		return show(doc, jsonb.Validate(doc) == nil)
	}
	number, _ := strconv.Atoi(arg)
	switch op {
	case "jsonb_typeof":
		return jsonb.TypeOf(doc).String(), true, nil
	case "jsonb_pretty":
		return string(jsonb.AppendPretty(nil, doc)), true, nil
	case "jsonb_strip_nulls":
		return show(jsonb.StripNulls(doc), true)
	case "->":
		return show(jsonb.Get(doc, arg))
	case "->>":
		s, ok := jsonb.GetText(doc, arg)
		return s, ok, nil
	case "->i":
		return show(jsonb.Index(doc, number))
	case "->>i":
		s, ok := jsonb.IndexText(doc, number)
		return s, ok, nil
	case "?":
		return strconv.FormatBool(jsonb.Exists(doc, arg))[:1], true, nil
	case "-":
		return made(jsonb.Delete(doc, arg))
	case "-i":
		return made(jsonb.DeleteIndex(doc, number))
	case "@>", "||":
		other, err := jsonb.Parse(arg)
		if err != nil {
			return "", false, err
		}
		if op == "@>" {
			return strconv.FormatBool(jsonb.Contains(doc, other))[:1], true, nil
		}
		return made(jsonb.Concat(doc, other))
	}
	return jsonbPathOp(op, doc, arg, show, made)
}

func jsonbPathOp(op, doc, arg string, show func(string, bool) (string, bool, error), made func(string, error) (string, bool, error)) (string, bool, error) {
	d, err := types.Parse(nil, types.Of(types.TextArrayOID), arg)
	if err != nil {
		return "", false, err
	}
	var path []string
	var steps jsonb.Steps
	for _, item := range d.Array().Items {
		path = append(path, item.Str())
	}
	for i := range path {
		steps = append(steps, &path[i])
	}
	value, _ := jsonb.Parse(`"new"`)
	switch op {
	case "#>":
		return show(jsonb.Path(doc, path))
	case "#>>":
		s, ok := jsonb.PathText(doc, path)
		return s, ok, nil
	case "#-":
		return made(jsonb.DeletePath(doc, steps))
	case "set", "setf":
		return made(jsonb.Set(doc, steps, value, op == "set"))
	}
	return made(jsonb.Insert(doc, steps, value, op == "inserta"))
}
