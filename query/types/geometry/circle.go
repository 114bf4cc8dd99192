package geometry

import (
	"math"

	"github.com/projsql/projsql/wire/sqlstate"
)

// NewCircle is circle(p, r), of any radius.
func (c *Calc) NewCircle(center Point, radius float64) Circle { return Circle{center, radius} }

// CircleSame is ~=.
func (c *Calc) CircleSame(a, b Circle) bool {
	alike := math.IsNaN(a.Radius) && math.IsNaN(b.Radius) || equal(a.Radius, b.Radius)
	return alike && c.PointSame(a.Center, b.Center)
}

// Edges of a circle.
func (c *Calc) right(a Circle) float64  { return c.add(a.Center.X, a.Radius) }
func (c *Calc) left(a Circle) float64   { return c.sub(a.Center.X, a.Radius) }
func (c *Calc) top(a Circle) float64    { return c.add(a.Center.Y, a.Radius) }
func (c *Calc) bottom(a Circle) float64 { return c.sub(a.Center.Y, a.Radius) }

// CircleOverlaps is &&.
func (c *Calc) CircleOverlaps(a, b Circle) bool {
	return lessOrEqual(c.PointDistance(a.Center, b.Center), c.add(a.Radius, b.Radius))
}

// CircleLeft is <<; the others likewise say where a is.
func (c *Calc) CircleLeft(a, b Circle) bool { return less(c.right(a), c.left(b)) }

// CircleOverLeft is &<.
func (c *Calc) CircleOverLeft(a, b Circle) bool { return lessOrEqual(c.right(a), c.right(b)) }

// CircleRight is >>.
func (c *Calc) CircleRight(a, b Circle) bool { return greater(c.left(a), c.right(b)) }

// CircleOverRight is &>.
func (c *Calc) CircleOverRight(a, b Circle) bool { return greaterOrEqual(c.left(a), c.left(b)) }

// CircleBelow is <<|.
func (c *Calc) CircleBelow(a, b Circle) bool { return less(c.top(a), c.bottom(b)) }

// CircleOverBelow is &<|.
func (c *Calc) CircleOverBelow(a, b Circle) bool { return lessOrEqual(c.top(a), c.top(b)) }

// CircleAbove is |>>.
func (c *Calc) CircleAbove(a, b Circle) bool { return greater(c.bottom(a), c.top(b)) }

// CircleOverAbove is |&>.
func (c *Calc) CircleOverAbove(a, b Circle) bool { return greaterOrEqual(c.bottom(a), c.bottom(b)) }

// CircleContains is @>.
func (c *Calc) CircleContains(a, b Circle) bool {
	return lessOrEqual(c.PointDistance(a.Center, b.Center), c.sub(a.Radius, b.Radius))
}

// CircleContained is <@.
func (c *Calc) CircleContained(a, b Circle) bool { return c.CircleContains(b, a) }

// CircleHas is whether a point is in a circle, exactly.
func (c *Calc) CircleHas(a Circle, p Point) bool { return c.PointDistance(a.Center, p) <= a.Radius }

// CircleAdd moves a circle.
func (c *Calc) CircleAdd(a Circle, p Point) Circle { return Circle{c.PointAdd(a.Center, p), a.Radius} }

// CircleSub moves a circle back.
func (c *Calc) CircleSub(a Circle, p Point) Circle { return Circle{c.PointSub(a.Center, p), a.Radius} }

// CircleMul scales and turns.
func (c *Calc) CircleMul(a Circle, p Point) Circle {
	return Circle{c.PointMul(a.Center, p), c.mul(a.Radius, c.hypot(p.X, p.Y))}
}

// CircleDiv does CircleMul's opposite.
func (c *Calc) CircleDiv(a Circle, p Point) Circle {
	return Circle{c.PointDiv(a.Center, p), c.div(a.Radius, c.hypot(p.X, p.Y))}
}

// CircleArea is what circles are compared by.
func (c *Calc) CircleArea(a Circle) float64 { return c.mul(c.mul(a.Radius, a.Radius), math.Pi) }

// CircleDiameter is diameter(a).
func (c *Calc) CircleDiameter(a Circle) float64 { return c.mul(a.Radius, 2) }

// CircleRadius is radius(a).
func (c *Calc) CircleRadius(a Circle) float64 { return a.Radius }

// CircleCenter is @@.
func (c *Calc) CircleCenter(a Circle) Point { return a.Center }

// CircleBox is the box in a circle.
func (c *Calc) CircleBox(a Circle) Box {
	half := c.div(a.Radius, math.Sqrt(2))
	at := a.Center
	return Box{High: Point{c.add(at.X, half), c.add(at.Y, half)}, Low: Point{c.sub(at.X, half), c.sub(at.Y, half)}}
}

// PointsMax is how many points a polygon or a path may have that others are made of.
const PointsMax = 10_000_000

// CirclePolygon has n points on a circle, by the given functions of angles. Errors: 0A000 of no radius, 22023 of less
// than two points, 54000 of more than PointsMax.
func (c *Calc) CirclePolygon(n int, a Circle, cos, sin func(float64) float64) Polygon {
	switch {
	case isZero(a.Radius):
		c.fail(sqlstate.FeatureNotSupported, "cannot convert circle with radius zero to polygon")
	case n < 2:
		c.fail(sqlstate.InvalidParameterValue, "must request at least 2 points")
	case n > PointsMax:
		c.fail(sqlstate.ProgramLimitExceeded, "too many points requested")
	}
	if c.err != nil {
		return Polygon{}
	}
	points := make([]Point, n)
	step := c.div(2*math.Pi, float64(n))
	for i := range points {
		if !c.goOn() {
			return Polygon{}
		}
		angle := c.mul(step, float64(i))
		points[i] = Point{
			c.sub(a.Center.X, c.mul(a.Radius, cos(angle))),
			c.add(a.Center.Y, c.mul(a.Radius, sin(angle))),
		}
	}
	return Polygon{points}
}

// CircleDistance is <->, of the borders.
func (c *Calc) CircleDistance(a, b Circle) float64 {
	return notBelow0(c.sub(c.PointDistance(a.Center, b.Center), c.add(a.Radius, b.Radius)))
}

// PointCircleDistance is <->.
func (c *Calc) PointCircleDistance(p Point, a Circle) float64 {
	return notBelow0(c.sub(c.PointDistance(p, a.Center), a.Radius))
}

// CirclePolygonDistance is <->.
func (c *Calc) CirclePolygonDistance(a Circle, p Polygon) float64 {
	return notBelow0(c.sub(c.PointPolygonDistance(a.Center, p), a.Radius))
}

func notBelow0(d float64) float64 {
	if d < 0 {
		return 0
	}
	return d
}
