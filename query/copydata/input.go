package copydata

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

// lineBytesMax bounds one line of COPY data.
const lineBytesMax = 64 << 20

// input gives the lines and bytes of COPY data, whose chunks end anywhere.
type input struct {
	ctx    context.Context //nolint:containedctx // of the one statement that the input is for
	reader Input
	buf    []byte
	at     int // what of buf is consumed
	ended  bool
	stop   bool // the end marker was read
}

// fill reads one more chunk; false at the end.
func (c *input) fill() (bool, error) {
	if c.ended {
		return false, nil
	}
	chunk, err := c.reader.Next(c.ctx)
	if errors.Is(err, io.EOF) {
		c.ended = true
		return false, nil
	}
	if err != nil {
		c.ended = true
		return false, err
	}
	if c.at > 0 {
		c.buf = append(c.buf[:0], c.buf[c.at:]...)
		c.at = 0
	}
	if len(c.buf)+len(chunk) > lineBytesMax {
		return false, sqlstate.New(sqlstate.ProgramLimitExceeded, "COPY line is longer than %d bytes", lineBytesMax)
	}
	c.buf = append(c.buf, chunk...)
	return true, nil
}

// take returns the next n bytes; false if the data end before.
func (c *input) take(n int) ([]byte, bool, error) {
	for len(c.buf)-c.at < n {
		more, err := c.fill()
		if err != nil || !more {
			return nil, false, err
		}
	}
	b := c.buf[c.at : c.at+n]
	c.at += n
	return b, true, nil
}

// line returns the next line without its end, as it stands in the data; false at
// the end of the data or at the line "\.". An error that is about a line comes with it.
func (c *input) line(o *Options) ([]byte, bool, error) {
	scanned, quoted := 0, false
	for !c.stop {
		end, next, inside := lineEnd(c.buf[c.at:], scanned, quoted, o)
		if end < 0 {
			scanned, quoted = next, inside
			more, err := c.fill()
			if err != nil {
				return nil, false, err
			}
			if more {
				continue
			}
			return c.lastLine(quoted)
		}
		line := c.buf[c.at : c.at+end]
		c.at += end + 1
		return c.finish(line)
	}
	return nil, false, nil
}

func (c *input) lastLine(quoted bool) ([]byte, bool, error) {
	c.stop = true
	line := c.buf[c.at:]
	c.at = len(c.buf)
	if quoted {
		return line, false, badCopy("unterminated CSV quoted field")
	}
	if len(line) == 0 {
		return nil, false, nil
	}
	return c.finish(line)
}

func (c *input) finish(line []byte) ([]byte, bool, error) {
	line = bytes.TrimSuffix(line, []byte("\r"))
	if string(line) == `\.` {
		c.stop = true
		return nil, false, nil
	}
	if !utf8.Valid(line) {
		return nil, false, sqlstate.New(sqlstate.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\" in COPY data")
	}
	return line, true, nil
}

// lineEnd finds the newline that ends a line: in csv, one outside quotes. The
// search goes on at from, where quoted tells whether a quote is open; where there
// is none, next and inside say how to go on.
func lineEnd(b []byte, from int, quoted bool, o *Options) (end, next int, inside bool) {
	if o.format != csvFormat {
		if i := bytes.IndexByte(b[from:], '\n'); i >= 0 {
			return from + i, 0, false
		}
		return -1, len(b), false
	}
	for i := from; i < len(b); i++ {
		switch c := b[i]; {
		case quoted && c == o.escape && o.escape != o.quote:
			if i++; i == len(b) {
				return -1, i - 1, quoted
			}
		case c == o.quote:
			quoted = !quoted
		case c == '\n' && !quoted:
			return i, 0, false
		}
	}
	return -1, len(b), quoted
}

// splitText splits a line of the text format.
func splitText(into []field, line []byte, o *Options) ([]field, error) {
	for {
		end, escaped := textFieldEnd(line, o.delimiter)
		raw := line[:end]
		f := field{null: string(raw) == o.null}
		if !f.null {
			f.text = string(raw)
			if escaped {
				f.text = unescape(raw)
			}
			if escaped && !utf8.ValidString(f.text) {
				return into, sqlstate.New(sqlstate.CharacterNotInRepertoire, "invalid byte sequence for encoding \"UTF8\" in COPY data")
			}
		}
		into = append(into, f)
		if end == len(line) {
			return into, nil
		}
		line = line[end+1:]
	}
}

func textFieldEnd(line []byte, delimiter byte) (end int, escaped bool) {
	for i := 0; i < len(line); i++ {
		switch line[i] {
		case '\\':
			escaped = true
			i++
		case delimiter:
			return i, escaped
		}
	}
	return len(line), escaped
}

// unescape reads the backslash sequences of the text format.
func unescape(raw []byte) string {
	var b strings.Builder
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c != '\\' || i+1 == len(raw) {
			b.WriteByte(c)
			continue
		}
		i++
		n, value := escapeValue(raw[i:])
		b.WriteByte(value)
		i += n - 1
	}
	return b.String()
}

// escapeValue reads what follows a backslash and its length.
func escapeValue(s []byte) (n int, value byte) {
	switch c := s[0]; c {
	case 'b':
		return 1, '\b'
	case 'f':
		return 1, '\f'
	case 'n':
		return 1, '\n'
	case 'r':
		return 1, '\r'
	case 't':
		return 1, '\t'
	case 'v':
		return 1, '\v'
	case 'x':
		if n, value = number(s[1:], 16, 2); n > 0 {
			return n + 1, value
		}
		return 1, c
	default:
		if n, value = number(s, 8, 3); n > 0 {
			return n, value
		}
		return 1, c
	}
}

// number reads at most digitsMax digits.
func number(s []byte, base, digitsMax int) (n int, value byte) {
	v := 0
	for n < len(s) && n < digitsMax {
		digit := strings.IndexByte("0123456789abcdef", s[n]|0x20)
		if s[n] >= '0' && s[n] <= '9' {
			digit = int(s[n] - '0')
		}
		if digit < 0 || digit >= base {
			break
		}
		v, n = v*base+digit, n+1
	}
	return n, byte(v)
}

// splitCSV splits a line of the csv format.
func splitCSV(into []field, line []byte, o *Options) ([]field, error) {
	for i := 0; ; {
		var text []byte
		wasQuoted, quoted := false, false
		for ; i < len(line) && (quoted || line[i] != o.delimiter); i++ {
			c := line[i]
			switch {
			case quoted && c == o.escape && i+1 < len(line) && (line[i+1] == o.quote || line[i+1] == o.escape):
				i++
				text = append(text, line[i])
			case c == o.quote:
				quoted, wasQuoted = !quoted, true
			default:
				text = append(text, c)
			}
		}
		if quoted {
			return into, badCopy("unterminated CSV quoted field")
		}
		into = append(into, field{text: string(text), null: !wasQuoted && string(text) == o.null})
		if i >= len(line) {
			return into, nil
		}
		i++
	}
}
