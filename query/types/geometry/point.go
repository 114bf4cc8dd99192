package geometry

import "math"

// PointSame takes points within the epsilon for the same.
func (c *Calc) PointSame(p, q Point) bool {
	if math.IsNaN(p.X) || math.IsNaN(p.Y) || math.IsNaN(q.X) || math.IsNaN(q.Y) {
		return same(p.X, q.X) && same(p.Y, q.Y)
	}
	return equal(p.X, q.X) && equal(p.Y, q.Y)
}

// PointDiffers is <>.
func (c *Calc) PointDiffers(p, q Point) bool { return !c.PointSame(p, q) }

// PointLeft is <<; the others likewise say where p is.
func (c *Calc) PointLeft(p, q Point) bool { return less(p.X, q.X) }

// PointRight is >>.
func (c *Calc) PointRight(p, q Point) bool { return greater(p.X, q.X) }

// PointAbove is |>>.
func (c *Calc) PointAbove(p, q Point) bool { return greater(p.Y, q.Y) }

// PointBelow is <<|.
func (c *Calc) PointBelow(p, q Point) bool { return less(p.Y, q.Y) }

// PointVertical is ?|.
func (c *Calc) PointVertical(p, q Point) bool { return equal(p.X, q.X) }

// PointHorizontal is ?-.
func (c *Calc) PointHorizontal(p, q Point) bool { return equal(p.Y, q.Y) }

// PointDistance is <->.
func (c *Calc) PointDistance(p, q Point) float64 {
	return c.hypot(c.sub(p.X, q.X), c.sub(p.Y, q.Y))
}

// Slope is infinite where one point is above the other, or both are the same.
func (c *Calc) Slope(p, q Point) float64 {
	switch {
	case equal(p.X, q.X):
		return math.Inf(1)
	case equal(p.Y, q.Y):
		return 0
	}
	return c.div(c.sub(p.Y, q.Y), c.sub(p.X, q.X))
}

// across is the slope of what is perpendicular to both points.
func (c *Calc) across(p, q Point) float64 {
	switch {
	case equal(p.X, q.X):
		return 0
	case equal(p.Y, q.Y):
		return math.Inf(1)
	}
	return c.div(c.sub(p.X, q.X), c.sub(q.Y, p.Y))
}

// NewPoint is point(x, y).
func (c *Calc) NewPoint(x, y float64) Point { return Point{x, y} }

// PointAdd moves p by q.
func (c *Calc) PointAdd(p, q Point) Point { return Point{c.add(p.X, q.X), c.add(p.Y, q.Y)} }

// PointSub moves p back by q.
func (c *Calc) PointSub(p, q Point) Point { return Point{c.sub(p.X, q.X), c.sub(p.Y, q.Y)} }

// PointMul multiplies p and q as complex numbers.
func (c *Calc) PointMul(p, q Point) Point {
	return Point{
		c.sub(c.mul(p.X, q.X), c.mul(p.Y, q.Y)),
		c.add(c.mul(p.X, q.Y), c.mul(p.Y, q.X)),
	}
}

// PointDiv divides p by q as complex numbers.
func (c *Calc) PointDiv(p, q Point) Point {
	y := c.mul(q.Y, q.Y) // first, as its error is told
	by := c.add(c.mul(q.X, q.X), y)
	return Point{
		c.div(c.add(c.mul(p.X, q.X), c.mul(p.Y, q.Y)), by),
		c.div(c.sub(c.mul(p.Y, q.X), c.mul(p.X, q.Y)), by),
	}
}

// middle is halfway between p and q.
func (c *Calc) middle(p, q Point) Point {
	return Point{c.div(c.add(p.X, q.X), 2), c.div(c.add(p.Y, q.Y), 2)}
}
