package geometry

import (
	"math"

	"github.com/projsql/projsql/wire/sqlstate"
)

const notALine = "invalid line specification: "

// LineThrough is the line through two points, which must not be the same: 22P02 where they are read, 22023 in line(p, q).
func (c *Calc) LineThrough(p, q Point) Line {
	return c.lineThrough(p, q, sqlstate.InvalidParameterValue)
}

// LineRead is LineThrough of a text's points.
func (c *Calc) LineRead(p, q Point) Line {
	return c.lineThrough(p, q, sqlstate.InvalidTextRepresentation)
}

func (c *Calc) lineThrough(p, q Point, code sqlstate.Code) Line {
	if c.PointSame(p, q) {
		c.fail(code, notALine+"must be two distinct points")
		return Line{}
	}
	return c.lineAt(p, c.Slope(p, q))
}

// Check refuses what is no line, with the given code.
func (l Line) Check(code sqlstate.Code) error {
	if isZero(l.A) && isZero(l.B) {
		return sqlstate.New(code, "%s", notALine+"A and B cannot both be zero")
	}
	return nil
}

// lineAt is the line through a point that has a slope.
func (c *Calc) lineAt(p Point, slope float64) Line {
	switch {
	case math.IsInf(slope, 0):
		return Line{-1, 0, p.X}
	case slope == 0:
		return Line{0, -1, p.Y}
	}
	return Line{slope, -1, c.sub(p.Y, c.mul(slope, p.X)) + 0} // -0 becomes 0
}

// LinesCross is ?#.
func (c *Calc) LinesCross(l, m Line) bool { return c.LineCrossing(l, m) != nil }

// LinesParallel is ?||.
func (c *Calc) LinesParallel(l, m Line) bool { return !c.LinesCross(l, m) }

// LinesPerpendicular is ?-|.
func (c *Calc) LinesPerpendicular(l, m Line) bool {
	switch {
	case isZero(l.A):
		return isZero(m.B)
	case isZero(m.A):
		return isZero(l.B)
	case isZero(l.B):
		return isZero(m.A)
	case isZero(m.B):
		return isZero(l.A)
	}
	return equal(c.div(c.mul(l.A, m.A), c.mul(l.B, m.B)), -1)
}

// LineVertical is ?|.
func (c *Calc) LineVertical(l Line) bool { return isZero(l.B) }

// LineHorizontal is ?-.
func (c *Calc) LineHorizontal(l Line) bool { return isZero(l.A) }

// LinesEqual are lines whose numbers are proportional.
func (c *Calc) LinesEqual(l, m Line) bool {
	for _, f := range []float64{l.A, l.B, l.C, m.A, m.B, m.C} {
		if math.IsNaN(f) {
			return same(l.A, m.A) && same(l.B, m.B) && same(l.C, m.C)
		}
	}
	ratio := 1.0
	switch {
	case !isZero(m.A):
		ratio = c.div(l.A, m.A)
	case !isZero(m.B):
		ratio = c.div(l.B, m.B)
	case !isZero(m.C):
		ratio = c.div(l.C, m.C)
	}
	return equal(l.A, c.mul(ratio, m.A)) && equal(l.B, c.mul(ratio, m.B)) && equal(l.C, c.mul(ratio, m.C))
}

func (c *Calc) lineSlope(l Line) float64 {
	switch {
	case isZero(l.A):
		return 0
	case isZero(l.B):
		return math.Inf(1)
	}
	return c.div(l.A, -l.B)
}

func (c *Calc) acrossLine(l Line) float64 {
	switch {
	case isZero(l.A):
		return math.Inf(1)
	case isZero(l.B):
		return 0
	}
	return c.div(l.B, l.A)
}

// LineDistance is <->.
func (c *Calc) LineDistance(l, m Line) float64 {
	if c.LinesCross(l, m) {
		return 0
	}
	usable := func(a, b float64) bool { return !isZero(a) && !math.IsNaN(a) && !isZero(b) && !math.IsNaN(b) }
	ratio := 1.0
	switch {
	case usable(l.A, m.A):
		ratio = c.div(l.A, m.A)
	case usable(l.B, m.B):
		ratio = c.div(l.B, m.B)
	}
	return c.div(math.Abs(c.sub(l.C, c.mul(ratio, m.C))), c.hypot(l.A, l.B))
}

// LineCrossing is where two lines cross; nil: they are parallel.
func (c *Calc) LineCrossing(l, m Line) *Point {
	if isZero(l.B) {
		if isZero(m.B) {
			return nil
		}
		l, m = m, l
	}
	if equal(m.A, c.mul(l.A, c.div(m.B, l.B))) {
		return nil
	}
	x := c.div(c.sub(c.mul(l.B, m.C), c.mul(m.B, l.C)), c.sub(c.mul(l.A, m.B), c.mul(m.A, l.B)))
	y := c.div(-c.add(c.mul(l.A, x), l.C), l.B)
	return &Point{x + 0, y + 0} // -0 becomes 0
}

// LineHas is whether a point is on a line.
func (c *Calc) LineHas(l Line, p Point) bool {
	return isZero(c.add(c.add(c.mul(l.A, p.X), c.mul(l.B, p.Y)), l.C))
}

// nearestOnLine is the point of a line that is nearest, and how far it is; NaN if there is none, for want of numbers.
func (c *Calc) nearestOnLine(l Line, p Point) (Point, float64) {
	at := c.LineCrossing(c.lineAt(p, c.acrossLine(l)), l)
	if at == nil {
		return p, nan
	}
	return *at, c.PointDistance(*at, p)
}
