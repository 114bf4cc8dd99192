package geometry

import "math"

// PointLineDistance is <->.
func (c *Calc) PointLineDistance(p Point, l Line) float64 {
	_, d := c.nearestOnLine(l, p)
	return d
}

// PointLsegDistance is <->.
func (c *Calc) PointLsegDistance(p Point, l Lseg) float64 {
	_, d := c.nearestOnLseg(l, p)
	return d
}

// PointBoxDistance is <->.
func (c *Calc) PointBoxDistance(p Point, b Box) float64 {
	_, d := c.nearestInBox(b, p)
	return d
}

// LsegLineDistance is <->.
func (c *Calc) LsegLineDistance(l Lseg, m Line) float64 {
	_, d := c.nearestToLine(l, m)
	return d
}

// The Nearest functions are ##: the point of the second shape that is nearest to the first; nil where there is none.

// NearestOnLine is ##.
func (c *Calc) NearestOnLine(p Point, l Line) *Point { return known(c.nearestOnLine(l, p)) }

// NearestOnLseg is ##.
func (c *Calc) NearestOnLseg(p Point, l Lseg) *Point { return known(c.nearestOnLseg(l, p)) }

// NearestInBox is ##.
func (c *Calc) NearestInBox(p Point, b Box) *Point { return known(c.nearestInBox(b, p)) }

// NearestToLine is ##, nil of what is parallel.
func (c *Calc) NearestToLine(m Line, l Lseg) *Point {
	if c.lsegSlope(l) == c.lineSlope(m) {
		return nil
	}
	return known(c.nearestToLine(l, m))
}

// NearestOnOther is ##, nil of what is parallel.
func (c *Calc) NearestOnOther(l, m Lseg) *Point {
	if c.lsegSlope(l) == c.lsegSlope(m) {
		return nil
	}
	return known(c.nearestToLseg(m, l))
}

// NearestBoxToLseg is ##: where both cross, the point of the segment that is nearest to the box's center.
func (c *Calc) NearestBoxToLseg(l Lseg, b Box) *Point {
	if c.LsegCrossesBox(l, b) {
		at, _ := c.nearestOnLseg(l, c.BoxCenter(b))
		return &at
	}
	return known(c.nearestBoxToLseg(b, l))
}

func known(at Point, distance float64) *Point {
	if math.IsNaN(distance) {
		return nil
	}
	return &at
}
