package geometry

import (
	"math"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Calc computes, and keeps the first error: 22003 of what overflows or underflows, 22012, 22023, 0A000, 54001. What it returns
// after one means nothing. The zero Calc is ready; it is for one goroutine.
type Calc struct {
	// Check is asked now and then by what may take long whether to go on; nil: nobody ends it.
	Check func() error
	steps int
	depth int // of calls of a function in itself
	err   error
}

const (
	stepsBetweenChecks = 1 << 10
	depthMax           = 50000
)

// goOn counts a step; false where there is an error.
func (c *Calc) goOn() bool {
	if c.steps++; c.steps%stepsBetweenChecks == 0 && c.Check != nil && c.err == nil {
		c.err = c.Check()
	}
	return c.err == nil
}

// Err is the first error.
func (c *Calc) Err() error { return c.err }

func (c *Calc) fail(code sqlstate.Code, message string) {
	if c.err == nil {
		c.err = sqlstate.New(code, "%s", message)
	}
}

func (c *Calc) overflow() { c.fail(sqlstate.NumericValueOutOfRange, "value out of range: overflow") }

func (c *Calc) underflow() { c.fail(sqlstate.NumericValueOutOfRange, "value out of range: underflow") }

func (c *Calc) add(a, b float64) float64 {
	r := a + b
	if math.IsInf(r, 0) && !math.IsInf(a, 0) && !math.IsInf(b, 0) {
		c.overflow()
	}
	return r
}

func (c *Calc) sub(a, b float64) float64 {
	r := a - b
	if math.IsInf(r, 0) && !math.IsInf(a, 0) && !math.IsInf(b, 0) {
		c.overflow()
	}
	return r
}

func (c *Calc) mul(a, b float64) float64 {
	r := float64(a * b)
	if math.IsInf(r, 0) && !math.IsInf(a, 0) && !math.IsInf(b, 0) {
		c.overflow()
	}
	if r == 0 && a != 0 && b != 0 {
		c.underflow()
	}
	return r
}

func (c *Calc) div(a, b float64) float64 {
	if b == 0 && !math.IsNaN(a) {
		c.fail(sqlstate.DivisionByZero, "division by zero")
		return 0
	}
	r := a / b
	if math.IsInf(r, 0) && !math.IsInf(a, 0) {
		c.overflow()
	}
	if r == 0 && a != 0 && !math.IsInf(b, 0) {
		c.underflow()
	}
	return r
}

// nan is the one that PostgreSQL makes, which is not Go's.
var nan = math.Float64frombits(0x7ff8 << 48)

// hypot overflows only where its result does.
func (c *Calc) hypot(x, y float64) float64 {
	switch {
	case math.IsInf(x, 0) || math.IsInf(y, 0):
		return math.Inf(1)
	case math.IsNaN(x) || math.IsNaN(y):
		return nan
	}
	x, y = math.Abs(x), math.Abs(y)
	if x < y {
		x, y = y, x
	}
	if y == 0 {
		return x
	}
	yx := y / x
	r := x * math.Sqrt(1+float64(yx*yx))
	switch {
	case math.IsInf(r, 0):
		c.overflow()
	case r == 0:
		c.underflow()
	}
	return r
}

// epsilon is how far apart values may be that count as equal.
const epsilon = 1e-6

func isZero(a float64) bool            { return math.Abs(a) <= epsilon }
func equal(a, b float64) bool          { return a == b || math.Abs(a-b) <= epsilon }
func less(a, b float64) bool           { return a+epsilon < b }
func lessOrEqual(a, b float64) bool    { return a <= b+epsilon }
func greater(a, b float64) bool        { return a > b+epsilon }
func greaterOrEqual(a, b float64) bool { return a+epsilon >= b }

// Relations compare measures of shapes, by the names of SQL's operators in PostgreSQL's functions.
var Relations = map[string]func(a, b float64) bool{
	"eq": equal, "ne": func(a, b float64) bool { return a != b && math.Abs(a-b) > epsilon },
	"lt": less, "le": lessOrEqual, "gt": greater, "ge": greaterOrEqual,
}

// Exact comparisons, to which NaN is greater than all else and equal to itself.
func below(a, b float64) bool { return !math.IsNaN(a) && (math.IsNaN(b) || a < b) }
func above(a, b float64) bool { return below(b, a) }
func same(a, b float64) bool  { return a == b || math.IsNaN(a) && math.IsNaN(b) }

func least(a, b float64) float64 {
	if below(a, b) {
		return a
	}
	return b
}

func greatest(a, b float64) float64 {
	if above(a, b) {
		return a
	}
	return b
}
