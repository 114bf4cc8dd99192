package textsearch

import (
	"math"
	"strconv"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// HeadlineOptions are what ts_headline() is told beside the text and the query.
type HeadlineOptions struct {
	maxWords, minWords, shortWord, fragments int
	all                                      bool // the whole text is the headline
	start, stop, delimiter                   string
}

// coverMax is how many words a piece may have that a query finds. It overflows where PostgreSQL's does.
func (o *HeadlineOptions) coverMax() int {
	n := max(int32(o.maxWords)*10, 100)
	if o.fragments > 0 {
		n *= int32(o.fragments)
	}
	return int(n)
}

// ParseHeadlineOptions reads MaxWords=10, StartSel='<i>'. Errors: 42601, 22023, 22P02, 22003.
func ParseHeadlineOptions(text string) (HeadlineOptions, error) {
	o := HeadlineOptions{maxWords: 35, minWords: 15, shortWord: 3, start: "<b>", stop: "</b>", delimiter: " ... "}
	list := optionList{text: text}
	var all [][2]string
	for {
		key, value, ok, err := list.next()
		if err != nil {
			return o, err
		}
		if !ok {
			break
		}
		all = append(all, [2]string{key, value})
	}
	for _, option := range all {
		if err := o.set(option[0], option[1]); err != nil {
			return o, err
		}
	}
	return o, o.check()
}

func (o *HeadlineOptions) set(key, value string) error {
	numbers := map[string]*int{"maxwords": &o.maxWords, "minwords": &o.minWords, "shortword": &o.shortWord, "maxfragments": &o.fragments}
	texts := map[string]*string{"startsel": &o.start, "stopsel": &o.stop, "fragmentdelimiter": &o.delimiter}
	name := lowerASCII(key)
	switch {
	case numbers[name] != nil:
		n, err := integer(value)
		*numbers[name] = n
		return err
	case texts[name] != nil:
		*texts[name] = value
	case name == "highlightall":
		switch lowerASCII(value) {
		case "1", "on", "true", "t", "y", "yes":
			o.all = true
		default:
			o.all = false
		}
	default:
		return sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized headline parameter: \"%s\"", key)
	}
	return nil
}

func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}

// integer reads an int4.
func integer(s string) (int, error) {
	t := strings.Trim(s, " \t\n\v\f\r")
	n, err := strconv.ParseInt(t, 10, 32)
	if err == nil {
		return int(n), nil
	}
	if digits := strings.TrimLeft(t, "+-"); digits != "" && len(t)-len(digits) <= 1 && strings.Trim(digits, "0123456789") == "" {
		return 0, sqlstate.New(sqlstate.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", s, "integer")
	}
	return 0, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", "integer", s)
}

func (o *HeadlineOptions) check() error {
	why := ""
	switch {
	case o.all:
	case o.minWords >= o.maxWords:
		why = "MinWords should be less than MaxWords"
	case o.minWords <= 0:
		why = "MinWords should be positive"
	case o.shortWord < 0:
		why = "ShortWord should be >= 0"
	case o.fragments < 0:
		why = "MaxFragments should be >= 0"
	}
	for _, text := range []struct{ name, value string }{{"StartSel", o.start}, {"StopSel", o.stop}, {"FragmentDelimiter", o.delimiter}} {
		if why == "" && len(text.value) > math.MaxInt16 {
			why = "value for \"" + text.name + "\" is too long"
		}
	}
	if why == "" {
		return nil
	}
	return sqlstate.New(sqlstate.InvalidParameterValue, "%s", why)
}

// optionList takes a list of options apart: key = value, of which either may be quoted.
type optionList struct {
	text string
	at   int
}

func (l *optionList) malformed() error {
	return sqlstate.New(sqlstate.SyntaxError, "invalid parameter list format: \"%s\"", l.text)
}

func blankByte(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }

// skip passes over blanks, and commas where the next option is sought.
func (l *optionList) skip(commas bool) (c byte, ok bool) {
	for ; l.at < len(l.text); l.at++ {
		if c = l.text[l.at]; !blankByte(c) && !(commas && c == ',') {
			return c, true
		}
	}
	return 0, false
}

func (l *optionList) next() (key, value string, ok bool, err error) {
	c, ok := l.skip(true)
	if !ok {
		return "", "", false, nil
	}
	if c == '"' {
		l.at++
		if key, ok = l.quoted('"'); !ok {
			return "", "", false, l.malformed()
		}
	} else {
		from := l.at
		for l.at++; l.at < len(l.text) && !blankByte(l.text[l.at]) && l.text[l.at] != '='; {
			l.at++
		}
		key = l.text[from:l.at]
	}
	if c, ok := l.skip(false); !ok || c != '=' {
		return "", "", false, l.malformed()
	}
	l.at++
	if value, ok = l.value(); !ok {
		return "", "", false, l.malformed()
	}
	return key, value, true, nil
}

func (l *optionList) value() (string, bool) {
	c, ok := l.skip(false)
	rest := l.text[l.at:]
	switch {
	case !ok:
		return "", false
	case strings.HasPrefix(rest, "E'"):
		l.at += 2
		return l.quoted('\'')
	case c == '\'' || c == '"':
		l.at++
		return l.quoted(c)
	}
	from := l.at
	for l.at++; l.at < len(l.text) && !blankByte(l.text[l.at]) && l.text[l.at] != ','; {
		l.at++
	}
	return plainValue(l.text[from:l.at]), true
}

// plainValue is a value as PostgreSQL gives it back: integers are numbers there.
func plainValue(s string) string {
	if n, err := strconv.ParseInt(s, 10, 32); err == nil {
		return strconv.FormatInt(n, 10)
	}
	return s
}

// quoted reads up to the quote that ends a text; within, two are one, and so are two backslashes in a text in single quotes.
func (l *optionList) quoted(quote byte) (string, bool) {
	var b strings.Builder
	for ; l.at < len(l.text); l.at++ {
		c := l.text[l.at]
		twice := l.at+1 < len(l.text) && l.text[l.at+1] == c
		switch {
		case c == quote && !twice:
			l.at++
			return b.String(), true
		case c == quote, c == '\\' && quote == '\'' && twice:
			l.at++
		}
		b.WriteByte(c)
	}
	return "", false
}
