package types

import "net/netip"

// Inet returns an inet of a single host, which is kept as PostgreSQL sends it: the family,
// the bits of the network, whether it is a cidr, the length, the address. Those of one
// family sort by their bytes.
func Inet(a netip.Addr) Datum {
	const ipv4, ipv6 = 2, 3
	family := byte(ipv4)
	if a.Is6() {
		family = ipv6
	}
	b := a.AsSlice()
	return String(string(append([]byte{family, byte(a.BitLen()), 0, byte(len(b))}, b...)))
}

const inetHeader = 4

// Addr returns the address of an inet. d must be one.
func (d Datum) Addr() netip.Addr {
	a, _ := netip.AddrFromSlice([]byte(d.Str()[inetHeader:]))
	return a
}
