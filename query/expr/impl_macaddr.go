package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// macaddrs are the functions and operators of macaddr and macaddr8.
func macaddrs() map[string]any {
	all := map[string]any{
		"macaddr8_set7bit": macaddrPart(func(b []byte) { b[0] |= 2 }),
		"macaddrtomacaddr8": Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			return text(types.ToMacaddr8(a.Str()))
		}),
		"macaddr8tomacaddr": Func1(toMacaddr),
	}
	for _, name := range []string{"macaddr", "macaddr8"} {
		all[name+"_trunc"] = macaddrPart(func(b []byte) { clear(b[3:]) })
		all[name+"_not"] = macaddrPart(func(b []byte) {
			for i := range b {
				b[i] = ^b[i]
			}
		})
		all[name+"_and"] = macaddrBits(func(a, b byte) byte { return a & b })
		all[name+"_or"] = macaddrBits(func(a, b byte) byte { return a | b })
	}
	return all
}

func macaddrPart(change func([]byte)) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) {
		b := []byte(a.Str())
		change(b)
		return text(string(b))
	}
}

func macaddrBits(of func(a, b byte) byte) Func2 {
	return func(_ *Env, x, y types.Datum) (types.Datum, error) {
		made := []byte(x.Str())
		for i := range made {
			made[i] = of(made[i], y.Str()[i])
		}
		return text(string(made))
	}
}

func toMacaddr(_ *Env, a types.Datum) (types.Datum, error) {
	mac := a.Str()
	if mac[3:5] != "\xff\xfe" {
		return types.Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "macaddr8 data out of range to convert to macaddr").
			WithHint("Only addresses that have FF and FE as values in the 4th and 5th bytes from the left, for example xx:xx:xx:ff:fe:xx:xx:xx, are eligible to be converted from macaddr8 to macaddr.")
	}
	return text(mac[:3] + mac[5:])
}
