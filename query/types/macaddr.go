package types

import (
	"math"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// A macaddr is a string of its 6 bytes, a macaddr8 one of its 8.
const (
	macaddrBytes  = 6
	macaddr8Bytes = 8
)

// ToMacaddr8 makes a macaddr8 of a macaddr.
func ToMacaddr8(mac string) string { return mac[:3] + "\xff\xfe" + mac[3:] }

func appendMacaddr(buf []byte, mac string) []byte {
	const digits = "0123456789abcdef"
	for i, c := range []byte(mac) {
		if i > 0 {
			buf = append(buf, ':')
		}
		buf = append(buf, digits[c>>4], digits[c&15])
	}
	return buf
}

// macaddrForms are what stands between the bytes of a macaddr, a space for nothing. A byte has
// two digits, but for the forms with something everywhere.
var macaddrForms = []string{":::::", "-----", "  :  ", "  -  ", " . . ", " - - ", "     "}

func parseMacaddr(s string) (Datum, error) {
	for i, form := range macaddrForms {
		width := 2
		if i < 2 {
			width = math.MaxInt
		}
		octets, ok := scanMacaddr(s, form, width)
		if !ok {
			continue
		}
		mac := make([]byte, macaddrBytes)
		for i, n := range octets {
			if n > math.MaxUint8 {
				return Null, sqlstate.New(sqlstate.NumericValueOutOfRange, "invalid octet value in \"macaddr\" value: \"%s\"", s)
			}
			mac[i] = byte(n)
		}
		return String(string(mac)), nil
	}
	return Null, errSyntax("macaddr", s)
}

func scanMacaddr(s, form string, width int) (octets [macaddrBytes]uint32, ok bool) {
	for i := range octets {
		if octets[i], s, ok = scanHex(s, width); !ok {
			return octets, false
		}
		if i == len(form) || form[i] == ' ' {
			continue
		}
		if s == "" || s[0] != form[i] {
			return octets, false
		}
		s = s[1:]
	}
	return octets, strings.TrimLeft(s, spaces) == ""
}

// scanHex reads what scanf's %x does: behind spaces a number of up to width characters, a sign
// and 0x among them, of which an unsigned int keeps the lower 32 bits.
func scanHex(s string, width int) (n uint32, rest string, ok bool) {
	s = strings.TrimLeft(s, spaces)
	limit := min(width, len(s))
	at := 0
	negative := false
	if at < limit && (s[at] == '-' || s[at] == '+') {
		negative = s[at] == '-'
		at++
	}
	digits := at
	if at+1 < limit && s[at] == '0' && s[at+1]|0x20 == 'x' {
		at += 2
		ok = true // the 0 is a number
		digits = at
	}
	for at < limit {
		if _, is := hexDigit(s[at]); !is {
			break
		}
		at++
	}
	return uint32(signedHex(s[digits:at], negative)), s[at:], ok || at > digits
}

// signedHex is the largest number where 64 bits have no room for the digits, whatever the sign.
func signedHex(digits string, negative bool) uint64 {
	var n uint64
	for _, c := range []byte(digits) {
		if n>>60 != 0 {
			return math.MaxUint64
		}
		d, _ := hexDigit(c)
		n = n<<4 | uint64(d)
	}
	if negative {
		return -n
	}
	return n
}

// parseMacaddr8 reads pairs of digits with one mark behind each, or none. One character that is
// left at the end is not looked at, which PostgreSQL does not do either.
func parseMacaddr8(s string) (Datum, error) {
	rest := strings.TrimLeft(s, spaces)
	var mac []byte
	spacer := byte(0)
	for len(rest) >= 2 {
		high, ok1 := hexDigit(rest[0])
		low, ok2 := hexDigit(rest[1])
		if !ok1 || !ok2 || len(mac) == macaddr8Bytes {
			return Null, errSyntax("macaddr8", s)
		}
		mac, rest = append(mac, high<<4|low), rest[2:]
		if rest != "" && strings.IndexByte(":-.", rest[0]) >= 0 {
			if spacer != 0 && spacer != rest[0] {
				return Null, errSyntax("macaddr8", s)
			}
			spacer, rest = rest[0], rest[1:]
		}
		if (len(mac) == macaddrBytes || len(mac) == macaddr8Bytes) && rest != "" && isSpace(rest[0]) {
			if rest = strings.TrimLeft(rest, spaces); rest != "" {
				return Null, errSyntax("macaddr8", s)
			}
		}
	}
	switch len(mac) {
	case macaddrBytes:
		return String(ToMacaddr8(string(mac))), nil
	case macaddr8Bytes:
		return String(string(mac)), nil
	}
	return Null, errSyntax("macaddr8", s)
}

// macaddr reads either type. Six bytes are a macaddr8 too.
func (r *wireReader) macaddr(t OID) (Datum, error) {
	size := macaddrBytes
	if t == Macaddr8OID && len(r.b) != macaddrBytes {
		size = macaddr8Bytes
	}
	if len(r.b) < size {
		return Null, errNoData()
	}
	mac := string(r.take(size))
	if t == Macaddr8OID && size == macaddrBytes {
		mac = ToMacaddr8(mac)
	}
	return String(mac), nil
}
