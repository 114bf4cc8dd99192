package query_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/projsql/projsql/query"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// recorder is an Out that writes down what it is told.
type recorder struct {
	strings.Builder
	input    string // for COPY FROM
	syncNext bool
}

// actualTime is what EXPLAIN ANALYZE measures by a clock that does not stand still.
var actualTime = regexp.MustCompile(`(actual time=|"Actual Total Time": )[0-9.]+`)

func (r *recorder) SyncNext() bool { return r.syncNext }

func (r *recorder) Fields(f []query.Field) error {
	r.WriteString(describeFields(f) + "\n")
	return nil
}

func describeFields(f []query.Field) string {
	if f == nil {
		return "no rows"
	}
	var names []string
	for _, c := range f {
		name := c.Name + ":" + types.FormatType(types.Type{OID: types.OID(c.TypeOID), Mod: c.TypeMod})
		if c.Format == 1 {
			name += ":b"
		}
		names = append(names, name)
	}
	return "[" + strings.Join(names, ", ") + "]"
}

func (r *recorder) Row(frame []byte) error {
	n := int(binary.BigEndian.Uint16(frame[5:]))
	if int(binary.BigEndian.Uint32(frame[1:])) != len(frame)-1 {
		return fmt.Errorf("bad frame %x", frame)
	}
	b := frame[7:]
	values := make([]string, n)
	for i := range n {
		size := int32(binary.BigEndian.Uint32(b))
		b = b[4:]
		if size < 0 {
			values[i] = "∅"
			continue
		}
		values[i] = printable(string(b[:size]))
		b = b[size:]
	}
	r.WriteString(actualTime.ReplaceAllString(strings.Join(values, " | "), "${1}T") + "\n")
	return nil
}

func printable(s string) string {
	if !utf8.ValidString(s) {
		return fmt.Sprintf("0x%x", s)
	}
	for i := range len(s) {
		if s[i] < ' ' && s[i] != '\n' {
			return fmt.Sprintf("0x%x", s)
		}
	}
	return s
}

func (r *recorder) say(format string, args ...any) error {
	fmt.Fprintf(r, format+"\n", args...)
	return nil
}

func (r *recorder) Complete(tag string) error { return r.say("%s", tag) }
func (r *recorder) Empty() error              { return r.say("(empty)") }
func (r *recorder) Suspended() error          { return r.say("(suspended)") }

func (r *recorder) Notice(severity string, n *sqlstate.Error) error {
	if n.Hint != "" {
		return r.say("%s %s: %s\n  HINT: %s", severity, n.Code, n.Message, n.Hint)
	}
	return r.say("%s %s: %s", severity, n.Code, n.Message)
}
func (r *recorder) Parameter(name, value string) error { return r.say("<%s=%s>", name, value) }

func (r *recorder) CopyIn(format int8, columns int) (query.CopyReader, error) {
	return &chunks{text: r.input}, r.say("(copy in, format %d, %d columns)", format, columns)
}

func (r *recorder) CopyOut(format int8, columns int) error {
	return r.say("(copy out, format %d, %d columns)", format, columns)
}

func (r *recorder) CopyData(b []byte) error {
	_, err := r.WriteString(strings.TrimSuffix(printable(string(b)), "\n") + "\n")
	return err
}
func (r *recorder) CopyDone() error { return r.say("(copy done)") }

// chunks gives a text in small pieces.
type chunks struct{ text string }

const chunkBytes = 7

func (c *chunks) Next(context.Context) ([]byte, error) {
	if c.text == "" {
		return nil, io.EOF
	}
	n := min(chunkBytes, len(c.text))
	b := []byte(c.text[:n])
	c.text = c.text[n:]
	return b, nil
}

// tell writes down an error as a client sees it.
func (r *recorder) tell(err error) {
	if err == nil {
		return
	}
	e := sqlstate.Of(err)
	fmt.Fprintf(r, "ERROR %s: %s", e.Code, e.Message)
	if e.Position > 0 {
		fmt.Fprintf(r, " @%d", e.Position)
	}
	r.WriteString("\n")
	for _, more := range [][2]string{{"DETAIL", e.Detail}, {"HINT", e.Hint}, {"CONTEXT", e.Where}} {
		if more[1] != "" {
			fmt.Fprintf(r, "  %s: %s\n", more[0], more[1])
		}
	}
}

// said is all that a session says to a query string, its error too.
func said(t *testing.T, s *query.Session, sql string) string {
	t.Helper()
	out := &recorder{}
	out.tell(s.Simple(t.Context(), sql, out))
	return out.String()
}
