package geometry

import (
	"encoding/binary"
	"math"
	"strings"
)

// Point is a value of type point.
type Point struct{ X, Y float64 }

// Lseg is a line segment, by its ends.
type Lseg [2]Point

// Box is a rectangle, by its upper right and lower left corners.
type Box struct{ High, Low Point }

// Line is all points of which Ax + By + C is 0.
type Line struct{ A, B, C float64 }

// Path is points in a row, which have a segment from the last to the first if it is closed. There is at least one.
type Path struct {
	Closed bool
	Points []Point
}

// Polygon is an area in between points, of which there is at least one.
type Polygon struct{ Points []Point }

// Circle is a value of type circle.
type Circle struct {
	Center Point
	Radius float64
}

const (
	floatBytes = 8
	pointBytes = 2 * floatBytes
)

func floatAt(s string, i int) float64 {
	return math.Float64frombits(binary.BigEndian.Uint64([]byte(s[i*floatBytes : (i+1)*floatBytes])))
}

func bytesOf(floats ...float64) string {
	buf := make([]byte, 0, len(floats)*floatBytes)
	for _, f := range floats {
		buf = binary.BigEndian.AppendUint64(buf, math.Float64bits(f))
	}
	return string(buf)
}

// PointOf reads a value's bytes, which are those of the binary format. So do the others.
func PointOf(s string) Point { return Point{floatAt(s, 0), floatAt(s, 1)} }

// LsegOf reads a value's bytes.
func LsegOf(s string) Lseg { return Lseg{PointOf(s), PointOf(s[pointBytes:])} }

// BoxOf reads a value's bytes.
func BoxOf(s string) Box { return Box{PointOf(s), PointOf(s[pointBytes:])} }

// LineOf reads a value's bytes.
func LineOf(s string) Line { return Line{floatAt(s, 0), floatAt(s, 1), floatAt(s, 2)} }

// CircleOf reads a value's bytes.
func CircleOf(s string) Circle { return Circle{PointOf(s), floatAt(s, 2)} }

// PathOf reads a value's bytes.
func PathOf(s string) Path { return Path{Closed: s[0] != 0, Points: pointsOf(s[1:])} }

// PolygonOf reads a value's bytes.
func PolygonOf(s string) Polygon { return Polygon{pointsOf(s)} }

func pointsOf(s string) []Point {
	points := make([]Point, binary.BigEndian.Uint32([]byte(s[:4])))
	for i := range points {
		points[i] = PointOf(s[4+i*pointBytes:])
	}
	return points
}

// Bytes is the value, in the binary format. So are the others.
func (p Point) Bytes() string { return bytesOf(p.X, p.Y) }

// Bytes is the value.
func (l Lseg) Bytes() string { return bytesOf(l[0].X, l[0].Y, l[1].X, l[1].Y) }

// Bytes is the value.
func (b Box) Bytes() string { return bytesOf(b.High.X, b.High.Y, b.Low.X, b.Low.Y) }

// Bytes is the value.
func (l Line) Bytes() string { return bytesOf(l.A, l.B, l.C) }

// Bytes is the value.
func (c Circle) Bytes() string { return bytesOf(c.Center.X, c.Center.Y, c.Radius) }

// Bytes is the value.
func (p Path) Bytes() string {
	closed := byte(0)
	if p.Closed {
		closed = 1
	}
	return bytesOfPoints(p.Points, closed)
}

// Bytes is the value.
func (p Polygon) Bytes() string { return bytesOfPoints(p.Points) }

func bytesOfPoints(points []Point, before ...byte) string {
	var b strings.Builder
	b.Grow(len(before) + 4 + len(points)*pointBytes)
	var room [pointBytes]byte
	b.Write(before)
	b.Write(binary.BigEndian.AppendUint32(room[:0], uint32(len(points))))
	for _, p := range points {
		buf := binary.BigEndian.AppendUint64(room[:0], math.Float64bits(p.X))
		b.Write(binary.BigEndian.AppendUint64(buf, math.Float64bits(p.Y)))
	}
	return b.String()
}

// Sides are a path's segments; that from the last point to the first comes first.
func (p Path) Sides() []Lseg {
	sides := make([]Lseg, 0, len(p.Points))
	if p.Closed {
		sides = append(sides, Lseg{p.Points[len(p.Points)-1], p.Points[0]})
	}
	for i := range p.Points[1:] {
		sides = append(sides, Lseg{p.Points[i], p.Points[i+1]})
	}
	return sides
}

// sides are those of the path around a polygon.
func (p Polygon) sides() []Lseg { return Path{Closed: true, Points: p.Points}.Sides() }

// Bound is the smallest box around a polygon.
func (p Polygon) Bound() Box { return boundOf(p.Points) }

func boundOf(points []Point) Box {
	b := Box{points[0], points[0]}
	for _, p := range points[1:] {
		b.High.X, b.High.Y = greatest(p.X, b.High.X), greatest(p.Y, b.High.Y)
		b.Low.X, b.Low.Y = least(p.X, b.Low.X), least(p.Y, b.Low.Y)
	}
	return b
}
