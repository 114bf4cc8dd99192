package expr

import (
	"cmp"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// supports are the functions under operator classes, and functions about the server whose
// answer is the same for every session.
func supports() map[string]any {
	all := map[string]any{
		"pg_size_pretty_numeric": Func1(sizeOfNumeric), "pg_size_bytes": Func1(sizeBytes),
		"pg_jit_available": value(func(*Env) types.Datum { return types.Bool(false) }),
		"pg_trigger_depth": value(func(*Env) types.Datum { return types.Int(0) }),
		"oidvectortypes":   Func1(vectorTypes),
		"pg_partition_root": Func1(func(*Env, types.Datum) (types.Datum, error) {
			return types.Null, nil
		}),
		"booland_statefunc": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Bool() && b.Bool()), nil }),
		"boolor_statefunc":  Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Bool() || b.Bool()), nil }),
		"btint2cmp":         Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Int(a.Int() - b.Int()), nil }),
		"btcharcmp": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return types.Int(int64(uint8(a.Int())) - int64(uint8(b.Int()))), nil
		}),
		"btoidvectorcmp": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			if x, y := len(a.Array().Items), len(b.Array().Items); x != y {
				return integer(x - y)
			}
			return integer(types.Compare(types.OIDVectorOID, a, b))
		}),
		"pg_sleep_for(interval)": Func1(func(env *Env, a types.Datum) (types.Datum, error) {
			return pgSleep(env, types.Float(intervalSeconds(a.Interval())))
		}),
		"pg_sleep_until(timestamp with time zone)": Func1(sleepUntil),
	}
	for _, name := range strings.Fields(`btint4cmp btint8cmp btint24cmp btint42cmp btint28cmp btint82cmp btint48cmp btint84cmp
		btoidcmp btboolcmp btfloat4cmp btfloat8cmp btfloat48cmp btfloat84cmp date_cmp time_cmp timetz_cmp timestamp_cmp interval_cmp
		numeric_cmp jsonb_cmp xid8cmp bttidcmp btarraycmp enum_cmp macaddr_cmp macaddr8_cmp pg_lsn_cmp cash_cmp`) {
		all[name] = maker(compared)
	}
	for _, name := range []string{"bttextcmp", "btnamecmp", "btnametextcmp", "bttextnamecmp", "bpcharcmp", "byteacmp", "uuid_cmp", "bttext_pattern_cmp", "btbpchar_pattern_cmp"} {
		all[name] = maker(bytesCompared)
	}
	for _, name := range []string{"date_cmp_timestamp", "date_cmp_timestamptz", "timestamp_cmp_date", "timestamp_cmp_timestamptz", "timestamptz_cmp_date", "timestamptz_cmp_timestamp"} {
		all[name] = maker(momentsCompared)
	}
	for _, name := range []string{"bpchar", "varchar", "numeric", "interval_scale", "time_scale", "timetz_scale", "timestamp_scale", "timestamptz_scale"} {
		all[name] = maker(modified)
	}
	for _, name := range []string{"interval", "timetz", "bpchar", "xid8", "enum", "network", "pg_lsn"} {
		all[name+"_larger"], all[name+"_smaller"] = maker(larger(1)), maker(larger(-1))
	}
	for _, name := range []string{"oid", "tid"} {
		all[name+"larger"], all[name+"smaller"] = maker(larger(1)), maker(larger(-1))
	}
	return all
}

func compared(c *Call) any {
	t := c.Proc.Args[0]
	if elem := types.ElemOf(t); elem != 0 && !hasOrder(elem) {
		return failing(errNoComparison(elem))
	}
	return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
		return types.Int(int64(cmp.Compare(types.Compare(t, a, b), 0))), nil
	})
}

func momentsCompared(c *Call) any {
	left, right := c.Proc.Args[0], c.Proc.Args[1]
	zoned := left == types.TimestamptzOID || right == types.TimestamptzOID
	return Func2(func(env *Env, a, b types.Datum) (types.Datum, error) {
		return integer(cmp.Compare(momentOf(env, left, a, zoned), momentOf(env, right, b, zoned)))
	})
}

// modified applies a modifier to a value of its type, as casts do.
func modified(c *Call) any {
	t := c.Proc.Args[0]
	return FuncN(func(_ *Env, args []types.Datum) (types.Datum, error) {
		mod := int32(args[1].Int())
		if isMoment(t) && !finite(args[0].Int()) {
			return args[0], nil
		}
		if err := checkModifier(t, mod); err != nil {
			return types.Null, err
		}
		return types.Coerce(types.Type{OID: t, Mod: mod}, args[0], len(args) < 3 || args[2].Bool())
	})
}

// checkModifier refuses a modifier that no type is declared with.
func checkModifier(t types.OID, mod int32) error {
	const lengthMax, wholeInterval = 10485760 + 4, 0x7fff
	switch t {
	case types.TimestampOID, types.TimestamptzOID:
		if mod < -1 || mod > 6 {
			return sqlstate.New(sqlstate.InvalidParameterValue, "timestamp(%d) precision must be between 0 and 6", mod)
		}
	case types.BpcharOID, types.VarcharOID:
		if mod > lengthMax {
			return unavailable("a length of " + strconv.Itoa(int(mod)))
		}
	case types.IntervalOID:
		if precision := mod & 0xffff; mod >= 0 && (mod>>16 != wholeInterval || precision > 6 && precision != 0xffff) {
			return unavailable("an interval's modifier " + strconv.Itoa(int(mod)))
		}
	}
	return nil
}

// bytesCompared tells how far apart the first bytes are that differ, as memcmp does; where
// one is the beginning of the other, which is longer.
func bytesCompared(c *Call) any {
	padded := c.Proc.Args[0] == types.BpcharOID
	return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
		x, y := a.Str(), b.Str()
		if padded {
			x, y = strings.TrimRight(x, " "), strings.TrimRight(y, " ")
		}
		if c.Proc.Name() == "btnamecmp" { // ends in a zero byte
			x, y = x+"\x00", y+"\x00"
		}
		for i := range min(len(x), len(y)) {
			if x[i] != y[i] {
				return integer(int(x[i]) - int(y[i]))
			}
		}
		return integer(strings.Compare(x, y))
	})
}

// larger picks the second of equal values, which may look different, but for bpchar the first.
func larger(sign int) func(*Call) any {
	return func(c *Call) any {
		t := c.Proc.Args[0]
		return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			if c := types.Compare(t, a, b) * sign; c > 0 || c == 0 && t == types.BpcharOID {
				return a, nil
			}
			return b, nil
		})
	}
}

func vectorTypes(_ *Env, a types.Datum) (types.Datum, error) {
	var names []string
	for _, item := range a.Array().Items {
		names = append(names, types.TypeName(types.OID(item.Int())))
	}
	return text(strings.Join(names, ", "))
}

// sizeUnits are the units of sizes, each 1024 of the one before.
var sizeUnits = []string{"bytes", "kB", "MB", "GB", "TB", "PB"}

// sizeOfNumeric writes a number of bytes in the largest unit that leaves more than 10,
// rounded half away from zero; bytes keep their fraction.
func sizeOfNumeric(_ *Env, a types.Datum) (types.Datum, error) {
	shown := types.Text(nil, types.NumericOID, a)
	exact, ok := new(big.Rat).SetString(shown)
	if !ok {
		return types.Null, unavailable("the size of " + shown)
	}
	if new(big.Rat).Abs(exact).Cmp(big.NewRat(10*1024, 1)) < 0 {
		return text(shown + " bytes")
	}
	n := new(big.Int).Quo(exact.Num(), new(big.Int).Mul(exact.Denom(), big.NewInt(512))) // one bit more, to round by
	unit, limit := 1, big.NewInt(20*1024-1)
	for ; unit < len(sizeUnits)-1 && n.CmpAbs(limit) >= 0; unit++ {
		n.Quo(n, big.NewInt(1024))
	}
	if n.Sign() < 0 {
		n.Sub(n, big.NewInt(1))
	} else {
		n.Add(n, big.NewInt(1))
	}
	return text(n.Quo(n, big.NewInt(2)).String() + " " + sizeUnits[unit])
}

var sizeText = regexp.MustCompile(`^[ \t\n\r\f\v]*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[ \t\n\r\f\v]*(.*?)[ \t\n\r\f\v]*$`)

// sizeBytes reads what sizeOfNumeric writes, and fractions of it.
func sizeBytes(_ *Env, a types.Datum) (types.Datum, error) {
	invalid := sqlstate.New(sqlstate.InvalidParameterValue, "invalid size: \"%s\"", a.Str())
	m := sizeText.FindStringSubmatch(a.Str())
	if m == nil {
		return types.Null, invalid
	}
	n, err := types.ParseNumeric(m[1])
	if err != nil {
		return types.Null, err
	}
	factor := sizeFactor(m[2])
	if factor == 0 {
		return types.Null, invalid.WithDetail("Invalid size unit: \"%s\".", m[2]).
			WithHint("Valid units are \"bytes\", \"kB\", \"MB\", \"GB\", \"TB\", and \"PB\".")
	}
	if n, err = types.NumericMul(n, types.NumericFromInt(factor)); err != nil {
		return types.Null, err
	}
	bytes, err := types.NumericToInt(types.Int8OID, n)
	return types.Int(bytes), err
}

// sizeFactor is how many bytes a unit has; 0 if there is no such unit.
func sizeFactor(unit string) int64 {
	if unit == "" {
		return 1
	}
	for i, u := range sizeUnits {
		if strings.EqualFold(u, unit) {
			return 1 << (10 * i)
		}
	}
	return 0
}

func sleepUntil(env *Env, a types.Datum) (types.Datum, error) {
	if env.Clock == nil {
		return types.Null, unavailable("function pg_sleep_until(timestamp with time zone)")
	}
	wait := a.Int() - micros(env.Clock())
	return pgSleep(env, types.Float(max(0, float64(wait))/1e6))
}

// intervalSeconds takes a month for 30 days.
func intervalSeconds(i types.Interval) float64 {
	const day = 86_400
	return float64(i.Micros)/1e6 + day*(float64(i.Days)+30*float64(i.Months))
}
