package expr

import (
	"math/bits"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// byteFunctions are those of bytea that are not text's too.
func byteFunctions() map[string]any {
	all := map[string]any{
		"byteatrim": trimBytes(true, true), "bytealtrim": trimBytes(true, false), "byteartrim": trimBytes(false, true),
		"byteaGetBit": Func2(getBit), "byteaSetBit": Func3(setBit), "byteaSetByte": Func3(setByte),
		"byteaoverlay": FuncN(overlayBytes), "byteaoverlay_no_len": FuncN(overlayBytes),
		"bytea_bit_count": Func1(countBits),
		"bytealike":       likeBytes(true), "byteanlike": likeBytes(false), "like_escape_bytea": Func2(likeEscapeBytes),
	}
	for _, name := range strings.Fields(`boolsend charsend int2send int4send int8send oidsend xidsend xid8send float4send float8send numeric_send
		textsend varcharsend bpcharsend namesend byteasend uuid_send inet_send cidr_send macaddr_send macaddr8_send pg_lsn_send cash_send pg_snapshot_send
		point_send lseg_send path_send box_send poly_send line_send circle_send json_send jsonb_send jsonpath_send
		date_send time_send timetz_send timestamp_send timestamptz_send interval_send array_send record_send enum_send oidvectorsend int2vectorsend
		regprocsend regproceduresend regopersend regoperatorsend regclasssend regcollationsend regtypesend regrolesend regnamespacesend`) {
		all[name] = maker(send)
	}
	return all
}

// send is the binary form of a value.
func send(c *Call) any {
	t := c.Args[0].Type().OID
	if err := types.Sendable(t, types.Bool(true)); err != nil {
		return failing(err)
	}
	return Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return text(string(types.AppendBinary(nil, t, a))) })
}

func trimBytes(left, right bool) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		s, set := a.Str(), b.Str()
		for left && s != "" && strings.IndexByte(set, s[0]) >= 0 {
			s = s[1:]
		}
		for right && s != "" && strings.IndexByte(set, s[len(s)-1]) >= 0 {
			s = s[:len(s)-1]
		}
		return text(s)
	}
}

func checkIndex(n, count int64) error {
	if n < 0 || n >= count {
		return sqlstate.New(sqlstate.ArraySubscriptError, "index %d out of valid range, 0..%d", n, count-1)
	}
	return nil
}

func getBit(_ *Env, a, b types.Datum) (types.Datum, error) {
	s, n := a.Str(), b.Int()
	if err := checkIndex(n, 8*int64(len(s))); err != nil {
		return types.Null, err
	}
	return integer(int(s[n/8] >> (n % 8) & 1))
}

func setBit(_ *Env, a, b, c types.Datum) (types.Datum, error) {
	s, n := []byte(a.Str()), b.Int()
	if err := checkIndex(n, 8*int64(len(s))); err != nil {
		return types.Null, err
	}
	switch mask := byte(1) << (n % 8); c.Int() {
	case 0:
		s[n/8] &^= mask
	case 1:
		s[n/8] |= mask
	default:
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "new bit must be 0 or 1")
	}
	return text(string(s))
}

func setByte(_ *Env, a, b, c types.Datum) (types.Datum, error) {
	s, n := []byte(a.Str()), b.Int()
	if err := checkIndex(n, int64(len(s))); err != nil {
		return types.Null, err
	}
	s[n] = byte(c.Int())
	return text(string(s))
}

func countBits(_ *Env, a types.Datum) (types.Datum, error) {
	n := 0
	for _, c := range []byte(a.Str()) {
		n += bits.OnesCount8(c)
	}
	return integer(n)
}

func overlayBytes(_ *Env, args []types.Datum) (types.Datum, error) {
	s, made := args[0].Str(), args[1].Str()
	from, end, err := overlaid(args, len(made))
	if err != nil {
		return types.Null, err
	}
	size := int64(len(s))
	return text(s[:min(from, size)] + made + s[min(end, size):])
}

// characters makes a character of each byte, for what works on characters.
func characters(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteRune(rune(c))
	}
	return b.String()
}

func bytesOf(characters string) string {
	var b strings.Builder
	for _, r := range characters {
		b.WriteByte(byte(r))
	}
	return b.String()
}

func likeBytes(want bool) Func2 {
	return func(env *Env, a, b types.Datum) (types.Datum, error) {
		ok, err := likeMatch(env, characters(a.Str()), characters(b.Str()))
		return types.Bool(ok == want), err
	}
}

func likeEscapeBytes(env *Env, a, b types.Datum) (types.Datum, error) {
	d, err := likeEscape(env, types.String(characters(a.Str())), types.String(characters(b.Str())))
	if err != nil {
		return types.Null, err
	}
	return text(bytesOf(d.Str()))
}
