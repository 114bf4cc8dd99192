package types

import "strings"

// The texts of addresses that PostgreSQL takes are more than those that net/netip does: fewer
// octets than four (10.1/16), octets with zeros before them, hexadecimal networks (0x0a/8),
// networks whose class says how wide they are, IPv4 with fewer octets behind IPv6.

// octets takes decimal octets off s, up to a slash or the end. A point may stand behind the
// last one, if trailing says so.
func octets(s string, trailing bool) (addr []byte, rest string, ok bool) {
	for {
		digits, behind := cutDigits(s)
		if digits == "" {
			return addr, s, trailing
		}
		n := 0
		for _, c := range []byte(digits) {
			if n = n*10 + int(c-'0'); n > 0xff {
				return nil, "", false
			}
		}
		if len(addr) == ipv4Bytes {
			return nil, "", false
		}
		addr, s = append(addr, byte(n)), behind
		if !strings.HasPrefix(s, ".") {
			return addr, s, true
		}
		s = s[1:]
	}
}

// ipv4Width reads what may stand behind an IPv4 address; -1 is nothing. A number that 32 bits
// have no room for is what is left of it in them, as in C.
func ipv4Width(s string) (bits int32, ok bool) {
	if s == "" {
		return -1, true
	}
	digits, rest := cutDigits(s[1:])
	if s[0] != '/' || digits == "" || rest != "" {
		return 0, false
	}
	for _, c := range []byte(digits) {
		bits = bits*10 + int32(c-'0')
	}
	return bits, bits <= ipv4Bytes*8
}

// parseIPv4 reads an inet. The octets that the network has must be there.
func parseIPv4(s string) (Network, bool) {
	addr, rest, ok := octets(s, true)
	if !ok || len(addr) == 0 {
		return Network{}, false
	}
	bits, ok := ipv4Width(rest)
	if bits == -1 && len(addr) == ipv4Bytes {
		bits = ipv4Bytes * 8
	}
	if !ok || bits < 0 || int(bits)/8 > len(addr) {
		return Network{}, false
	}
	return ipv4Of(addr, int(bits)), true
}

func ipv4Of(addr []byte, bits int) Network {
	var whole [ipv4Bytes]byte
	copy(whole[:], addr)
	return Network{Addr: string(whole[:]), Bits: bits}
}

// parseIPv4Network reads a cidr.
func parseIPv4Network(s string) (Network, bool) {
	addr, rest, ok := hexOctets(s)
	if addr == nil && ok {
		addr, rest, ok = octets(s, false)
	}
	if !ok || len(addr) == 0 {
		return Network{}, false
	}
	bits, ok := ipv4Width(rest)
	if bits == -1 {
		bits = classWidth(addr)
	}
	if !ok || bits < 0 {
		return Network{}, false
	}
	return ipv4Of(addr, int(bits)), true
}

// hexOctets takes 0x and hexadecimal digits off s, the last of which may be half an octet; addr
// is nil if there are none.
func hexOctets(s string) (addr []byte, rest string, ok bool) {
	if len(s) < 3 || s[0] != '0' || s[1]|0x20 != 'x' {
		return nil, s, true
	}
	rest = s[2:]
	count := 0
	for ; rest != ""; count++ {
		digit, is := hexDigit(rest[0])
		if !is {
			break
		}
		if count%2 == 0 {
			addr = append(addr, digit<<4)
		} else {
			addr[count/2] |= digit
		}
		rest = rest[1:]
	}
	return addr, rest, len(addr) <= ipv4Bytes
}

// classWidth is how many bits the network has by its class, or by how many octets are there.
// 224 alone is all of class D.
func classWidth(addr []byte) int32 {
	const classA, classB, classC, classD, classE = 8, 16, 24, 4, 32
	const firstB, firstC, firstD, firstE = 128, 192, 224, 240
	bits := int32(classA)
	switch first := addr[0]; {
	case first >= firstE:
		return classE
	case first == firstD && len(addr) == 1:
		return classD
	case first >= firstC && first < firstD:
		bits = classC
	case first >= firstB && first < firstD:
		bits = classB
	}
	return max(bits, int32(len(addr))*8)
}

// parseIPv6 reads an inet or a cidr.
func parseIPv6(s string) (Network, bool) {
	r := ipv6Reader{bits: ipv6Bytes * 8, gap: -1}
	if strings.HasPrefix(s, ":") {
		if s = s[1:]; !strings.HasPrefix(s, ":") {
			return Network{}, false
		}
	}
	for s != "" {
		var ok bool
		if s, ok = r.group(s); !ok {
			return Network{}, false
		}
	}
	return r.network()
}

// ipv6Reader has the bytes of an address up to a place, and where zeros are left out.
type ipv6Reader struct {
	addr []byte
	gap  int // -1 = none
	bits int
}

// group reads one group and the colon behind it, or to the end.
func (r *ipv6Reader) group(s string) (rest string, ok bool) {
	n, digits := 0, 0
	for ; digits < len(s); digits++ {
		d, is := hexDigit(s[digits])
		if !is {
			break
		}
		n = n<<4 | int(d)
	}
	const digitsMax = 4
	if digits > digitsMax {
		return "", false
	}
	rest = s[digits:]
	if strings.HasPrefix(rest, ".") {
		return "", r.ipv4(s)
	}
	if digits > 0 {
		if len(r.addr)+2 > ipv6Bytes {
			return "", false
		}
		r.addr = append(r.addr, byte(n>>8), byte(n))
	}
	switch {
	case rest == "":
		return "", true
	case rest[0] == '/':
		return "", ipv6Width(rest[1:], &r.bits)
	case rest[0] != ':':
		return "", false
	case digits > 0:
		return rest[1:], len(rest) > 1
	}
	ok = r.gap < 0
	r.gap = len(r.addr)
	return rest[1:], ok
}

// ipv4 reads the octets that an address may end with; those that are not there are 0.
func (r *ipv6Reader) ipv4(s string) bool {
	var four [ipv4Bytes]byte
	if len(r.addr)+len(four) > ipv6Bytes {
		return false
	}
	s, width, slash := strings.Cut(s, "/")
	parts := strings.Split(s, ".")
	if len(parts) > len(four) {
		return false
	}
	for i, p := range parts {
		n, ok := smallNumber(p, 0xff)
		if !ok && !(p == "" && (i < len(parts)-1 || slash)) {
			return false
		}
		four[i] = byte(n)
	}
	r.addr = append(r.addr, four[:]...)
	return !slash || ipv6Width(width, &r.bits)
}

func ipv6Width(s string, bits *int) (ok bool) {
	*bits, ok = smallNumber(s, ipv6Bytes*8)
	return ok
}

// smallNumber reads a number without zeros before it.
func smallNumber(s string, most int) (n int, ok bool) {
	for i, c := range []byte(s) {
		if c < '0' || c > '9' || i > 0 && n == 0 {
			return 0, false
		}
		if n = n*10 + int(c-'0'); n > most {
			return 0, false
		}
	}
	return n, s != ""
}

func (r *ipv6Reader) network() (Network, bool) {
	missing := ipv6Bytes - len(r.addr)
	if (r.gap >= 0) != (missing > 0) {
		return Network{}, false
	}
	if missing > 0 {
		r.addr = append(r.addr[:r.gap:r.gap], append(make([]byte, missing), r.addr[r.gap:]...)...)
	}
	return Network{Addr: string(r.addr), Bits: r.bits}, true
}
