package geometry

// NewLseg is lseg(p, q).
func (c *Calc) NewLseg(p, q Point) Lseg { return Lseg{p, q} }

func (c *Calc) lsegSlope(l Lseg) float64 { return c.Slope(l[0], l[1]) }

// LsegLength is @-@.
func (c *Calc) LsegLength(l Lseg) float64 { return c.PointDistance(l[0], l[1]) }

// LsegCenter is @@.
func (c *Calc) LsegCenter(l Lseg) Point { return c.middle(l[0], l[1]) }

// LsegsParallel is ?||.
func (c *Calc) LsegsParallel(l, m Lseg) bool { return equal(c.lsegSlope(l), c.lsegSlope(m)) }

// LsegsPerpendicular is ?-|.
func (c *Calc) LsegsPerpendicular(l, m Lseg) bool {
	return equal(c.lsegSlope(l), c.across(m[0], m[1]))
}

// LsegVertical is ?|.
func (c *Calc) LsegVertical(l Lseg) bool { return equal(l[0].X, l[1].X) }

// LsegHorizontal is ?-.
func (c *Calc) LsegHorizontal(l Lseg) bool { return equal(l[0].Y, l[1].Y) }

// LsegsEqual is =; the other comparisons are of lengths.
func (c *Calc) LsegsEqual(l, m Lseg) bool { return c.PointSame(l[0], m[0]) && c.PointSame(l[1], m[1]) }

// LsegsDiffer is <>.
func (c *Calc) LsegsDiffer(l, m Lseg) bool { return !c.LsegsEqual(l, m) }

// LsegsCross is ?#.
func (c *Calc) LsegsCross(l, m Lseg) bool { return c.LsegCrossing(l, m) != nil }

// LsegCrossing is where two segments cross, nil if they do not.
func (c *Calc) LsegCrossing(l, m Lseg) *Point {
	at := c.lsegLine(l, c.lineAt(m[0], c.lsegSlope(m)))
	if at == nil || !c.LsegHas(m, *at) {
		return nil
	}
	return at
}

// lsegLine is where a segment and a line cross, nil if they do not: an end of the segment, if it is near.
func (c *Calc) lsegLine(l Lseg, m Line) *Point {
	at := c.LineCrossing(c.lineAt(l[0], c.lsegSlope(l)), m)
	if at == nil || !c.LsegHas(l, *at) {
		return nil
	}
	for _, end := range l {
		if c.PointSame(end, *at) {
			return &end
		}
	}
	return at
}

// LsegCrossesLine is ?#.
func (c *Calc) LsegCrossesLine(l Lseg, m Line) bool { return c.lsegLine(l, m) != nil }

// LsegOnLine is <@.
func (c *Calc) LsegOnLine(l Lseg, m Line) bool { return c.LineHas(m, l[0]) && c.LineHas(m, l[1]) }

// LsegHas is whether a point is on a segment: it is no detour between the ends.
func (c *Calc) LsegHas(l Lseg, p Point) bool {
	return equal(c.PointDistance(p, l[0])+c.PointDistance(p, l[1]), c.PointDistance(l[0], l[1]))
}

// nearestToLine is the point of a segment that is nearest to a line, and how far it is.
func (c *Calc) nearestToLine(l Lseg, m Line) (Point, float64) {
	if at := c.lsegLine(l, m); at != nil {
		return *at, 0
	}
	_, d0 := c.nearestOnLine(m, l[0])
	_, d1 := c.nearestOnLine(m, l[1])
	if d0 < d1 {
		return l[0], d0
	}
	return l[1], d1
}

// nearestOnLseg is the point of a segment that is nearest to another.
func (c *Calc) nearestOnLseg(l Lseg, p Point) (Point, float64) {
	at, _ := c.nearestToLine(l, c.lineAt(p, c.across(l[0], l[1])))
	return at, c.PointDistance(at, p)
}

// nearestToLseg is the point of a segment that is nearest to the other.
func (c *Calc) nearestToLseg(on, to Lseg) (Point, float64) {
	if at := c.LsegCrossing(on, to); at != nil {
		return *at, 0
	}
	at, distance := c.nearestOnLseg(on, to[0])
	if other, d := c.nearestOnLseg(on, to[1]); below(d, distance) {
		at, distance = other, d
	}
	for _, end := range on {
		if _, d := c.nearestOnLseg(to, end); below(d, distance) {
			at, distance = end, d
		}
	}
	return at, distance
}

// LsegDistance is <->.
func (c *Calc) LsegDistance(l, m Lseg) float64 {
	_, d := c.nearestToLseg(l, m)
	return d
}
