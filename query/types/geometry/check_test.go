package geometry_test

import (
	"errors"
	"math"
	"runtime"
	"testing"

	"github.com/projsql/projsql/query/types/geometry"
	"github.com/projsql/projsql/wire/sqlstate"
)

var errStop = errors.New("stop")

// TestEndsWhenTold: what takes time by the product of two shapes, or more, asks whether to go on.
func TestEndsWhenTold(t *testing.T) {
	const n = 3000
	around := func(x, radius float64) (p geometry.Polygon) {
		for i := range n {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / n)
			p.Points = append(p.Points, geometry.Point{X: x + radius*cos, Y: radius * sin})
		}
		return p
	}
	same := func(last float64) (p geometry.Polygon) {
		p.Points = make([]geometry.Point, n)
		p.Points[n-1] = geometry.Point{X: last, Y: last}
		return p
	}
	path := func(p geometry.Polygon) geometry.Path { return geometry.Path{Points: p.Points} }
	a, larger, away := around(0, 10), around(0, 10.1), around(30, 10)
	for name, compute := range map[string]func(c *geometry.Calc){
		"contains":      func(c *geometry.Calc) { c.PolygonContains(larger, a) },
		"overlaps":      func(c *geometry.Calc) { c.PolygonOverlaps(larger, a) },
		"same":          func(c *geometry.Calc) { c.PolygonSame(same(1), same(2)) },
		"distance":      func(c *geometry.Calc) { c.PolygonDistance(a, away) },
		"path distance": func(c *geometry.Calc) { c.PathDistance(path(a), path(away)) },
		"many points":   func(c *geometry.Calc) { c.CirclePolygon(100_000, geometry.Circle{Radius: 1}, math.Cos, math.Sin) },
		"paths cross":   func(c *geometry.Calc) { c.PathsCross(path(a), path(larger)) },
	} {
		asked := 0
		c := geometry.Calc{Check: func() error {
			if asked++; asked > 5 {
				return errStop
			}
			return nil
		}}
		compute(&c)
		if !errors.Is(c.Err(), errStop) || asked > 6 {
			t.Errorf("%s: %v, asked %d times", name, c.Err(), asked)
		}
	}
}

// TestMemoryOfValues: a value of many points is made in its own size.
func TestMemoryOfValues(t *testing.T) {
	const n = 1 << 20
	p := geometry.Polygon{Points: make([]geometry.Point, n)}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	value := p.Bytes()
	runtime.ReadMemStats(&after)
	if taken := after.TotalAlloc - before.TotalAlloc; taken > uint64(len(value))*5/4 {
		t.Errorf("%d bytes for a value of %d", taken, len(value))
	}
}

// TestDeepPolygons: a segment that goes in and out of a polygon very often is refused, as PostgreSQL does.
func TestDeepPolygons(t *testing.T) {
	const n = 100_000
	var teeth geometry.Polygon
	for i := range n + 1 {
		teeth.Points = append(teeth.Points, geometry.Point{X: float64(n - i), Y: float64(1 - i%2*2)})
	}
	var c geometry.Calc
	c.PolygonContains(teeth, geometry.Polygon{Points: []geometry.Point{{X: 0.25}, {X: n - 0.75}}})
	if err := c.Err(); err == nil || sqlstate.Of(err).Code != sqlstate.StatementTooComplex {
		t.Errorf("%v, want 54001", err)
	}
}
