package expr

import (
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// numberReader reads a number by its format, as far as the text goes.
type numberReader struct {
	*numberFormat
	rest         string
	sign         byte // ' ' = none yet
	digits       strings.Builder
	before, past int // digits read, before and behind the point
	point        bool
}

// toNumber is to_number(text, text).
func toNumber(_ *Env, a, b types.Datum) (types.Datum, error) {
	if b.Str() == "" {
		return types.Null, nil
	}
	f, err := parseNumberFormat(b.Str())
	if err != nil {
		return types.Null, err
	}
	switch {
	case f.scientific:
		return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, `"EEEE" not supported for input`)
	case f.roman:
		return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, `"RN" not supported for input`)
	}
	r := &numberReader{numberFormat: f, rest: a.Str(), sign: ' '}
	for i := range f.nodes {
		if r.rest == "" {
			break
		}
		r.node(&f.nodes[i])
	}
	return r.number()
}

// noDigits is the modifier of numeric(0), which only formats make.
const noDigits = 4

func (r *numberReader) number() (types.Datum, error) {
	text := string(r.sign) + strings.TrimSuffix(r.digits.String(), ".")
	mod := int32(noDigits)
	if precision := r.pre + r.shift + r.past; precision > 0 {
		var err error
		if mod, err = types.Typmod(types.NumericOID, []int32{int32(precision), int32(r.past)}); err != nil {
			return types.Null, err
		}
	}
	n, err := types.Parse(nil, types.Type{OID: types.NumericOID, Mod: mod}, text)
	if err != nil || !r.multi {
		return n, err
	}
	unit, err := types.NumericPower(types.NumericFromInt(10), types.NumericFromInt(-int64(r.shift)))
	if err != nil {
		return types.Null, err
	}
	return types.NumericMul(n, unit)
}

func (r *numberReader) at(s string) bool { return strings.HasPrefix(r.rest, s) }

func (r *numberReader) drop() {
	_, n := utf8.DecodeRuneInString(r.rest)
	r.rest = r.rest[n:]
}

// pass leaves up to n characters that are no part of a number.
func (r *numberReader) pass(n int) {
	for ; n > 0 && r.rest != "" && !strings.ContainsRune("0123456789.,+-", rune(r.rest[0])); n-- {
		r.drop()
	}
}

func (r *numberReader) node(n *formatNode) {
	switch key := strings.ToUpper(n.key); key {
	case "":
		r.drop()
	case "9", "0", ".", "D":
		if r.part(key == "9" || key == "0"); r.rest != "" {
			r.rest = r.rest[1:]
		}
	case ",", "G":
		if !r.fillMode && r.at(",") {
			r.rest = r.rest[1:]
		}
	case "L":
		r.pass(1)
	case "TH":
		r.pass(2)
	case "MI", "PL", "SG":
		if key != "PL" && r.at("-") || key != "MI" && r.at("+") {
			r.sign = r.rest[0]
			r.rest = r.rest[1:]
			return
		}
		r.pass(1)
	}
}

// part reads a digit, the point, and the sign where it may stand. It stops at the last
// character that it has read.
func (r *numberReader) part(digit bool) {
	if r.at(" ") {
		r.rest = r.rest[1:]
	}
	if r.rest != "" && r.sign == ' ' && digit && r.before+r.past == 0 {
		r.signBefore()
	}
	if r.rest == "" {
		return
	}
	read := false
	switch c := r.rest[0]; {
	case c >= '0' && c <= '9':
		if r.point && r.past == r.post {
			return
		}
		r.digits.WriteByte(c)
		if r.point {
			r.past++
		} else {
			r.before++
		}
		read = true
	case r.decimal && !r.point && c == '.':
		r.digits.WriteByte('.')
		r.point, read = true, true
	}
	if r.sign == ' ' && r.before+r.past > 0 {
		r.signBehind(read)
	}
}

func (r *numberReader) signBefore() {
	switch c := r.rest[0]; {
	case c == '-' || !r.numberFormat.sign && r.bracket && c == '<':
		r.sign = '-'
	case c == '+':
		r.sign = '+'
	default:
		return
	}
	r.rest = r.rest[1:]
}

func (r *numberReader) signBehind(read bool) {
	signed := r.numberFormat.sign
	switch {
	case signed && read && len(r.rest) > 1 && (r.rest[1] == '-' || r.rest[1] == '+'):
		r.rest = r.rest[1:]
		r.sign = r.rest[0]
	case !read && !signed && (r.plus || r.minus) && (r.rest[0] == '-' || r.rest[0] == '+'):
		r.sign = r.rest[0]
	}
}
