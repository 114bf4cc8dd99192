package geometry

import (
	"math"
	"slices"

	"github.com/projsql/projsql/wire/sqlstate"
)

// PathArea is nil of an open path.
func (c *Calc) PathArea(p Path) *float64 {
	if !p.Closed {
		return nil
	}
	area := 0.0
	for i, a := range p.Points {
		b := p.Points[(i+1)%len(p.Points)]
		area = c.add(area, c.mul(a.X, b.Y))
		area = c.sub(area, c.mul(a.Y, b.X))
	}
	area = c.div(math.Abs(area), 2)
	return &area
}

// PathLength is @-@.
func (c *Calc) PathLength(p Path) (length float64) {
	for _, side := range p.Sides() {
		length = c.add(length, c.LsegLength(side))
	}
	return length
}

// PathClosed is isclosed(p).
func (c *Calc) PathClosed(p Path) bool { return p.Closed }

// PathOpen is isopen(p).
func (c *Calc) PathOpen(p Path) bool { return !p.Closed }

// PathPoints is #, which paths are compared by.
func (c *Calc) PathPoints(p Path) int { return len(p.Points) }

// PathClose is pclose(p).
func (c *Calc) PathClose(p Path) Path { return Path{true, p.Points} }

// PathToOpen is popen(p).
func (c *Calc) PathToOpen(p Path) Path { return Path{false, p.Points} }

// PathsCross is ?#.
func (c *Calc) PathsCross(p, q Path) bool {
	if !c.BoxOverlaps(boundOf(p.Points), boundOf(q.Points)) {
		return false
	}
	return c.anyCross(p.Sides(), q.Sides())
}

func (c *Calc) anyCross(some, others []Lseg) bool {
	for _, l := range some {
		for _, m := range others {
			if !c.goOn() || c.LsegsCross(l, m) {
				return true
			}
		}
	}
	return false
}

// PathDistance is <->; nil where a path has no segment.
func (c *Calc) PathDistance(p, q Path) *float64 { return c.apart(p.Sides(), q.Sides()) }

// apart is the distance of the two segments that are nearest.
func (c *Calc) apart(some, others []Lseg) (distance *float64) {
	for _, l := range some {
		for _, m := range others {
			if d := c.LsegDistance(l, m); distance == nil || below(d, *distance) {
				distance = &d
			}
			if !c.goOn() {
				return distance
			}
		}
	}
	return distance
}

// PointPathDistance is <->; 0 of a path that has no segment.
func (c *Calc) PointPathDistance(p Point, path Path) (distance float64) {
	for i, side := range path.Sides() {
		if d := c.PointLsegDistance(p, side); i == 0 || below(d, distance) {
			distance = d
		}
	}
	return distance
}

// PathHas is whether a point is on an open path, or in what a closed one goes around.
func (c *Calc) PathHas(path Path, p Point) bool {
	if path.Closed {
		return c.inside(p, path.Points)
	}
	for _, side := range path.Sides() {
		if equal(c.add(c.PointDistance(p, side[0]), c.PointDistance(p, side[1])), c.LsegLength(side)) {
			return true
		}
	}
	return false
}

// PathAdd puts an open path behind another; nil if one is closed. 54000 of more than PointsMax points.
func (c *Calc) PathAdd(p, q Path) *Path {
	if len(p.Points)+len(q.Points) > PointsMax {
		c.fail(sqlstate.ProgramLimitExceeded, "too many points requested")
		return nil
	}
	if p.Closed || q.Closed {
		return nil
	}
	return &Path{Points: slices.Concat(p.Points, q.Points)}
}

// PathMove does something to each point.
func (c *Calc) PathMove(p Path, by Point, move func(*Calc, Point, Point) Point) Path {
	moved := make([]Point, len(p.Points))
	for i, at := range p.Points {
		moved[i] = move(c, at, by)
	}
	return Path{p.Closed, moved}
}
