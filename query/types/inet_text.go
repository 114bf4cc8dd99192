package types

import "strconv"

// AppendText appends the address, and the bits if they are not all of it.
func (n Network) AppendText(buf []byte) []byte {
	buf = n.AppendHost(buf)
	if n.Bits < n.BitsMax() {
		buf = n.appendWidth(buf)
	}
	return buf
}

// AppendWhole appends the address and the bits.
func (n Network) AppendWhole(buf []byte) []byte { return n.appendWidth(n.AppendHost(buf)) }

func (n Network) appendWidth(buf []byte) []byte {
	return strconv.AppendInt(append(buf, '/'), int64(n.Bits), 10)
}

// AppendHost appends the address.
func (n Network) AppendHost(buf []byte) []byte {
	if !n.IsIPv6() {
		return appendOctets(buf, n.Addr)
	}
	const inIPv4 = 6 // the group where an IPv4 address begins
	from, count := n.zeros(groupsOf(n.Addr))
	embedded := from == 0 && (count == inIPv4 || count == inIPv4-1 && n.group(5) == 0xffff)
	for i := range groupsOf(n.Addr) {
		if i >= from && i < from+count {
			if i == from {
				buf = append(buf, ':')
			}
			continue
		}
		if i > 0 {
			buf = append(buf, ':')
		}
		if i == inIPv4 && embedded {
			return appendOctets(buf, n.Addr[2*i:])
		}
		buf = strconv.AppendUint(buf, uint64(n.group(i)), 16)
	}
	if count > 0 && from+count == groupsOf(n.Addr) {
		buf = append(buf, ':')
	}
	return buf
}

func appendOctets(buf []byte, addr string) []byte {
	for i, c := range []byte(addr) {
		if i > 0 {
			buf = append(buf, '.')
		}
		buf = strconv.AppendUint(buf, uint64(c), 10)
	}
	return buf
}

func groupsOf(addr string) int { return len(addr) / 2 }

func (n Network) group(i int) uint16 { return uint16(n.Addr[2*i])<<8 | uint16(n.Addr[2*i+1]) }

// zeros is the longest run of zeros, the first of them; one alone is none.
func (n Network) zeros(groups int) (from, count int) {
	start := 0
	for i := range groups {
		if n.group(i) != 0 {
			start = i + 1
		} else if i+1-start > max(count, 1) {
			from, count = start, i+1-start
		}
	}
	return from, count
}

// AppendAbbrev appends a cidr as short as PostgreSQL's abbrev() has it: without the parts
// behind the network.
func (n Network) AppendAbbrev(buf []byte) []byte {
	n = n.Masked(false)
	switch {
	case !n.IsIPv6() && n.Bits == 0:
		buf = append(buf, '0')
	case !n.IsIPv6():
		buf = appendOctets(buf, n.Addr[:(n.Bits+7)/8])
	case n.Bits == 0:
		buf = append(buf, "::"...)
	default:
		buf = n.appendGroups(buf, max(2, (n.Bits+15)/16))
	}
	return n.appendWidth(buf)
}

// appendGroups appends the first groups. What is left out and what is taken for IPv4 is not
// as in whole addresses.
func (n Network) appendGroups(buf []byte, groups int) []byte {
	from, count := n.abbrevZeros(groups)
	const inIPv4 = 6
	embedded := count != groups && from == 0 && (count == inIPv4 || count == inIPv4-1 && n.group(5) == 0xffff || count == inIPv4+1 && n.Addr[14] != 0 && n.Addr[15] != 1)
	for i, at := 0, len(buf); i < groups; i++ {
		switch {
		case i >= from && i < from+count:
			if i == from {
				buf = append(buf, ':')
			}
			if i == groups-1 {
				buf = append(buf, ':')
			}
			continue
		case embedded && i == inIPv4:
			buf = append(buf, ':')
		case embedded && i > inIPv4:
			buf = append(buf, '.')
		case len(buf) > at:
			buf = append(buf, ':')
		}
		switch {
		case !embedded || i < inIPv4:
			buf = strconv.AppendUint(buf, uint64(n.group(i)), 16)
		case i == inIPv4+1 && n.Bits <= 120:
			buf = strconv.AppendUint(buf, uint64(n.Addr[2*i]), 10)
		default:
			buf = appendOctets(buf, n.Addr[2*i:2*i+2])
		}
	}
	return buf
}

// abbrevZeros is the run of zeros that abbrev() leaves out. A run that is no longer than one
// before is counted on by the next.
func (n Network) abbrevZeros(groups int) (from, count int) {
	start, length := 0, 0
	for i := range groups {
		switch {
		case n.group(i) == 0:
			if length == 0 {
				start = i
			}
			length++
		case length > count:
			from, count, length = start, length, 0
		}
	}
	if length > count {
		from, count = start, length
	}
	return from, count
}
