package types_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// addresses are texts of network addresses and of what is nearly one.
var addresses = map[string][]string{
	"inet": {
		"1.2.3.4", "1.2.3.4/24", "10.1/16", "10/8", "10/16", "10.1", "1.2.3.4.", "1.2.3./24", "1.2.3.4.5", "001.02.3.4", "1.2.3.256", "1..2.3", "", "/8", "1.2.3.4/", "1.2.3.4/33",
		"1.2.3.4/032", "1.2.3.4/4294967320", "1.2.3.4/4294967295", "1.2.3/4294967295", "0x01020304", " 1.2.3.4", "1.2.3.4 ", "::", "::1", "1::", ":1", "1:", "::1::", ":::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8:/64", "12345::", "g::", "::1/0", "::1/00", "::1/129", "::1/", "::1.2.3.4", "::ffff:1.2.3.4/100", "::1.2", "::.1", "::1..2", "::01.2.3.4", "::1.2.3.4.5", "1:2:3:4:5:6:7:1.2.3.4", "0:0:1:0:0:0:1:0", "::1:0:0", "FE80::Abc%eth0",
	},
	"cidr": {
		"10", "10/8", "10.1", "128", "128.1", "192.168", "192.168.1", "224", "224.0", "225", "239.1.2.3", "240", "10.1.2.3", "10.1.2.3/8", "10.1.", "0x0a", "0xA00", "0x0a0b0c0d", "0x0a0b0c0d0e", "0x", "0xg", "0x0a/16",
		"1.2.3.4/4294967295", "10/4294967295", "::/0", "::1/64", "2001:db8::/32", "::", "::ffff:1.2.3.0/120", "",
	},
	"macaddr": {
		"08:00:2b:01:02:03", "08-00-2b-01-02-03", "08002b:010203", "08002b-010203", "0800.2b01.0203", "0800-2b01-0203", "08002b010203", " 8:0:2B:1:2:3 ", "0x8:+0:2b:1: 2:00003", "08:00:2b:01:02:100", "-1:0:0:0:0:0", "100000001:0:0:0:0:0",
		"-ffffffffffffffff:0:0:0:0:0", "fffffffffffffffff:0:0:0:0:0", "0x:0:0:0:0:0", "0x0x0x0x0x0x", "08:00-2b:01:02:03", "08:00:2b:01:02", "08:00:2b:01:02:03:04", "08:00:2b:01:02:03x", "8002b010203", "", "g",
	},
	"macaddr8": {
		"08:00:2b:01:02:03", "08:00:2b:01:02:03:04:05", "08002b0102030405", "0800.2b01.0203.0405", "08002b:0102030405", " 08:00:2B:01:02:03 ", "08:00:2b:01:02:03 04:05", "08:00-2b:01:02:03", "08002b0102037", "08002b01020304051", "08002b01020304 05",
		"8:0:2b:1:2:3", "08:00:2b:01:02", "08:00:2b:01:02:03:04", "08:00:2b:01:02:03:", "08::00:2b:01:02:03", "", "g", "08:00:2b:01:02:03:04:05:06",
	},
}

func addressProbes() []probe {
	var all []probe
	for _, name := range sortedKeys(addresses) {
		for _, in := range addresses[name] {
			all = append(all, probe{"", name, in})
		}
	}
	r := rand.New(rand.NewPCG(8, 69))
	for range 200 {
		all = append(all, probe{"", "inet", randomIPv6(r)}, probe{"", "cidr", randomIPv6(r)}, probe{"", "inet", randomIPv4(r)}, probe{"", "cidr", randomIPv4(r)})
	}
	return all
}

// randomIPv6 has many zeros, which are written in more than one way.
func randomIPv6(r *rand.Rand) string {
	groups := make([]string, 8)
	for i := range groups {
		groups[i] = fmt.Sprintf("%x", []int{0, 0, 0, 1, 0xffff, r.IntN(0x10000)}[r.IntN(6)])
	}
	switch from := r.IntN(7); r.IntN(3) {
	case 0:
		groups = append(append(groups[:from:from], ""), groups[from+1+r.IntN(7-from):]...)
	case 1:
		groups = append(groups[:6], randomIPv4(r))
	}
	text := strings.Join(groups, ":")
	if strings.HasPrefix(text, ":") {
		text = ":" + text
	}
	return text + []string{"", "", fmt.Sprintf("/%d", r.IntN(131)), fmt.Sprintf("/%d", 16*r.IntN(9))}[r.IntN(4)]
}

func randomIPv4(r *rand.Rand) string {
	octets := make([]string, []int{1, 2, 3, 4, 4, 4, 5}[r.IntN(7)])
	for i := range octets {
		octets[i] = fmt.Sprint([]int{0, 1, 255, 256, 224, r.IntN(256), r.IntN(256), r.IntN(256)}[r.IntN(8)])
	}
	return strings.Join(octets, ".") + []string{"", "", fmt.Sprintf("/%d", r.IntN(34)), fmt.Sprintf("/%d", 8*r.IntN(5))}[r.IntN(4)]
}
