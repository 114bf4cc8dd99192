package expr

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func numberChars() map[string]any {
	return map[string]any{
		"int4_to_char": toChar(intToChar(shiftInt4, false)), "int8_to_char": toChar(intToChar(shiftInt8, true)),
		"numeric_to_char": toChar(numericToChar),
		"float4_to_char":  toChar(floatToChar(6, 32)), "float8_to_char": toChar(floatToChar(15, 64)),
	}
}

// toChar makes a function of to_char by what prints a number in a format.
func toChar(print func(f *numberFormat, v types.Datum) (string, error)) Func2 {
	return func(_ *Env, v, format types.Datum) (types.Datum, error) {
		if format.Str() == "" {
			return text("")
		}
		f, err := parseNumberFormat(format.Str())
		if err != nil {
			return types.Null, err
		}
		s, err := print(f, v)
		if err != nil {
			return types.Null, err
		}
		return text(s)
	}
}

// fit prints digits with a sign, or # if the format has not enough places.
func (f *numberFormat) fit(number string) (string, error) {
	sign := byte('+')
	if strings.HasPrefix(number, "-") {
		sign, number = '-', number[1:]
	}
	whole, _, _ := strings.Cut(number, ".")
	spaces := f.pre - len(whole)
	if spaces < 0 {
		number, spaces = strings.Repeat("#", f.pre)+"."+strings.Repeat("#", f.post), 0
	}
	return f.write(number, sign, spaces)
}

// unscientific stands for what is no number in a format with EEEE.
func (f *numberFormat) unscientific() string {
	s := []byte(" " + strings.Repeat("#", f.pre+f.post+5))
	s[f.pre+1] = '.'
	return string(s)
}

func intToChar(shift func(v int64, places int) (int64, error), exact bool) func(*numberFormat, types.Datum) (string, error) {
	return func(f *numberFormat, d types.Datum) (string, error) {
		v := d.Int()
		switch {
		case f.roman && v != int64(int32(v)):
			return "", sqlstate.New(sqlstate.NumericValueOutOfRange, "integer out of range")
		case f.roman:
			return f.romanOf(v)
		case f.scientific && exact:
			return numericToChar(f, types.NumericFromInt(v))
		case f.scientific:
			return f.write(scientificFloat(float64(v), f.post), '+', 0)
		}
		if f.multi {
			var err error
			if v, err = shift(v, f.shift); err != nil {
				return "", err
			}
			f.pre += f.shift
		}
		s := strconv.FormatInt(v, 10)
		if f.post > 0 {
			s += "." + strings.Repeat("0", f.post)
		}
		return f.fit(s)
	}
}

func shiftInt4(v int64, places int) (int64, error) {
	p := math.Pow10(places)
	if p > math.MaxInt32 || v*int64(p) != int64(int32(v*int64(p))) {
		return 0, sqlstate.New(sqlstate.NumericValueOutOfRange, "integer out of range")
	}
	return v * int64(p), nil
}

func shiftInt8(v int64, places int) (int64, error) {
	out := sqlstate.New(sqlstate.NumericValueOutOfRange, "bigint out of range")
	p := math.Pow10(places)
	if p > math.MaxInt64 {
		return 0, out
	}
	factor := int64(p)
	if made := v * factor; made/factor == v {
		return made, nil
	}
	return 0, out
}

func numericToChar(f *numberFormat, v types.Datum) (string, error) {
	special := types.NumericIsNaN(v) || types.NumericIsInf(v) != 0
	switch {
	case f.roman:
		n, err := types.NumericToInt(types.Int4OID, v)
		if err != nil {
			return "", err
		}
		return f.romanOf(n)
	case f.scientific && special:
		return f.write(f.unscientific(), '+', 0)
	case f.scientific:
		return f.write(scientific(types.NumericText(v), f.post), '+', 0)
	}
	var err error
	if f.multi {
		for range f.shift {
			if v, err = types.NumericMul(v, types.NumericFromInt(10)); err != nil {
				return "", err
			}
		}
		f.pre += f.shift
	}
	if v, err = types.NumericRound(v, int32(f.post)); err != nil {
		return "", err
	}
	return f.fit(types.NumericText(v))
}

// scientific writes exact decimal digits with one before the point and an exponent
// of two digits at least; a blank stands for a plus.
func scientific(number string, post int) string {
	sign := " "
	if strings.HasPrefix(number, "-") {
		sign, number = "-", number[1:]
	}
	whole, fraction, _ := strings.Cut(number, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	exponent := len(whole) - 1 - (len(whole+fraction) - len(digits))
	if digits == "" {
		exponent = 0
	}
	digits += strings.Repeat("0", post+2)
	kept, up := []byte("0"+digits[:post+1]), digits[post+1] >= '5'
	for i := len(kept) - 1; up; i-- {
		if kept[i]++; kept[i] > '9' {
			kept[i] = '0'
		} else {
			up = false
		}
	}
	// As in PostgreSQL, what is rounded up to 10 keeps its exponent.
	s := sign + string(kept[1:2])
	if kept[0] == '1' {
		s = sign + "10"
	}
	if post > 0 {
		s += "." + string(kept[2:])
	}
	return fmt.Sprintf("%se%+03d", s, exponent)
}

func floatToChar(precision, bits int) func(*numberFormat, types.Datum) (string, error) {
	return func(f *numberFormat, d types.Datum) (string, error) {
		v := d.Float()
		special := math.IsNaN(v) || math.IsInf(v, 0)
		switch {
		case f.roman:
			if special || math.Abs(v) > romanMax+1 {
				v = 0
			}
			return f.romanOf(int64(math.RoundToEven(v)))
		case f.scientific && special:
			return f.write(f.unscientific(), '+', 0)
		case f.scientific:
			return f.write(scientificFloat(v, f.post), '+', 0)
		}
		if f.multi {
			v *= math.Pow(10, float64(f.shift))
			if bits == 32 {
				v = float64(float32(v))
			}
			f.pre += f.shift
		}
		whole := len(cFloat(math.Abs(v), 0))
		if whole >= precision {
			f.post = 0
		} else if whole+f.post > precision {
			f.post = precision - whole
		}
		return f.fit(cFloat(v, f.post))
	}
}

func scientificFloat(v float64, post int) string {
	s := fmt.Sprintf("%+.*e", post, v)
	if s[0] == '+' {
		return " " + s[1:]
	}
	return s
}

// cFloat is C's %.*f as PostgreSQL prints it.
func cFloat(v float64, post int) string {
	switch {
	case math.IsNaN(v):
		return "NaN"
	case math.IsInf(v, 1):
		return "Infinity"
	case math.IsInf(v, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(v, 'f', post, 64)
}

func (f *numberFormat) romanOf(v int64) (string, error) {
	return f.write(roman(v), 0, 0)
}

// romanMax is the greatest number that to_char writes in Roman digits.
const romanMax = 3999

func roman(v int64) string {
	if v < 1 || v > romanMax {
		return strings.Repeat("#", 15)
	}
	digits := []struct {
		value int64
		text  string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}}
	var out strings.Builder
	for _, d := range digits {
		for ; v >= d.value; v -= d.value {
			out.WriteString(d.text)
		}
	}
	return out.String()
}
