package types

import (
	"errors"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

func parseInt(t OID, s string) (Datum, error) {
	low, high, name := intRange(t)
	rest := strings.TrimLeft(s, spaces)
	neg := false
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		neg, rest = rest[0] == '-', rest[1:]
	}
	digits, rest := cutDigits(rest)
	if digits == "" {
		return Null, errSyntax(name, s)
	}
	var v int64 // negative, since that side reaches further
	for _, b := range []byte(digits) {
		d := int64(b - '0')
		if v < (low+d)/10 || v*10 < low+d {
			return Null, errOutOfRange(name, s)
		}
		v = v*10 - d
	}
	if strings.TrimLeft(rest, spaces) != "" {
		return Null, errSyntax(name, s)
	}
	if neg {
		return Int(v), nil
	}
	if v < -high {
		return Null, errOutOfRange(name, s)
	}
	return Int(-v), nil
}

func parseOID(name, s string) (Datum, error) {
	v, rest, ok := scanInteger(strings.TrimLeft(s, spaces))
	switch {
	case !ok || strings.Trim(rest, spaces) != "":
		return Null, errSyntax(name, s)
	case v < math.MinInt32 || v > math.MaxUint32:
		return Null, errOutOfRange(name, s)
	}
	return Int(int64(uint32(v))), nil
}

// scanInteger reads a signed integer, saturating.
func scanInteger(s string) (v int64, rest string, ok bool) {
	neg := false
	rest = s
	if rest != "" && (rest[0] == '-' || rest[0] == '+') {
		neg, rest = rest[0] == '-', rest[1:]
	}
	digits, rest := cutDigits(rest)
	if digits == "" {
		return 0, s, false
	}
	u, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		u = math.MaxInt64
	}
	if neg {
		u = -u
	}
	return u, rest, true
}

// strtoull reads what C's function of that name does of any text, with base 0: transaction ids
// are read so.
func strtoull(s string) uint64 {
	s = strings.TrimLeft(s, spaces)
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 {
		return 0
	}
	base, set := 10, "0123456789"
	switch lower := strings.ToLower(digits); {
	case len(lower) > 2 && lower[:2] == "0x" && strings.IndexByte("0123456789abcdef", lower[2]) >= 0:
		base, set, digits = 16, "0123456789abcdefABCDEF", digits[2:]
	case strings.HasPrefix(lower, "0"):
		base, set = 8, "01234567"
	}
	end := len(digits) - len(strings.TrimLeft(digits, set))
	u, err := strconv.ParseUint(digits[:end], base, 64)
	if err == nil && strings.HasPrefix(s, "-") {
		return -u
	}
	return u // MaxUint64 where it is out of range
}

// A tid is its block number and, in the low 16 bits, its offset.
func parseTID(s string) (Datum, error) {
	begin := strings.IndexAny(s, "(,)")
	block, rest, ok1 := cUnsigned(s[begin+1:], ',')
	offset, _, ok2 := cUnsigned(rest, ')')
	fits := block <= math.MaxUint32 || int64(block) < 0 && int64(block) >= math.MinInt32
	if begin < 0 || s[begin] == ')' || !ok1 || !ok2 || !fits || offset > math.MaxUint16 {
		return Null, errSyntax("tid", s)
	}
	return Int(int64(uint64(uint32(block))<<16 | offset)), nil
}

// cUnsigned reads the number before a byte as C's strtoul does: blanks and a sign may stand before it, one below 0 wraps
// around, none is 0.
func cUnsigned(s string, end byte) (n uint64, rest string, ok bool) {
	text, rest, ok := strings.Cut(s, string(end))
	if text == "" {
		return 0, rest, ok
	}
	text = strings.TrimLeft(text, spaces)
	digits, negative := strings.CutPrefix(text, "-")
	if !negative {
		digits = strings.TrimPrefix(text, "+")
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if negative {
		n = -n
	}
	return n, rest, ok && err == nil
}

func parseVector(t OID, s string) (Datum, error) {
	elem := Info(t).Elem
	var items []Datum
	for rest := strings.TrimLeft(s, spaces); rest != ""; {
		f, after, _ := strings.Cut(rest, " ")
		d, err := Parse(nil, Of(elem), f)
		if err != nil {
			return Null, vectorError(err, elem, rest)
		}
		items, rest = append(items, d), strings.TrimLeft(after, spaces)
	}
	a := &Array{Elem: elem, Items: items, Dims: []Dim{{Length: int32(len(items))}}}
	return Pointer(a), nil
}

// vectorError shows what is left of the text, not the number alone.
func vectorError(err error, elem OID, rest string) error {
	if sqlstate.Of(err).Code == sqlstate.InvalidTextRepresentation {
		return errSyntax(Info(elem).SQLName, rest)
	}
	return err
}

var boolWords = []struct {
	word  string
	least int
	value bool
}{
	{"true", 1, true},
	{"false", 1, false},
	{"yes", 1, true},
	{"no", 1, false},
	{"on", 2, true},
	{"off", 2, false},
	{"1", 1, true},
	{"0", 1, false},
}

func parseBool(s string) (Datum, error) {
	if s == "t" || s == "f" {
		return Bool(s == "t"), nil
	}
	w := trimSpace(s)
	for _, b := range boolWords {
		if len(w) >= b.least && len(w) <= len(b.word) && strings.EqualFold(w, b.word[:len(w)]) {
			return Bool(b.value), nil
		}
	}
	return Null, errSyntax("boolean", s)
}

func parseFloat(s string, bits int) (float64, error) {
	name := "double precision"
	if bits == 32 {
		name = "real"
	}
	w := trimSpace(s)
	f, err := strconv.ParseFloat(floatWord(w), bits)
	switch {
	case f != f:
		return math.Float64frombits(0x7ff8 << 48), nil // PostgreSQL's NaN
	case err == nil && (f != 0 || !hasNonZeroDigit(w)) && !strings.Contains(w, "_"):
		return f, nil
	}
	head := w
	if nanWord.MatchString(w) {
		return math.Float64frombits(0x7ff8 << 48), nil
	}
	if errors.Is(err, strconv.ErrSyntax) || strings.Contains(w, "_") { // a number is read first, and then what stands behind
		head = floatHead.FindString(w)
		f, _ = strconv.ParseFloat(head, bits)
	}
	switch {
	case !math.IsInf(f, 0) && (f != 0 || !hasNonZeroDigit(head)):
		return 0, errSyntax(name, s)
	case bits == 32:
		head = s
	}
	return 0, sqlstate.New(sqlstate.NumericValueOutOfRange, "\"%s\" is out of range for type %s", head, name)
}

// floatHead is the number that a text begins with, if it does with one.
var floatHead = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?`)

// nanWord is what strtod takes for NaN beside the bare word.
var nanWord = regexp.MustCompile(`^[+-]?(?i:nan)\(\w*\)$`)

// floatWord turns what strtod takes and Go does not into Go's form.
func floatWord(w string) string {
	if len(w) > 3 && (w[0] == '-' || w[0] == '+') && strings.EqualFold(w[1:], "nan") {
		return w[1:]
	}
	if i := strings.IndexAny(w, "xX"); i >= 0 && !strings.ContainsAny(w, "pP") {
		return w + "p0"
	}
	return w
}

func hasNonZeroDigit(w string) bool {
	end, digits := "eE", "123456789"
	if strings.ContainsAny(w, "xX") {
		end, digits = "pP", "123456789abcdefABCDEF"
	}
	if i := strings.IndexAny(w, end); i >= 0 {
		w = w[:i]
	}
	return strings.ContainsAny(w, digits)
}

// appendFloat writes as PostgreSQL does: the shortest exact digits, or with extra
// of 0 and less a rounded %g.
func appendFloat(buf []byte, f float64, bits, extra int) []byte {
	digits, plainBelow := 15, 15
	if bits == 32 {
		digits, plainBelow = 6, 6
	}
	switch {
	case math.IsNaN(f):
		return append(buf, "NaN"...)
	case math.IsInf(f, 1):
		return append(buf, "Infinity"...)
	case math.IsInf(f, -1):
		return append(buf, "-Infinity"...)
	case extra <= 0:
		return strconv.AppendFloat(buf, f, 'g', max(digits+extra, 1), 64)
	}
	return appendShortest(buf, f, bits, plainBelow)
}

// appendShortest writes the shortest digits that give f back, plain for exponents
// from -4 up to the limit.
func appendShortest(buf []byte, f float64, bits, plainBelow int) []byte {
	if a := math.Abs(f); a == 0 || a >= 0.001 && a < 1e5 {
		return strconv.AppendFloat(buf, f, 'f', -1, bits) // far from every limit
	}
	var tmp [32]byte
	sci := strconv.AppendFloat(tmp[:0], f, 'e', -1, bits)
	digits := -1
	if a := math.Abs(f); a >= 1<<24 && a < 1e25 {
		sci, digits = insideBounds(sci, f, bits)
	}
	e := len(sci) - 1
	for isDigit(sci[e]) {
		e--
	}
	exponent := atoi(string(sci[e+1:]))
	if sci[e] == '-' {
		exponent = -exponent
	}
	if exponent < -4 || exponent >= plainBelow {
		return append(buf, sci...)
	}
	if digits >= 0 {
		digits = max(digits-exponent, 0)
	}
	return strconv.AppendFloat(buf, f, 'f', digits, bits)
}

// insideBounds keeps to digits strictly nearer to f than to its neighbours:
// strconv also takes the midpoint, which reads back as f when f is even, and
// PostgreSQL does not. It returns the precision behind the point, -1 for shortest.
func insideBounds(sci []byte, f float64, bits int) ([]byte, int) {
	shown, ok := new(big.Float).SetPrec(200).SetString(string(sci))
	if !ok {
		return sci, -1
	}
	value := new(big.Float).SetPrec(200).SetFloat64(f)
	below, above := neighbours(f, bits)
	for _, n := range []float64{below, above} {
		middle := new(big.Float).SetPrec(200).SetFloat64(n)
		middle.Add(middle, value).Quo(middle, big.NewFloat(2))
		if middle.Cmp(shown) != 0 {
			continue
		}
		for digits := 0; digits < 18; digits++ {
			longer := strconv.AppendFloat(nil, f, 'e', digits, bits)
			at, ok := new(big.Float).SetPrec(200).SetString(string(longer))
			if back, err := strconv.ParseFloat(string(longer), bits); ok && err == nil && back == f && at.Cmp(shown) != 0 {
				return longer, digits
			}
		}
	}
	return sci, -1
}

func neighbours(f float64, bits int) (below, above float64) {
	if bits == 32 {
		g := float32(f)
		return float64(math.Nextafter32(g, float32(math.Inf(-1)))), float64(math.Nextafter32(g, float32(math.Inf(1))))
	}
	return math.Nextafter(f, math.Inf(-1)), math.Nextafter(f, math.Inf(1))
}

func parseChar(s string) Datum {
	if len(s) == 4 && s[0] == '\\' {
		if u, err := strconv.ParseUint(s[1:], 8, 8); err == nil {
			return Int(int64(u))
		}
	}
	if s == "" {
		return Int(0)
	}
	return Int(int64(s[0]))
}

func appendChar(buf []byte, d Datum) []byte {
	b := byte(d.Int())
	switch {
	case b == 0:
		return buf
	case b >= 0x80:
		return append(buf, '\\', '0'+b>>6, '0'+b>>3&7, '0'+b&7)
	}
	return append(buf, b)
}

// ShortFloat writes a number as messages show it: six digits at most.
func ShortFloat(f float64) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 0):
		return string(appendFloat(nil, f, 64, 1))
	}
	return strconv.FormatFloat(f, 'g', 6, 64)
}
