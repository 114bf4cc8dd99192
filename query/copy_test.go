package query_test

import (
	"strings"
	"testing"
)

// Binary COPY data, with and without the end marker, and broken in every place.
func TestCopyBinary(t *testing.T) {
	const (
		header = "PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		row    = "\x00\x03\x00\x00\x00\x03b:1\x00\x00\x00\x01K\xff\xff\xff\xff"
		sql    = "COPY events (entity, kind, metadata) FROM STDIN (FORMAT binary)"
	)
	s := startNode(t).session(t, nil)
	for _, c := range []struct{ name, data, want string }{
		{"marker", header + row + row + "\xff\xff", "COPY 2"},
		{"no marker", header + row, "COPY 1"},
		{"empty", header, "COPY 0"},
		{"after marker", header + "\xff\xffx", "22P04: received copy data after EOF marker"},
		{"signature", "PGCOPX" + header[6:], "22P04: COPY file signature not recognized"},
		{"flags", header[:11] + "\x00\x01" + header[13:], "22P04: unrecognized critical flags"},
		{"columns", header + "\x00\x02", "22P04: row field count is 2, expected 3"},
		{"size", header + "\x00\x03\xff\xff\xff\xfe", "22P04: invalid field size"},
		{"cut", header + row[:9], "22P04: unexpected EOF in COPY data"},
		{"utf8", header + "\x00\x03\x00\x00\x00\x01\xff", "22021"},
	} {
		out := &recorder{input: c.data}
		out.tell(s.Simple(t.Context(), sql, out))
		if !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: got %s, want %s", c.name, out, c.want)
		}
	}
}
