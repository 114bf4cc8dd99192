package geometry

import (
	"slices"

	"github.com/projsql/projsql/wire/sqlstate"
)

// PathPolygon is a closed path's; 22023 of an open one.
func (c *Calc) PathPolygon(p Path) Polygon {
	if !p.Closed {
		c.fail(sqlstate.InvalidParameterValue, "open path cannot be converted to polygon")
	}
	return Polygon{p.Points}
}

// PolygonPath is the closed path around a polygon.
func (c *Calc) PolygonPath(p Polygon) Path { return Path{true, p.Points} }

// PolygonPoints is #.
func (c *Calc) PolygonPoints(p Polygon) int { return len(p.Points) }

// PolygonBox is the smallest box around it.
func (c *Calc) PolygonBox(p Polygon) Box { return p.Bound() }

// PolygonCircle has the mean of the points, and of their distances to it.
func (c *Calc) PolygonCircle(p Polygon) (made Circle) {
	n := float64(len(p.Points))
	for _, at := range p.Points {
		made.Center = c.PointAdd(made.Center, at)
	}
	made.Center = Point{c.div(made.Center.X, n), c.div(made.Center.Y, n)}
	for _, at := range p.Points {
		made.Radius = c.add(made.Radius, c.PointDistance(at, made.Center))
	}
	made.Radius = c.div(made.Radius, n)
	return made
}

// PolygonCenter is @@.
func (c *Calc) PolygonCenter(p Polygon) Point { return c.PolygonCircle(p).Center }

// PolygonLeft is <<; the others likewise say where a is, by the boxes around them, and exactly.
func (c *Calc) PolygonLeft(a, b Polygon) bool { return a.Bound().High.X < b.Bound().Low.X }

// PolygonOverLeft is &<.
func (c *Calc) PolygonOverLeft(a, b Polygon) bool { return a.Bound().High.X <= b.Bound().High.X }

// PolygonRight is >>.
func (c *Calc) PolygonRight(a, b Polygon) bool { return a.Bound().Low.X > b.Bound().High.X }

// PolygonOverRight is &>.
func (c *Calc) PolygonOverRight(a, b Polygon) bool { return a.Bound().Low.X >= b.Bound().Low.X }

// PolygonBelow is <<|.
func (c *Calc) PolygonBelow(a, b Polygon) bool { return a.Bound().High.Y < b.Bound().Low.Y }

// PolygonOverBelow is &<|.
func (c *Calc) PolygonOverBelow(a, b Polygon) bool { return a.Bound().High.Y <= b.Bound().High.Y }

// PolygonAbove is |>>.
func (c *Calc) PolygonAbove(a, b Polygon) bool { return a.Bound().Low.Y > b.Bound().High.Y }

// PolygonOverAbove is |&>.
func (c *Calc) PolygonOverAbove(a, b Polygon) bool { return a.Bound().Low.Y >= b.Bound().Low.Y }

// PolygonSame is whether both go around the same points, whichever way and wherever they begin.
func (c *Calc) PolygonSame(a, b Polygon) bool {
	n := len(a.Points)
	if n != len(b.Points) {
		return false
	}
	along := func(from, step int) bool {
		for i, p := range a.Points {
			if !c.goOn() || !c.PointSame(b.Points[((from+i*step)%n+n)%n], p) {
				return false
			}
		}
		return true
	}
	for from := range n {
		if c.err != nil {
			return false
		}
		if along(from, 1) || along(from, -1) {
			return true
		}
	}
	return false
}

// PolygonOverlaps is &&.
func (c *Calc) PolygonOverlaps(a, b Polygon) bool {
	if !c.BoxOverlaps(a.Bound(), b.Bound()) {
		return false
	}
	return c.anyCross(a.sides(), b.sides()) || c.inside(a.Points[0], b.Points) || c.inside(b.Points[0], a.Points)
}

// PolygonContains is @>.
func (c *Calc) PolygonContains(a, b Polygon) bool {
	if !c.BoxContains(a.Bound(), b.Bound()) {
		return false
	}
	sides := a.sides()
	return !slices.ContainsFunc(b.sides(), func(l Lseg) bool { return !c.holds(sides, a.Points, l) })
}

// PolygonContained is <@.
func (c *Calc) PolygonContained(a, b Polygon) bool { return c.PolygonContains(b, a) }

// holds is whether a segment is in a polygon, of which it looks at some sides: those behind others that it met before.
func (c *Calc) holds(sides []Lseg, points []Point, l Lseg) bool {
	if c.depth == depthMax {
		c.fail(sqlstate.StatementTooComplex, "stack depth limit exceeded")
		return false
	}
	c.depth++
	defer func() { c.depth-- }()
	crossed := false
	for i, side := range sides {
		rest := sides[i+1:]
		switch {
		case !c.goOn():
			return false
		case c.LsegHas(side, l[0]):
			if c.LsegHas(side, l[1]) {
				return true
			}
			if !c.leaves(rest, points, side, l[0], l[1]) {
				return false
			}
		case c.LsegHas(side, l[1]):
			if !c.leaves(rest, points, side, l[1], l[0]) {
				return false
			}
		default:
			if at := c.LsegCrossing(l, side); at != nil {
				crossed = true
				if !c.holds(rest, points, Lseg{l[0], *at}) || !c.holds(rest, points, Lseg{l[1], *at}) {
					return false
				}
			}
		}
	}
	return crossed || c.inside(c.middle(l[0], l[1]), points)
}

// leaves is whether what begins on a side, at a, and does not end there, at b, is in a polygon: where it goes along the
// side, the rest of it has to be.
func (c *Calc) leaves(rest []Lseg, points []Point, side Lseg, a, b Point) bool {
	l := Lseg{a, b}
	switch {
	case c.PointSame(a, side[0]):
		return !c.LsegHas(l, side[1]) || c.holds(rest, points, Lseg{b, side[1]})
	case c.PointSame(a, side[1]):
		return !c.LsegHas(l, side[0]) || c.holds(rest, points, Lseg{b, side[0]})
	case c.LsegHas(l, side[0]):
		return c.holds(rest, points, Lseg{b, side[0]})
	case c.LsegHas(l, side[1]):
		return c.holds(rest, points, Lseg{b, side[1]})
	}
	return true // others will tell
}

// PolygonHas is whether a point is in a polygon, or on its border.
func (c *Calc) PolygonHas(p Polygon, at Point) bool { return c.inside(at, p.Points) }

// PolygonDistance is <->.
func (c *Calc) PolygonDistance(a, b Polygon) *float64 {
	if c.PolygonOverlaps(a, b) {
		return new(float64)
	}
	return c.apart(a.sides(), b.sides())
}

// PointPolygonDistance is <->.
func (c *Calc) PointPolygonDistance(at Point, p Polygon) float64 {
	if c.inside(at, p.Points) {
		return 0
	}
	last := len(p.Points) - 1
	distance := c.PointLsegDistance(at, Lseg{p.Points[0], p.Points[last]})
	for i := range last {
		if d := c.PointLsegDistance(at, Lseg{p.Points[i], p.Points[i+1]}); below(d, distance) {
			distance = d
		}
	}
	return distance
}
