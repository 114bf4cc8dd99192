package geometry

// inside is whether a point is in what points go around, or on its border: it counts how often the border crosses the
// ray to the right, up less down.
func (c *Calc) inside(p Point, points []Point) bool {
	first := Point{c.sub(points[0].X, p.X), c.sub(points[0].Y, p.Y)}
	before, total := first, 0
	for i := 1; i <= len(points); i++ {
		at := first
		if i < len(points) {
			at = Point{c.sub(points[i].X, p.X), c.sub(points[i].Y, p.Y)}
		}
		crossings, on := c.crossings(at, before)
		if on || !c.goOn() {
			return true
		}
		total += crossings
		before = at
	}
	return total != 0
}

// crossings counts twice how often a segment crosses the positive half of the x axis: once where it has an end there. on
// says that it goes through the origin.
func (c *Calc) crossings(at, before Point) (n int, on bool) {
	if isZero(at.Y) {
		return crossingsOnAxis(at, before)
	}
	up := -1
	if greater(at.Y, 0) {
		up = 1
	}
	switch {
	case isZero(before.Y):
		if less(before.X, 0) {
			return 0, false
		}
		return up, false
	case up < 0 && less(before.Y, 0), up > 0 && greater(before.Y, 0):
		return 0, false
	case greaterOrEqual(at.X, 0) && greater(before.X, 0):
		return 2 * up, false
	case less(at.X, 0) && lessOrEqual(before.X, 0):
		return 0, false
	}
	z := c.sub(c.mul(c.sub(at.X, before.X), at.Y), c.mul(c.sub(at.Y, before.Y), at.X))
	switch {
	case isZero(z):
		return 0, true
	case up < 0 && less(z, 0), up > 0 && greater(z, 0):
		return 0, false
	}
	return 2 * up, false
}

func crossingsOnAxis(at, before Point) (n int, on bool) {
	switch {
	case isZero(at.X):
		return 0, true
	case greater(at.X, 0):
		switch {
		case isZero(before.Y):
			return 0, !greater(before.X, 0)
		case less(before.Y, 0):
			return 1, false
		}
		return -1, false
	}
	return 0, isZero(before.Y) && !less(before.X, 0)
}
