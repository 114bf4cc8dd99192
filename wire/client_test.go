package wire_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgproto3/v2"
)

// client speaks the protocol by hand and shows what comes back as text.
type client struct {
	nc net.Conn
}

// encode turns a line of a script into bytes: a message's name and its arguments.
func encode(line string) ([]byte, error) {
	words, err := split(line)
	if err != nil {
		return nil, err
	}
	arg := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	var m pgproto3.FrontendMessage
	switch words[0] {
	case "Query":
		m = &pgproto3.Query{String: arg(1)}
	case "Parse":
		m = &pgproto3.Parse{Name: arg(1), Query: arg(2)}
	case "Bind":
		b := &pgproto3.Bind{DestinationPortal: arg(1), PreparedStatement: arg(2)}
		for _, v := range words[min(3, len(words)):] {
			if v == "NULL" {
				b.Parameters = append(b.Parameters, nil)
			} else {
				b.Parameters = append(b.Parameters, []byte(v))
			}
		}
		m = b
	case "Describe":
		m = &pgproto3.Describe{ObjectType: arg(1)[0], Name: arg(2)}
	case "Execute":
		n, _ := strconv.Atoi(arg(2))
		m = &pgproto3.Execute{Portal: arg(1), MaxRows: uint32(n)}
	case "Close":
		m = &pgproto3.Close{ObjectType: arg(1)[0], Name: arg(2)}
	case "Sync":
		m = &pgproto3.Sync{}
	case "Flush":
		m = &pgproto3.Flush{}
	case "Terminate":
		m = &pgproto3.Terminate{}
	case "CopyData":
		m = &pgproto3.CopyData{Data: []byte(arg(1))}
	case "CopyDone":
		m = &pgproto3.CopyDone{}
	case "CopyFail":
		m = &pgproto3.CopyFail{Message: arg(1)}
	case "Startup":
		return startup(words[1:]), nil
	case "Raw":
		return hex.DecodeString(strings.Join(words[1:], ""))
	default:
		return nil, fmt.Errorf("unknown message %q", words[0])
	}
	return m.Encode(nil)
}

// split cuts at spaces, but for Go strings in quotes.
func split(line string) ([]string, error) {
	var words []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		if line[0] != '"' {
			word, rest, _ := strings.Cut(line, " ")
			words, line = append(words, word), rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			return nil, err
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, err
		}
		words, line = append(words, word), line[len(quoted):]
	}
	return words, nil
}

// startup encodes a startup packet: its version, then name=value.
func startup(words []string) []byte {
	version := uint32(196608)
	var body []byte
	for _, w := range words {
		name, value, _ := strings.Cut(w, "=")
		if name == "version" {
			v, _ := strconv.ParseUint(value, 0, 32)
			version = uint32(v)
			continue
		}
		body = append(append(append(append(body, name...), 0), value...), 0)
	}
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)+9))
	b = binary.BigEndian.AppendUint32(b, version)
	return append(append(b, body...), 0)
}

// patience bounds every wait of a test.
const patience = 2 * time.Minute

// receive reads one message; io.EOF when the connection is closed.
func (c *client) receive() (kind byte, body []byte, err error) {
	if err := c.nc.SetReadDeadline(time.Now().Add(patience)); err != nil {
		return 0, nil, err
	}
	var header [5]byte
	if _, err := io.ReadFull(c.nc, header[:]); err != nil {
		return 0, nil, err
	}
	body = make([]byte, binary.BigEndian.Uint32(header[1:])-4)
	_, err = io.ReadFull(c.nc, body)
	return header[0], body, err
}

// until reads messages up to one of the kind, or the end.
func (c *client) until(kinds string) string {
	var b strings.Builder
	for {
		kind, body, err := c.receive()
		if err != nil {
			return b.String() + "closed\n"
		}
		b.WriteString(show(kind, body) + "\n")
		if strings.IndexByte(kinds, kind) >= 0 {
			return b.String()
		}
	}
}

// answers reads to the end, with the single bytes that answer requests for
// encryption first.
func (c *client) answers() string {
	s := ""
	for {
		_ = c.nc.SetReadDeadline(time.Now().Add(patience))
		var b [1]byte
		if _, err := io.ReadFull(c.nc, b[:]); err != nil {
			return s + "closed\n"
		}
		if b[0] != 'N' {
			c.nc = &unread{c.nc, b[:]}
			return s + c.until("")
		}
		s += "N\n"
	}
}

// unread is a connection with bytes put back.
type unread struct {
	net.Conn
	first []byte
}

func (u *unread) Read(b []byte) (int, error) {
	n := copy(b, u.first)
	u.first = u.first[n:]
	if n > 0 {
		return n, nil
	}
	return u.Conn.Read(b)
}

// send writes in the background: over a pipe the server may write at the same time.
func (c *client) send(b []byte) {
	go c.nc.Write(b)
}

var plain = map[byte]string{
	'1': "ParseComplete", '2': "BindComplete", '3': "CloseComplete", 'n': "NoData", 's': "PortalSuspended", 'I': "EmptyQueryResponse",
	'c': "CopyDone", 'K': "BackendKeyData",
}

func show(kind byte, body []byte) string {
	if name, ok := plain[kind]; ok {
		return name
	}
	switch kind {
	case 'Z':
		return "ReadyForQuery " + string(body)
	case 'R':
		return fmt.Sprintf("Authentication %d", binary.BigEndian.Uint32(body))
	case 'C':
		return "CommandComplete " + text(body)
	case 'S':
		return "ParameterStatus " + text(body)
	case 'E':
		return "Error" + fields(body)
	case 'N':
		return "Notice" + fields(body)
	case 'T':
		return "RowDescription" + columns(body)
	case 'D':
		return "DataRow" + values(body)
	case 't':
		return fmt.Sprintf("ParameterDescription %x", body[2:])
	case 'G', 'H':
		return fmt.Sprintf("Copy%cResponse %x", kind, body)
	case 'd':
		return fmt.Sprintf("CopyData %q", body)
	case 'v':
		return fmt.Sprintf("NegotiateProtocolVersion %d %d %s", binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:]), text(body[8:]))
	}
	return fmt.Sprintf("%c %q", kind, body)
}

func text(b []byte) string {
	return strings.ReplaceAll(strings.TrimSuffix(string(b), "\x00"), "\x00", " ")
}

func fields(body []byte) string {
	s := ""
	for _, f := range bytes.Split(bytes.TrimRight(body, "\x00"), []byte{0}) {
		s += " " + string(f[:1]) + "=" + string(f[1:])
	}
	return s
}

func columns(body []byte) string {
	s := ""
	for n := binary.BigEndian.Uint16(body); n > 0; n-- {
		if s == "" {
			body = body[2:]
		}
		i := bytes.IndexByte(body, 0)
		s += fmt.Sprintf(" %s:%d", body[:i], binary.BigEndian.Uint32(body[i+7:]))
		body = body[i+19:]
	}
	return s
}

func values(body []byte) string {
	s := ""
	rest := body[2:]
	for range binary.BigEndian.Uint16(body) {
		n := binary.BigEndian.Uint32(rest)
		if n > 100 {
			s += fmt.Sprintf(" (%d bytes)", n)
		} else {
			s += " " + string(rest[4:4+n])
		}
		rest = rest[4+n:]
	}
	return s
}
