package types

import (
	"math"
	"strings"

	"github.com/projsql/projsql/query/types/geometry"
	"github.com/projsql/projsql/wire/sqlstate"
)

// shapeReader reads the text of a geometric type. Once it has failed it gives zeros.
type shapeReader struct {
	name, text, rest string
	err              error
}

func (r *shapeReader) fail() { r.failWith(errSyntax(r.name, r.text)) }

func (r *shapeReader) failWith(err error) {
	if r.err == nil {
		r.err = err
	}
	r.rest = ""
}

func (r *shapeReader) skip() { r.rest = strings.TrimLeft(r.rest, spaces) }

func (r *shapeReader) at(c byte) bool { return r.rest != "" && r.rest[0] == c }

func (r *shapeReader) take(c byte) bool {
	if !r.at(c) {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *shapeReader) want(c byte) {
	if !r.take(c) {
		r.fail()
	}
}

// float reads a number between blanks, as much as C's strtod takes for one.
func (r *shapeReader) float() float64 {
	r.skip()
	word := floatPrefix(r.rest)
	if word == "" {
		r.fail()
		return 0
	}
	rest := r.rest[len(word):]
	f := math.Float64frombits(0x7ff8 << 48)
	if !isNaNWord(word) {
		var err error
		if f, err = parseFloat(word, 64); err != nil {
			r.failWith(err)
			return 0
		}
	}
	r.rest = strings.TrimLeft(rest, spaces)
	return f
}

func isNaNWord(word string) bool {
	word = strings.TrimLeft(word, "+-")
	return len(word) >= 3 && strings.EqualFold(word[:3], "nan")
}

// floatPrefix is what C's strtod reads of a text, "" if that is nothing.
func floatPrefix(s string) string {
	at := 0
	if s != "" && (s[0] == '-' || s[0] == '+') {
		at = 1
	}
	for _, word := range []string{"infinity", "inf", "nan"} {
		if len(s)-at < len(word) || !strings.EqualFold(s[at:at+len(word)], word) {
			continue
		}
		at += len(word)
		if word == "nan" && at < len(s) && s[at] == '(' {
			inner := strings.TrimLeft(s[at+1:], "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
			if strings.HasPrefix(inner, ")") {
				at = len(s) - len(inner) + 1
			}
		}
		return s[:at]
	}
	digits, exponent := "0123456789", "e"
	if len(s)-at > 2 && s[at] == '0' && s[at+1]|0x20 == 'x' {
		const hex = "0123456789abcdefABCDEF"
		if behind := strings.TrimPrefix(s[at+2:], "."); behind != "" && strings.IndexByte(hex, behind[0]) >= 0 {
			digits, exponent = hex, "p"
			at += 2
		}
	}
	end := endOfNumber(s, at, digits)
	if end < 0 {
		return ""
	}
	if end < len(s) && s[end]|0x20 == exponent[0] {
		from := end + 1
		if from < len(s) && (s[from] == '-' || s[from] == '+') {
			from++
		}
		if from < len(s) && isDigit(s[from]) {
			end = len(s) - len(strings.TrimLeft(s[from:], "0123456789"))
		}
	}
	return s[:end]
}

// endOfNumber is where digits with a point among them end; -1 if there is none.
func endOfNumber(s string, at int, digits string) int {
	end := len(s) - len(strings.TrimLeft(s[at:], digits))
	some := end > at
	if end < len(s) && s[end] == '.' {
		behind := len(s) - len(strings.TrimLeft(s[end+1:], digits))
		some = some || behind > end+1
		end = behind
	}
	if !some {
		return -1
	}
	return end
}

// point reads two numbers, between parentheses or not.
func (r *shapeReader) point() geometry.Point {
	r.skip()
	enclosed := r.take('(')
	var p geometry.Point
	p.X = r.float()
	r.want(',')
	p.Y = r.float()
	if enclosed {
		r.want(')')
		r.skip()
	}
	return p
}

// pairs is how many points the commas of a text can be between.
func (r *shapeReader) pairs() int {
	commas := strings.Count(r.text, ",")
	if commas%2 == 0 {
		r.fail()
		return 0
	}
	return (commas + 1) / 2
}

// points reads so many, between parentheses or not; and between brackets, if they may be those of an open path.
func (r *shapeReader) points(n int, mayOpen bool) (all []geometry.Point, open bool) {
	depth := 0
	r.skip()
	switch {
	case r.at('['):
		if !mayOpen {
			r.fail()
		}
		open = true
		depth++
		r.take('[')
	case r.at('('):
		inner := strings.TrimLeft(r.rest[1:], spaces)
		if strings.HasPrefix(inner, "(") || strings.LastIndexByte(r.rest, '(') == 0 {
			depth++
			r.rest = inner
		}
	}
	for range n {
		all = append(all, r.point())
		r.take(',')
	}
	for ; depth > 0; depth-- {
		if !r.take(')') && !(open && depth == 1 && r.take(']')) {
			r.fail()
		}
		r.skip()
	}
	return all, open
}

func (r *shapeReader) path() geometry.Path {
	n := r.pairs()
	enclosed := strings.HasPrefix(r.rest, "(") && strings.LastIndexByte(r.rest, '(') == 0 && r.take('(')
	points, open := r.points(n, true)
	if enclosed {
		r.want(')')
		r.skip()
	}
	return geometry.Path{Closed: !open, Points: points}
}

func (r *shapeReader) line() (l geometry.Line) {
	if !r.take('{') {
		points, _ := r.points(2, true)
		if r.rest != "" {
			r.fail()
		}
		if r.err != nil {
			return l
		}
		var c geometry.Calc
		if l = c.LineRead(points[0], points[1]); c.Err() != nil {
			r.failWith(c.Err())
		}
		return l
	}
	l.A = r.float()
	r.want(',')
	l.B = r.float()
	r.want(',')
	l.C = r.float()
	r.want('}')
	r.skip()
	if r.rest != "" {
		r.fail()
	}
	if err := l.Check(sqlstate.InvalidTextRepresentation); err != nil {
		r.failWith(err)
	}
	return l
}

func (r *shapeReader) circle() (c geometry.Circle) {
	depth := 0
	if r.take('<') {
		depth++
	} else if r.at('(') {
		if inner := strings.TrimLeft(r.rest[1:], spaces); strings.HasPrefix(inner, "(") {
			depth++
			r.rest = inner
		}
	}
	c.Center = r.point()
	r.take(',')
	if c.Radius = r.float(); c.Radius < 0 {
		r.fail()
	}
	if depth > 0 {
		if !r.take(')') && !r.take('>') {
			r.fail()
		}
		r.skip()
	}
	return c
}
