package expr

import (
	"math"
	"math/bits"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// networks are the functions and operators of inet and cidr. Where PostgreSQL has one function
// for both, it takes a cidr for an inet.
func networks() map[string]any {
	return map[string]any{
		"network_sub":     networkTest(func(a, b types.Network) bool { return b.Contains(a) && a.Bits > b.Bits }),
		"network_subeq":   networkTest(func(a, b types.Network) bool { return b.Contains(a) }),
		"network_sup":     networkTest(func(a, b types.Network) bool { return a.Contains(b) && a.Bits < b.Bits }),
		"network_supeq":   networkTest(func(a, b types.Network) bool { return a.Contains(b) }),
		"network_overlap": networkTest(func(a, b types.Network) bool { return a.Contains(b) || b.Contains(a) }),
		"network_cmp":     Func2(compareNetworks),

		"network_host":    networkText(types.Network.AppendHost),
		"network_show":    networkText(types.Network.AppendWhole),
		"inet_abbrev":     networkText(types.Network.AppendText),
		"cidr_abbrev":     networkText(types.Network.AppendAbbrev),
		"network_masklen": networkNumber(func(n types.Network) int { return n.Bits }),
		"network_family":  networkNumber(familyNumber),

		"network_network":   networkPart(func(n types.Network) types.Network { return n.Masked(false) }),
		"inet_to_cidr":      networkPart(func(n types.Network) types.Network { return n.Masked(false) }),
		"network_broadcast": networkPart(func(n types.Network) types.Network { return n.Masked(true) }),
		"network_netmask":   networkPart(netmask),
		"network_hostmask":  networkPart(func(n types.Network) types.Network { return invert(netmask(n)) }),
		"inet_set_masklen":  Func2(setMaskLength), "cidr_set_masklen": Func2(setMaskLengthMasked),

		"inet_same_family": networkTest(func(a, b types.Network) bool { return a.IsIPv6() == b.IsIPv6() }),
		"inet_merge":       Func2(mergeNetworks),

		"inetnot": networkPart(invert),
		"inetand": networkBits("AND", func(a, b byte) byte { return a & b }),
		"inetor":  networkBits("OR", func(a, b byte) byte { return a | b }),
		"inetpl":  Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return moveAddress(a, b.Int()) }),
		"int8pl_inet(bigint,inet)": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return moveAddress(b, a.Int())
		}),
		"inetmi_int8": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return moveAddress(a, -b.Int()) }),
		"inetmi":      Func2(addressDistance),
	}
}

func networkTest(holds func(a, b types.Network) bool) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		return types.Bool(holds(a.Network(), b.Network())), nil
	}
}

func networkText(appendTo func(types.Network, []byte) []byte) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) { return text(string(appendTo(a.Network(), nil))) }
}

func networkNumber(number func(types.Network) int) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) { return integer(number(a.Network())) }
}

func networkPart(part func(types.Network) types.Network) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) { return part(a.Network()).Datum(), nil }
}

func compareNetworks(_ *Env, a, b types.Datum) (types.Datum, error) {
	return integer(a.Network().Cmp(b.Network()))
}

func familyNumber(n types.Network) int {
	if n.IsIPv6() {
		return 6
	}
	return 4
}

// netmask is an address with the network's bits set.
func netmask(n types.Network) types.Network {
	none := types.Network{Addr: strings.Repeat("\xff", len(n.Addr)), Bits: n.Bits}
	return types.Network{Addr: none.Masked(false).Addr, Bits: n.BitsMax()}
}

func invert(n types.Network) types.Network {
	b := []byte(n.Addr)
	for i := range b {
		b[i] = ^b[i]
	}
	return types.Network{Addr: string(b), Bits: n.Bits}
}

// withMaskLength changes the bits of a network, of which -1 are all.
func withMaskLength(a, b types.Datum) (types.Network, error) {
	n, length := a.Network(), int(b.Int())
	if length == -1 {
		length = n.BitsMax()
	}
	if length < 0 || length > n.BitsMax() {
		return n, sqlstate.New(sqlstate.InvalidParameterValue, "invalid mask length: %d", length)
	}
	n.Bits = length
	return n, nil
}

func setMaskLength(_ *Env, a, b types.Datum) (types.Datum, error) {
	n, err := withMaskLength(a, b)
	return n.Datum(), err
}

func setMaskLengthMasked(_ *Env, a, b types.Datum) (types.Datum, error) {
	n, err := withMaskLength(a, b)
	return n.Masked(false).Datum(), err
}

// mergeNetworks is the smallest network that has both.
func mergeNetworks(_ *Env, a, b types.Datum) (types.Datum, error) {
	x, y := a.Network(), b.Network()
	if x.IsIPv6() != y.IsIPv6() {
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "cannot merge addresses from different families")
	}
	common := 0
	for i := range len(x.Addr) {
		alike := bits.LeadingZeros8(x.Addr[i] ^ y.Addr[i])
		common += alike
		if alike < 8 {
			break
		}
	}
	x.Bits = min(common, x.Bits, y.Bits)
	return x.Masked(false).Datum(), nil
}

func networkBits(name string, of func(a, b byte) byte) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		x, y := a.Network(), b.Network()
		if x.IsIPv6() != y.IsIPv6() {
			return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "cannot %s inet values of different sizes", name)
		}
		made := []byte(x.Addr)
		for i := range made {
			made[i] = of(made[i], y.Addr[i])
		}
		return types.Network{Addr: string(made), Bits: max(x.Bits, y.Bits)}.Datum(), nil
	}
}

func errAddressRange() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "result is out of range")
}

// moveAddress adds a number to an address. The least bigint has no negative: taken off, it
// is added, as in PostgreSQL.
func moveAddress(a types.Datum, by int64) (types.Datum, error) {
	n := a.Network()
	made := []byte(n.Addr)
	sum := uint(0)
	for i := len(made) - 1; i >= 0; i-- {
		sum += uint(made[i]) + uint(by&0xff)
		made[i] = byte(sum)
		sum >>= 8
		by >>= 8
	}
	if by != -int64(sum) { // what is left must make 0 with what was carried
		return types.Null, errAddressRange()
	}
	n.Addr = string(made)
	return n.Datum(), nil
}

// addressDistance is a - b. Of IPv6 addresses it is taken for a number of 128 bits with a
// sign, as PostgreSQL does: the last address minus the first one is -1.
func addressDistance(_ *Env, a, b types.Datum) (types.Datum, error) {
	x, y := a.Network(), b.Network()
	if x.IsIPv6() != y.IsIPv6() {
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "cannot subtract inet values of different sizes")
	}
	xHigh, xLow := addressWords(x.Addr)
	yHigh, yLow := addressWords(y.Addr)
	low, borrow := bits.Sub64(xLow, yLow, 0)
	high, _ := bits.Sub64(xHigh, yHigh, borrow)
	if (low > math.MaxInt64) != (high == math.MaxUint64) || high != 0 && high != math.MaxUint64 {
		return types.Null, errAddressRange()
	}
	return types.Int(int64(low)), nil
}

func addressWords(addr string) (high, low uint64) {
	for _, c := range []byte(addr) {
		high, low = high<<8|low>>56, low<<8|uint64(c)
	}
	return high, low
}
