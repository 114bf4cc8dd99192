package geometry

// NewBox is the box between two points.
func (c *Calc) NewBox(p, q Point) Box {
	b := Box{High: q, Low: p}
	if above(p.X, q.X) {
		b.High.X, b.Low.X = p.X, q.X
	}
	if above(p.Y, q.Y) {
		b.High.Y, b.Low.Y = p.Y, q.Y
	}
	return b
}

// Ordered has the upper right corner first.
func (b Box) Ordered() Box {
	if below(b.High.X, b.Low.X) {
		b.High.X, b.Low.X = b.Low.X, b.High.X
	}
	if below(b.High.Y, b.Low.Y) {
		b.High.Y, b.Low.Y = b.Low.Y, b.High.Y
	}
	return b
}

// BoxSame is ~=.
func (c *Calc) BoxSame(a, b Box) bool {
	return c.PointSame(a.High, b.High) && c.PointSame(a.Low, b.Low)
}

// BoxOverlaps is &&.
func (c *Calc) BoxOverlaps(a, b Box) bool {
	return lessOrEqual(a.Low.X, b.High.X) && lessOrEqual(b.Low.X, a.High.X) && lessOrEqual(a.Low.Y, b.High.Y) && lessOrEqual(b.Low.Y, a.High.Y)
}

// BoxLeft is <<; the others likewise say where a is.
func (c *Calc) BoxLeft(a, b Box) bool { return less(a.High.X, b.Low.X) }

// BoxOverLeft is &<.
func (c *Calc) BoxOverLeft(a, b Box) bool { return lessOrEqual(a.High.X, b.High.X) }

// BoxRight is >>.
func (c *Calc) BoxRight(a, b Box) bool { return greater(a.Low.X, b.High.X) }

// BoxOverRight is &>.
func (c *Calc) BoxOverRight(a, b Box) bool { return greaterOrEqual(a.Low.X, b.Low.X) }

// BoxBelow is <<|.
func (c *Calc) BoxBelow(a, b Box) bool { return less(a.High.Y, b.Low.Y) }

// BoxOverBelow is &<|.
func (c *Calc) BoxOverBelow(a, b Box) bool { return lessOrEqual(a.High.Y, b.High.Y) }

// BoxAbove is |>>.
func (c *Calc) BoxAbove(a, b Box) bool { return greater(a.Low.Y, b.High.Y) }

// BoxOverAbove is |&>.
func (c *Calc) BoxOverAbove(a, b Box) bool { return greaterOrEqual(a.Low.Y, b.Low.Y) }

// BoxBelowOrTouches is <^.
func (c *Calc) BoxBelowOrTouches(a, b Box) bool { return lessOrEqual(a.High.Y, b.Low.Y) }

// BoxAboveOrTouches is >^.
func (c *Calc) BoxAboveOrTouches(a, b Box) bool { return greaterOrEqual(a.Low.Y, b.High.Y) }

// BoxContains is @>.
func (c *Calc) BoxContains(a, b Box) bool {
	return greaterOrEqual(a.High.X, b.High.X) && lessOrEqual(a.Low.X, b.Low.X) && greaterOrEqual(a.High.Y, b.High.Y) && lessOrEqual(a.Low.Y, b.Low.Y)
}

// BoxContained is <@.
func (c *Calc) BoxContained(a, b Box) bool { return c.BoxContains(b, a) }

// BoxWidth is width(b).
func (c *Calc) BoxWidth(b Box) float64 { return c.sub(b.High.X, b.Low.X) }

// BoxHeight is height(b).
func (c *Calc) BoxHeight(b Box) float64 { return c.sub(b.High.Y, b.Low.Y) }

// BoxArea is what boxes are compared by.
func (c *Calc) BoxArea(b Box) float64 { return c.mul(c.BoxWidth(b), c.BoxHeight(b)) }

// BoxCenter is @@.
func (c *Calc) BoxCenter(b Box) Point { return c.middle(b.High, b.Low) }

// BoxDistance is that of the centers.
func (c *Calc) BoxDistance(a, b Box) float64 { return c.PointDistance(c.BoxCenter(a), c.BoxCenter(b)) }

// BoxDiagonal is diagonal(b).
func (c *Calc) BoxDiagonal(b Box) Lseg { return Lseg{b.High, b.Low} }

// BoxCommon is #: what two boxes have in common, nil if that is nothing.
func (c *Calc) BoxCommon(a, b Box) *Box {
	if !c.BoxOverlaps(a, b) {
		return nil
	}
	return &Box{
		High: Point{least(a.High.X, b.High.X), least(a.High.Y, b.High.Y)},
		Low:  Point{greatest(a.Low.X, b.Low.X), greatest(a.Low.Y, b.Low.Y)},
	}
}

// BoxBound is the smallest box that has both.
func (c *Calc) BoxBound(a, b Box) Box {
	return Box{
		High: Point{greatest(a.High.X, b.High.X), greatest(a.High.Y, b.High.Y)},
		Low:  Point{least(a.Low.X, b.Low.X), least(a.Low.Y, b.Low.Y)},
	}
}

// BoxAdd moves a box.
func (c *Calc) BoxAdd(b Box, p Point) Box { return Box{c.PointAdd(b.High, p), c.PointAdd(b.Low, p)} }

// BoxSub moves a box back.
func (c *Calc) BoxSub(b Box, p Point) Box { return Box{c.PointSub(b.High, p), c.PointSub(b.Low, p)} }

// BoxMul scales and turns the corners.
func (c *Calc) BoxMul(b Box, p Point) Box {
	return c.NewBox(c.PointMul(b.High, p), c.PointMul(b.Low, p))
}

// BoxDiv does BoxMul's opposite.
func (c *Calc) BoxDiv(b Box, p Point) Box {
	return c.NewBox(c.PointDiv(b.High, p), c.PointDiv(b.Low, p))
}

// PointBox is the box that has nothing but a point.
func (c *Calc) PointBox(p Point) Box { return Box{p, p} }

// BoxPolygon is a box as a polygon.
func (c *Calc) BoxPolygon(b Box) Polygon {
	return Polygon{[]Point{b.Low, {b.Low.X, b.High.Y}, b.High, {b.High.X, b.Low.Y}}}
}

// BoxCircle is the circle around a box.
func (c *Calc) BoxCircle(b Box) Circle {
	center := c.BoxCenter(b)
	return Circle{center, c.PointDistance(center, b.High)}
}

// BoxHas is whether a point is in a box, on its border too.
func (c *Calc) BoxHas(b Box, p Point) bool {
	return b.High.X >= p.X && b.Low.X <= p.X && b.High.Y >= p.Y && b.Low.Y <= p.Y
}

// LsegInBox is <@.
func (c *Calc) LsegInBox(l Lseg, b Box) bool { return c.BoxHas(b, l[0]) && c.BoxHas(b, l[1]) }

// sides are a box's: left, top, bottom and right.
func (b Box) sides() [4]Lseg {
	leftTop, rightBottom := Point{b.Low.X, b.High.Y}, Point{b.High.X, b.Low.Y}
	return [4]Lseg{{b.Low, leftTop}, {b.High, leftTop}, {b.Low, rightBottom}, {b.High, rightBottom}}
}

// LsegCrossesBox is ?#, of a segment in the box too.
func (c *Calc) LsegCrossesBox(l Lseg, b Box) bool {
	around := Box{
		High: Point{greatest(l[0].X, l[1].X), greatest(l[0].Y, l[1].Y)},
		Low:  Point{least(l[0].X, l[1].X), least(l[0].Y, l[1].Y)},
	}
	if !c.BoxOverlaps(around, b) {
		return false
	}
	if c.BoxHas(b, l[0]) || c.BoxHas(b, l[1]) {
		return true
	}
	for _, side := range b.sides() {
		if c.LsegsCross(side, l) {
			return true
		}
	}
	return false
}

// LineCrossesBox is ?#.
func (c *Calc) LineCrossesBox(l Line, b Box) bool {
	leftTop, rightBottom := Point{b.Low.X, b.High.Y}, Point{b.High.X, b.Low.Y}
	for _, side := range [4]Lseg{{b.Low, leftTop}, {b.High, leftTop}, {b.High, rightBottom}, {b.Low, rightBottom}} {
		if c.LsegCrossesLine(side, l) {
			return true
		}
	}
	return false
}

// nearestInBox is the point of a box that is nearest to another.
func (c *Calc) nearestInBox(b Box, p Point) (at Point, distance float64) {
	if c.BoxHas(b, p) {
		return p, 0
	}
	for i, side := range b.sides() {
		if other, d := c.nearestOnLseg(side, p); i == 0 || below(d, distance) {
			at, distance = other, d
		}
	}
	return at, distance
}

// BoxLsegDistance is <->.
func (c *Calc) BoxLsegDistance(b Box, l Lseg) float64 {
	if c.LsegCrossesBox(l, b) {
		return 0
	}
	_, d := c.nearestBoxToLseg(b, l)
	return d
}

// nearestBoxToLseg is the point of a box that is nearest to a segment, which does not cross it.
func (c *Calc) nearestBoxToLseg(b Box, l Lseg) (at Point, distance float64) {
	for i, side := range b.sides() {
		if other, d := c.nearestToLseg(side, l); i == 0 || below(d, distance) {
			at, distance = other, d
		}
	}
	return at, distance
}
