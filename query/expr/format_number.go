package expr

import (
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// numberFormat is a format of to_char for numbers, read.
type numberFormat struct {
	nodes []formatNode

	pre, post int // digits before and behind the point
	shift     int // digits behind V
	zeroStart int // digits before the first 0, from 1; 0 = none
	zeroEnd   int
	signAt    signPlace
	signPre   int // digits before S

	decimal, zero, fillMode, sign, bracket, minus, plus, roman, multi, scientific, blank bool
}

type signPlace uint8

const (
	signNowhere signPlace = iota
	signBefore
	signBehind
)

func parseNumberFormat(format string) (*numberFormat, error) {
	nodes, err := parseFormat(format, numberPatterns, false)
	if err != nil {
		return nil, err
	}
	f := &numberFormat{nodes: nodes}
	for _, n := range f.nodes {
		if n.key == "" {
			continue
		}
		if err := f.take(strings.ToUpper(n.key)); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func wrongFormat(message string) *sqlstate.Error {
	return sqlstate.New(sqlstate.SyntaxError, "%s", message)
}

func (f *numberFormat) take(key string) error {
	if f.scientific && key != "EEEE" {
		return wrongFormat(`"EEEE" must be the last pattern used`)
	}
	switch key {
	case "9", "0":
		return f.digit(key)
	case "B":
		f.blank = f.blank || f.pre == 0 && f.post == 0 && !f.zero
	case "D", ".":
		switch {
		case f.decimal:
			return wrongFormat("multiple decimal points")
		case f.multi:
			return wrongFormat(`cannot use "V" and decimal point together`)
		}
		f.decimal = true
	case "FM":
		f.fillMode = true
	case "S", "MI", "PL", "SG", "PR":
		return f.signed(key)
	case "RN":
		f.roman = true
	case "V":
		if f.decimal {
			return wrongFormat(`cannot use "V" and decimal point together`)
		}
		f.multi = true
	case "EEEE":
		switch {
		case f.scientific:
			return wrongFormat(`cannot use "EEEE" twice`)
		case f.blank || f.fillMode || f.sign || f.bracket || f.minus || f.plus || f.roman || f.multi:
			return wrongFormat(`"EEEE" is incompatible with other formats`).
				WithDetail(`"EEEE" may only be used together with digit and decimal point patterns.`)
		}
		f.scientific = true
	}
	return nil
}

func (f *numberFormat) digit(key string) error {
	if f.bracket {
		return wrongFormat(`"` + key + `" must be ahead of "PR"`)
	}
	if key == "0" && !f.zero && !f.decimal {
		f.zero, f.zeroStart = true, f.pre+1
	}
	switch {
	case key == "9" && f.multi:
		f.shift++
	case f.decimal:
		f.post++
	default:
		f.pre++
	}
	if key == "0" {
		f.zeroEnd = f.pre + f.post
	}
	return nil
}

func (f *numberFormat) signed(key string) error {
	if f.sign && key != "PR" {
		if key == "S" {
			return wrongFormat(`cannot use "S" twice`)
		}
		return wrongFormat(`cannot use "S" and "` + key + `" together`)
	}
	switch key {
	case "S":
		if f.plus || f.minus || f.bracket {
			return wrongFormat(`cannot use "S" and "PL"/"MI"/"SG"/"PR" together`)
		}
		f.sign = true
		if f.decimal {
			f.signAt = signBehind
		} else {
			f.signAt, f.signPre = signBefore, f.pre
		}
	case "PR":
		if f.sign || f.plus || f.minus {
			return wrongFormat(`cannot use "PR" and "S"/"PL"/"MI"/"SG" together`)
		}
		f.bracket = true
	default:
		f.minus, f.plus = f.minus || key != "PL", f.plus || key != "MI"
	}
	return nil
}

// numberWriter prints a number by its format.
type numberWriter struct {
	*numberFormat
	out     strings.Builder
	number  string // digits and a point, without sign
	sign    byte
	spaces  int // digits of the format that the number does not reach
	at      int // in number
	current int // digits of the format that are done
	count   int
	last    int // of number that must be shown; -1 = all
	signed  bool
	digits  bool // one has been written
	err     error
}

// write prints number, whose sign is sign and which stands spaces places to the
// right of the format's beginning. 22P02 if TH stands for a number without digits.
func (f *numberFormat) write(number string, sign byte, spaces int) (string, error) {
	if f.scientific {
		return number, nil
	}
	w := &numberWriter{numberFormat: f, number: number, sign: sign, spaces: spaces, last: -1}
	w.begin()
	for _, n := range f.nodes {
		w.node(&n)
	}
	// As in C, what follows the first place behind the number's end is lost.
	shown, _, _ := strings.Cut(w.out.String(), "\x00")
	return shown, w.err
}

func (w *numberWriter) begin() {
	if w.zeroStart > 0 {
		w.zeroStart--
	}
	if w.roman {
		*w.numberFormat = numberFormat{nodes: w.nodes, fillMode: w.fillMode, roman: true}
		w.sign, w.spaces = 0, 0
	}
	if w.plus || w.minus {
		w.signed = !w.plus || w.minus
	} else {
		if w.sign != '-' && w.bracket && w.fillMode {
			w.bracket = false
		}
		w.signed = w.sign == '+' && w.fillMode && !w.numberFormat.sign
		if w.signAt == signBefore && w.pre == w.signPre {
			w.signAt = signBehind
		}
	}
	w.count = w.post + w.pre - 1
	if w.fillMode && w.decimal {
		w.last = lastRelevant(w.number)
		if w.last >= 0 && w.zeroEnd > w.spaces {
			w.last = max(w.last, min(len(w.number)-1, w.zeroEnd-w.spaces))
		}
	}
	if !w.signed && w.spaces == 0 {
		w.count++
	}
}

// lastRelevant is the last digit behind the point that is no 0, or the point; -1
// without one.
func lastRelevant(number string) int {
	point := strings.IndexByte(number, '.')
	if point < 0 {
		return -1
	}
	return max(point, len(strings.TrimRight(number, "0"))-1)
}

func (w *numberWriter) node(n *formatNode) {
	blank := func(c byte, shown bool) {
		switch {
		case shown:
			w.out.WriteByte(c)
		case !w.fillMode:
			w.out.WriteByte(' ')
		}
	}
	switch strings.ToUpper(n.key) {
	case "":
		w.out.WriteString(n.literal)
	case "9", "0", ".", "D":
		if !w.roman {
			w.digitPlace(n.key)
		}
	case ",", "G":
		blank(',', w.digits)
	case "L":
		w.out.WriteByte(' ')
	case "RN":
		w.romanNumber(n.key)
	case "TH":
		if !w.roman && w.number[0] != '#' && w.sign != '-' && !w.decimal {
			w.ordinal(n.key)
		}
	case "MI":
		blank('-', w.sign == '-')
	case "PL":
		blank('+', w.sign == '+')
	case "SG":
		w.out.WriteByte(w.sign)
	}
}

func (w *numberWriter) ordinal(th string) {
	if last := w.number[len(w.number)-1]; last < '0' || last > '9' {
		w.err = sqlstate.New(sqlstate.InvalidTextRepresentation, "\"%s\" is not a number", w.number)
		return
	}
	w.out.WriteString(ordinal(w.number, th))
}

func (w *numberWriter) romanNumber(key string) {
	s := w.number
	if key == "rn" {
		s = strings.ToLower(s)
	}
	if !w.fillMode {
		w.out.WriteString(strings.Repeat(" ", max(15-len(s), 0)))
	}
	w.out.WriteString(s)
}

// here is the number's current character, 0 behind its end.
func (w *numberWriter) here() byte {
	if w.at < len(w.number) {
		return w.number[w.at]
	}
	return 0
}

func (w *numberWriter) lastIsPoint() bool { return w.last >= 0 && w.number[w.last] == '.' }

// hidesZero: the 0 before the point of a format like 9.9 is not shown.
func (w *numberWriter) hidesZero() bool {
	return !w.zero && w.at == 0 && w.number[0] == '0' && w.post != 0
}

// digitPlace prints what stands in the place of a digit or the point.
func (w *numberWriter) digitPlace(key string) {
	w.digits = false
	if !w.signed && (w.current >= w.spaces || w.zero && w.zeroStart == w.current) && (!w.hidesZero() || w.lastIsPoint()) {
		w.writeSign()
	}
	switch {
	case w.current < w.spaces && (w.zeroStart > w.current || !w.zero):
		if !w.fillMode {
			w.out.WriteByte(' ')
		}
	case w.zero && w.current < w.spaces:
		w.out.WriteByte('0')
		w.digits = true
	default:
		w.digit(key)
	}
	w.closeNumber()
	w.current++
}

func (w *numberWriter) digit(key string) {
	switch {
	case w.here() == '.':
		if !w.lastIsPoint() || w.fillMode {
			w.out.WriteByte('.')
		}
	case w.last >= 0 && w.at > w.last && key != "0":
	case w.hidesZero():
		if !w.fillMode {
			w.out.WriteByte(' ')
		} else if w.lastIsPoint() {
			w.out.WriteByte('0')
		}
	default:
		w.out.WriteByte(w.here())
		w.digits = true
	}
	if w.at < len(w.number) {
		w.at++
	}
}

func (w *numberWriter) writeSign() {
	switch {
	case w.numberFormat.sign:
		if w.signAt != signBefore {
			return
		}
		w.out.WriteByte(w.sign)
	case w.bracket && w.sign == '+':
		w.out.WriteByte(' ')
	case w.bracket:
		w.out.WriteByte('<')
	case w.sign == '-':
		w.out.WriteByte('-')
	case w.sign == '+' && !w.fillMode:
		w.out.WriteByte(' ')
	}
	w.signed = true
}

// closeNumber writes what follows the number's last digit.
func (w *numberWriter) closeNumber() {
	end := w.count
	if w.spaces > 0 {
		end++
	}
	if w.decimal {
		end++
	}
	if w.last >= 0 && w.last == w.at {
		end = w.current
	}
	if w.current+1 != end {
		return
	}
	switch {
	case w.signed && w.bracket && w.sign == '+':
		w.out.WriteByte(' ')
	case w.signed && w.bracket:
		w.out.WriteByte('>')
	case w.numberFormat.sign && w.signAt == signBehind:
		w.out.WriteByte(w.sign)
	}
}
