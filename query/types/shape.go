package types

import (
	"math"
	"strings"

	"github.com/projsql/projsql/query/types/geometry"
	"github.com/projsql/projsql/wire/sqlstate"
)

// A value of a geometric type is a string of what the binary format has.

// IsShape reports whether t is a geometric type.
func IsShape(t OID) bool {
	switch t {
	case PointOID, LsegOID, PathOID, BoxOID, PolygonOID, LineOID, CircleOID:
		return true
	}
	return false
}

// PieceOf is the type of what a value of fixed length is made of, which subscripts tell apart: points of a box, numbers of
// a point, bytes of a name; 0 of another type.
func PieceOf(t OID) OID {
	if i := Info(t); i != nil && i.Len > 0 {
		return i.Elem
	}
	return 0
}

func appendShape(env *Env, buf []byte, t OID, s string) []byte {
	w := shapeWriter{buf: buf, digits: env.ExtraFloatDigits}
	switch t {
	case PointOID:
		w.points("", "", geometry.PointOf(s))
	case LsegOID:
		l := geometry.LsegOf(s)
		w.points("[", "]", l[:]...)
	case BoxOID:
		b := geometry.BoxOf(s)
		w.points("", "", b.High, b.Low)
	case PolygonOID:
		w.points("(", ")", geometry.PolygonOf(s).Points...)
	case PathOID:
		begin, end := "[", "]"
		p := geometry.PathOf(s)
		if p.Closed {
			begin, end = "(", ")"
		}
		w.points(begin, end, p.Points...)
	case LineOID:
		l := geometry.LineOf(s)
		w.floats("{", "}", l.A, l.B, l.C)
	case CircleOID:
		c := geometry.CircleOf(s)
		w.points("<", ",", c.Center)
		w.floats("", ">", c.Radius)
	}
	return w.buf
}

type shapeWriter struct {
	buf    []byte
	digits int
}

func (w *shapeWriter) points(begin, end string, all ...geometry.Point) {
	w.buf = append(w.buf, begin...)
	for i, p := range all {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.floats("(", ")", p.X, p.Y)
	}
	w.buf = append(w.buf, end...)
}

func (w *shapeWriter) floats(begin, end string, all ...float64) {
	w.buf = append(w.buf, begin...)
	for i, f := range all {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = appendFloat(w.buf, f, 64, w.digits)
	}
	w.buf = append(w.buf, end...)
}

func parseShape(t OID, text string) (Datum, error) {
	r := &shapeReader{name: Info(t).Name, text: text, rest: strings.TrimLeft(text, spaces)}
	var bytes string
	switch t {
	case PointOID:
		bytes = r.point().Bytes()
	case LsegOID:
		points, _ := r.points(2, true)
		bytes = geometry.Lseg(points).Bytes()
	case BoxOID:
		points, _ := r.points(2, false)
		bytes = geometry.Box{High: points[0], Low: points[1]}.Ordered().Bytes()
	case PolygonOID:
		points, _ := r.points(r.pairs(), false)
		bytes = geometry.Polygon{Points: points}.Bytes()
	case PathOID:
		bytes = r.path().Bytes()
	case LineOID:
		bytes = r.line().Bytes()
	case CircleOID:
		bytes = r.circle().Bytes()
	}
	if r.rest != "" {
		r.fail()
	}
	return String(bytes), r.err
}

func (r *wireReader) float8() float64 { return math.Float64frombits(uint64(r.int64())) }

func (r *wireReader) point() geometry.Point {
	x := r.float8()
	return geometry.Point{X: x, Y: r.float8()}
}

// shape reads the binary format.
func (r *wireReader) shape(t OID) (Datum, error) {
	var bytes string
	var err error
	switch t {
	case PointOID:
		bytes = r.point().Bytes()
	case LsegOID:
		p := r.point()
		bytes = geometry.Lseg{p, r.point()}.Bytes()
	case BoxOID:
		p := r.point()
		bytes = geometry.Box{High: p, Low: r.point()}.Ordered().Bytes()
	case LineOID:
		a, b := r.float8(), r.float8()
		l := geometry.Line{A: a, B: b, C: r.float8()}
		bytes, err = l.Bytes(), l.Check(sqlstate.InvalidBinaryRepresentation)
	case CircleOID:
		p := r.point()
		c := geometry.Circle{Center: p, Radius: r.float8()}
		if bytes = c.Bytes(); c.Radius < 0 {
			err = sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid radius in external \"circle\" value")
		}
	case PathOID:
		p := geometry.Path{Closed: r.octet() != 0}
		p.Points, err = r.points("path")
		bytes = p.Bytes()
	case PolygonOID:
		var p geometry.Polygon
		p.Points, err = r.points("polygon")
		bytes = p.Bytes()
	}
	return String(bytes), err
}

func (r *wireReader) points(name string) (all []geometry.Point, err error) {
	n := r.int32()
	const most = (math.MaxInt32 - 40) / 16
	if n <= 0 || n > most {
		return nil, sqlstate.New(sqlstate.InvalidBinaryRepresentation, "invalid number of points in external \"%s\" value", name)
	}
	for i := int32(0); i < n && !r.short; i++ {
		all = append(all, r.point())
	}
	return all, nil
}

// IsBinary reports whether s is a value of the type t in the binary format.
func IsBinary(t OID, s string) bool {
	d, err := DecodeBinary(Of(t), []byte(s))
	return err == nil && d.Str() == s
}
