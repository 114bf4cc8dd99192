package spelling

import "testing"

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "abc", 3}, {"stale", "stale", 0}, {"stael", "stale", 2}, {"mabe", "maybe", 1}, {"pgaddr", "pgadd", 1}} {
		if got, back := Distance(c.a, c.b), Distance(c.b, c.a); got != c.want || back != c.want {
			t.Errorf("%q and %q: %d, %d, want %d", c.a, c.b, got, back, c.want)
		}
	}
}
