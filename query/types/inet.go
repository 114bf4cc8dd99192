package types

import (
	"cmp"
	"encoding/binary"
	"net/netip"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Network is a value of inet or cidr: an address, of 4 or 16 bytes, and how many of its first
// bits are those of the network. In a cidr the others are 0.
type Network struct {
	Addr string
	Bits int
}

const (
	ipv4, ipv6  = 2, 3 // PostgreSQL's numbers of the families
	inetHeader  = 2    // the family, the bits
	ipv4Bytes   = 4
	ipv6Bytes   = 16
	inetMaxSize = inetHeader + ipv6Bytes
)

// Inet returns an inet of a single host.
func Inet(a netip.Addr) Datum {
	return Network{Addr: string(a.AsSlice()), Bits: a.BitLen()}.Datum()
}

// ParseEndpoint reads an address and a port, and takes an IPv4 address out of an IPv6 one. It
// fails for what has no address, such as a Unix-domain socket.
func ParseEndpoint(s string) (netip.AddrPort, error) {
	at, err := netip.ParseAddrPort(s)
	return netip.AddrPortFrom(at.Addr().Unmap().WithZone(""), at.Port()), err
}

// BitsMax is how many bits addresses of n's family have.
func (n Network) BitsMax() int { return len(n.Addr) * 8 }

// IsIPv6 reports the family.
func (n Network) IsIPv6() bool { return len(n.Addr) == ipv6Bytes }

// Datum returns n as a Datum, whose bytes are those that PostgreSQL keeps and hashes: the
// family, the bits, the address.
func (n Network) Datum() Datum {
	b := append(make([]byte, 0, inetMaxSize), n.family(), byte(n.Bits))
	return String(string(append(b, n.Addr...)))
}

func (n Network) family() byte {
	if n.IsIPv6() {
		return ipv6
	}
	return ipv4
}

// Network returns the value of an inet or a cidr. d must be one.
func (d Datum) Network() Network {
	s := d.Str()
	return Network{Addr: s[inetHeader:], Bits: int(s[1])}
}

// ValidAddress reports whether the bytes of d are those of an inet, a cidr, a macaddr or a macaddr8.
func ValidAddress(t OID, d Datum) bool {
	s := d.Str()
	switch t {
	case MacaddrOID:
		return len(s) == macaddrBytes
	case Macaddr8OID:
		return len(s) == macaddr8Bytes
	}
	if len(s) < inetHeader || len(s) != inetHeader+familyBytes(s[0]) {
		return false
	}
	n := d.Network()
	return n.Bits <= n.BitsMax() && (t != CidrOID || n.Masked(false) == n)
}

// Masked is n with every bit behind the network's set, or cleared.
func (n Network) Masked(set bool) Network {
	b := []byte(n.Addr)
	for i := range b {
		host := byte(0xff >> min(8, max(0, n.Bits-i*8)))
		if set {
			b[i] |= host
		} else {
			b[i] &^= host
		}
	}
	return Network{Addr: string(b), Bits: n.Bits}
}

// Contains reports whether the first bits of m's address are those of n's network.
func (n Network) Contains(m Network) bool {
	return len(n.Addr) == len(m.Addr) && n.Bits <= m.Bits && comparePrefix(n.Addr, m.Addr, n.Bits) == 0
}

// Cmp orders by family, by the bits that both networks have, then the wider network first,
// then by address. How far from 0 the result is, is what PostgreSQL's network_cmp says.
func (n Network) Cmp(m Network) int {
	if len(n.Addr) != len(m.Addr) {
		return int(n.family()) - int(m.family())
	}
	if c := comparePrefix(n.Addr, m.Addr, min(n.Bits, m.Bits)); c != 0 {
		return c
	}
	if n.Bits != m.Bits {
		return n.Bits - m.Bits
	}
	return comparePrefix(n.Addr, m.Addr, n.BitsMax())
}

// comparePrefix compares some first bits.
func comparePrefix(a, b string, bits int) int {
	whole := bits / 8
	for i := range whole {
		if a[i] != b[i] {
			return int(a[i]) - int(b[i])
		}
	}
	if rest := bits % 8; rest > 0 {
		return cmp.Compare(a[whole]>>(8-rest), b[whole]>>(8-rest))
	}
	return 0
}

func abbreviateInet(d Datum) uint64 {
	n := d.Network().Masked(false)
	var first [8]byte
	copy(first[:], n.Addr)
	key := binary.BigEndian.Uint64(first[:]) >> 1
	if n.IsIPv6() {
		key |= 1 << 63
	}
	return key
}

// networkParts are what comes before the address, as PostgreSQL names it. Whether it is a cidr is
// what the type says.
var networkParts = [...]string{"address family", "bits", "cidr flag", "length"}

// network reads byte by byte, as PostgreSQL does, so that the first that is wrong or missing is named.
func (r *wireReader) network(t OID) (Datum, error) {
	var header [len(networkParts)]byte
	for i, part := range networkParts {
		if len(r.b) == 0 {
			return Null, errNoData()
		}
		header[i] = r.take(1)[0]
		if size := familyBytes(header[0]); size == 0 || int(header[1]) > size*8 || i == 3 && int(header[3]) != size {
			return Null, sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid %s in external \"%s\" value", part, Info(t).Name)
		}
	}
	size := int(header[3])
	if len(r.b) < size {
		return Null, errNoData()
	}
	n := Network{Addr: string(r.take(size)), Bits: int(header[1])}
	if t == CidrOID && n.Masked(false) != n {
		return Null, errHostBits(sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid external \"cidr\" value"))
	}
	return n.Datum(), nil
}

// familyBytes is the length of a family's addresses, 0 if there is no such family.
func familyBytes(family byte) int {
	switch family {
	case ipv4:
		return ipv4Bytes
	case ipv6:
		return ipv6Bytes
	}
	return 0
}

func errHostBits(e *sqlstate.Error) error {
	return e.WithDetail("Value has bits set to right of mask.")
}

func appendNetworkBinary(buf []byte, t OID, d Datum) []byte {
	n := d.Network()
	buf = append(buf, n.family(), byte(n.Bits), byte(boolInt(t == CidrOID)), byte(len(n.Addr)))
	return append(buf, n.Addr...)
}

func parseNetwork(t OID, s string) (Datum, error) {
	name := Info(t).Name
	n, ok := Network{}, false
	switch {
	case strings.Contains(s, ":"):
		n, ok = parseIPv6(s)
	case t == CidrOID:
		n, ok = parseIPv4Network(s)
	default:
		n, ok = parseIPv4(s)
	}
	if !ok {
		return Null, errSyntax(name, s)
	}
	if t == CidrOID && n.Masked(false) != n {
		return Null, errHostBits(sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid cidr value: \"%s\"", s))
	}
	return n.Datum(), nil
}
