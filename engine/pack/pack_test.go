package pack_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/projsql/projsql/engine/pack"
)

// TestInts: each value comes out as it went in, whatever the greatest difference, and takes no
// more bytes than that needs.
func TestInts(t *testing.T) {
	var none pack.Ints
	overhead := none.SizeBytes()
	for _, c := range []struct {
		values []int64
		bytes  int
	}{
		{nil, 0},
		{[]int64{7}, 0},
		{[]int64{-3, -3, -3}, 0},
		{[]int64{0, 255}, 2},
		{[]int64{-1, 255}, 4},
		{[]int64{1 << 40, 1<<40 + 65535, 1<<40 + 1}, 6},
		{[]int64{0, 65536}, 8},
		{[]int64{5, 5 + math.MaxUint32, 6, 7}, 16},
		{[]int64{0, 1 << 32}, 16},
		{[]int64{math.MinInt64, math.MaxInt64, 0, -1}, 32},
	} {
		p := pack.NewInts(c.values)
		for i, want := range c.values {
			if got := p.At(i); got != want {
				t.Errorf("%v: value %d is %d", c.values, i, got)
			}
		}
		if got := p.SizeBytes() - overhead; got != c.bytes {
			t.Errorf("%v takes %d bytes, want %d", c.values, got, c.bytes)
		}
	}
}

// TestStrings: each string comes out as it went in, and those that come again take a byte.
func TestStrings(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	many := func(n int, value func(i int) string) (all []string) {
		for i := range n {
			all = append(all, value(i))
		}
		return all
	}
	for _, c := range []struct {
		what   string
		values []string
		most   int // bytes
	}{
		{"none", nil, 0},
		{"one", []string{"x"}, 1},
		{"empty", []string{"", "", ""}, 0},
		{"as long", many(1000, func(i int) string { return fmt.Sprintf("e%04d", i) }), 5000},
		{"of all lengths", many(1000, func(i int) string { return strings.Repeat("x", r.IntN(9)) + fmt.Sprint(i) }), 10000},
		{"few", many(1000, func(i int) string { return []string{"north", "", "south-east"}[i%3] }), 1050},
		{"as many as a byte tells", many(2000, func(i int) string { return fmt.Sprint(i % 256) }), 3500},
		{"one more", many(2000, func(i int) string { return fmt.Sprint(i % 257) }), 10000},
		{"long", many(3, func(i int) string { return strings.Repeat(fmt.Sprint(i), 100_000+i) }), 300_100},
	} {
		p := pack.NewStrings(c.values)
		for i, want := range c.values {
			if got := p.At(i); got != want {
				t.Errorf("%s: string %d is %q", c.what, i, got)
			}
		}
		if got := p.SizeBytes(); got > c.most+200 {
			t.Errorf("%s: %d strings take %d bytes, want %d at most", c.what, len(c.values), got, c.most)
		}
	}
}
