package textsearch

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

// wordReader reads words as they stand in the text form of both types.
type wordReader struct {
	text string // all of it, for errors
	at   int
	// query: an operator ends a word, and positions do not follow. web: quotes and backslashes are nothing special.
	query, web bool
}

func appendInt(buf []byte, n int) []byte { return strconv.AppendInt(buf, int64(n), 10) }

// peek returns the character here, and its length; 0 at the end.
func (r *wordReader) peek() (rune, int) {
	if r.at >= len(r.text) {
		return 0, 0
	}
	return utf8.DecodeRuneInString(r.text[r.at:])
}

func (r *wordReader) syntaxError() error {
	kind := "tsvector"
	if r.query {
		kind = "tsquery"
	}
	return sqlstate.New(sqlstate.SyntaxError, "syntax error in %s: \"%s\"", kind, r.text)
}

func isOperator(c rune) bool { return c != 0 && strings.ContainsRune("!&|()<", c) }

// ends reports whether c ends a word that is not quoted.
func (r *wordReader) ends(c rune, size int) bool {
	return size == 0 || isSpace(c) || r.query && isOperator(c) || r.web && c == '"'
}

// next returns the next word; ok is false at the end. The reader is behind the word then, before a colon of
// a query.
func (r *wordReader) next() (word string, ok bool, err error) {
	for {
		c, size := r.peek()
		switch {
		case size == 0:
			return "", false, nil
		case isSpace(c):
			r.at += size
			continue
		case c == '\'' && !r.web:
			word, err = r.quoted()
			return word, true, err
		case r.ends(c, size):
			return "", false, r.syntaxError()
		}
		word, err = r.plain()
		return word, true, err
	}
}

func (r *wordReader) plain() (string, error) {
	var b strings.Builder
	for first := true; ; first = false {
		c, size := r.peek()
		switch {
		case c == '\\' && !r.web:
			if err := r.escaped(&b); err != nil {
				return "", err
			}
			continue
		case !first && (r.ends(c, size) || c == ':'):
			if b.Len() == 0 {
				return "", r.syntaxError()
			}
			return b.String(), nil
		}
		b.WriteString(r.text[r.at : r.at+size])
		r.at += size
	}
}

func (r *wordReader) escaped(b *strings.Builder) error {
	r.at++
	_, size := r.peek()
	if size == 0 {
		return sqlstate.New(sqlstate.SyntaxError, "there is no escaped character: \"%s\"", r.text)
	}
	b.WriteString(r.text[r.at : r.at+size])
	r.at += size
	return nil
}

func (r *wordReader) quoted() (string, error) {
	var b strings.Builder
	r.at++
	for {
		c, size := r.peek()
		switch {
		case size == 0:
			return "", r.syntaxError()
		case c == '\\':
			if err := r.escaped(&b); err != nil {
				return "", err
			}
			continue
		case c == '\'':
			r.at++
			if again, _ := r.peek(); again != '\'' {
				if b.Len() == 0 {
					return "", r.syntaxError()
				}
				return b.String(), nil
			}
		}
		b.WriteString(r.text[r.at : r.at+size])
		r.at += size
	}
}

// positions reads what follows a word of a tsvector: :1,2A.
func (r *wordReader) positions() ([]Position, error) {
	if c, _ := r.peek(); c != ':' {
		return nil, nil
	}
	var all []Position
	for {
		r.at++ // the colon, a comma
		c, _ := r.peek()
		if !isDigit(c) {
			return nil, r.syntaxError()
		}
		at := r.number()
		if at == 0 {
			return nil, sqlstate.New(sqlstate.SyntaxError, "wrong position info in tsvector: \"%s\"", r.text)
		}
		weight, err := r.weight()
		if err != nil {
			return nil, err
		}
		all = append(all, positionOf(at, weight))
		if c, size := r.peek(); size == 0 || c != ',' {
			return all, nil
		}
	}
}

// number is atoi's, cut to what a position can be.
func (r *wordReader) number() int {
	end := r.at
	for end < len(r.text) && isDigit(rune(r.text[end])) {
		end++
	}
	n, err := strconv.ParseInt(r.text[r.at:end], 10, 64)
	if err != nil {
		n = -1 // LONG_MAX as an int
	}
	r.at = end
	if n := int(int32(n)); n > 0 {
		return min(n, positionMax)
	}
	return int(n) & positionMax
}

// weight reads the letters and digits behind a position, of which one alone may be another weight than D.
func (r *wordReader) weight() (int, error) {
	weight := 0
	for {
		c, size := r.peek()
		w, ok := weightOf(c)
		switch {
		case size == 0, isSpace(c), c == ',':
			return weight, nil
		case ok || c == '*':
			if c == '*' {
				w = 3
			}
			if weight != 0 {
				return 0, r.syntaxError()
			}
			weight = w
		case !isDigit(c):
			return 0, r.syntaxError()
		}
		r.at += size
	}
}

// weightOf is the number of a weight's letter.
func weightOf(c rune) (int, bool) {
	if l := c | 0x20; l < 'a' || l > 'd' || c >= 0x80 {
		return 0, false
	}
	return int('d' - (c | 0x20)), true
}
