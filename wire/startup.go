package wire

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"net"

	"github.com/jackc/pgproto3/v2"

	"github.com/projsql/projsql/wire/sqlstate"
)

const (
	startupBytesMax = 10_000 // PostgreSQL's MAX_STARTUP_PACKET_LENGTH

	codeCancel = 1234<<16 | 5678
	codeSSL    = 1234<<16 | 5679
	codeGSS    = 1234<<16 | 5680

	protocol30 = 3 << 16

	tlsHandshake = 0x16 // the first byte of a ClientHello
	alpn         = "postgresql"
)

// startup serves everything before the first query. errTerminate: there will be
// none.
func (c *conn) startup(ctx context.Context) error {
	if err := c.directTLS(ctx); err != nil {
		return err
	}
	body, err := c.startupPacket(ctx)
	if err != nil {
		return err
	}
	p, err := parseStartup(body)
	if err != nil {
		return err
	}
	return c.open30(ctx, p)
}

// directTLS starts TLS if the client begins with it, as PostgreSQL 17 allows.
func (c *conn) directTLS(ctx context.Context) error {
	if err := c.in.fill(1); err != nil {
		return err
	}
	if c.in.buffered()[0] != tlsHandshake {
		return nil
	}
	if c.server.options.TLSConfig == nil {
		return errTerminate
	}
	t, err := c.startTLS(ctx, &replay{Conn: c.raw, first: append([]byte(nil), c.in.buffered()...)})
	if err != nil {
		return err
	}
	if t.ConnectionState().NegotiatedProtocol != alpn {
		return violation("received direct SSL connection request without ALPN protocol negotiation extension")
	}
	return nil
}

// replay is a connection some of whose bytes have been read already.
type replay struct {
	net.Conn
	first []byte
}

func (r *replay) Read(b []byte) (int, error) {
	if len(r.first) == 0 {
		return r.Conn.Read(b)
	}
	n := copy(b, r.first)
	r.first = r.first[n:]
	return n, nil
}

func (c *conn) startTLS(ctx context.Context, under net.Conn) (*tls.Conn, error) {
	config := c.server.options.TLSConfig.Clone()
	config.NextProtos = []string{alpn}
	config.MinVersion = max(config.MinVersion, tls.VersionTLS12)
	t := tls.Server(under, config)
	if err := t.HandshakeContext(ctx); err != nil {
		c.server.options.Logger.Debug("TLS handshake failed", "pid", c.id, "error", err)
		return nil, errTerminate
	}
	c.nc = t
	c.turns = nil
	c.in.init(c, c.in.limit)
	c.in.r, c.in.w = 0, 0
	return t, nil
}

// startupPacket answers requests for encryption and returns the startup message.
func (c *conn) startupPacket(ctx context.Context) ([]byte, error) {
	_, sslDone := c.nc.(*tls.Conn)
	gssDone := sslDone
	for {
		body, err := c.in.takeStartup()
		if err != nil {
			return nil, err
		}
		if len(body) < 4 {
			return nil, violation("invalid length of startup packet")
		}
		switch code := binary.BigEndian.Uint32(body); {
		case code == codeCancel:
			c.cancelPacket(body[4:])
			return nil, errTerminate
		case code == codeSSL && !sslDone:
			sslDone = true
			if err := c.answerSSL(ctx); err != nil {
				return nil, err
			}
		case code == codeGSS && !gssDone:
			gssDone = true
			if err := c.write([]byte{'N'}); err != nil {
				return nil, err
			}
		default:
			return body, nil
		}
	}
}

func (c *conn) cancelPacket(rest []byte) {
	const secretBytesMax = 256
	if len(rest) < 8 || len(rest) > 4+secretBytesMax {
		return
	}
	c.server.cancelRequest(binary.BigEndian.Uint32(rest), rest[4:])
}

func (c *conn) answerSSL(ctx context.Context) error {
	if _, local := c.raw.RemoteAddr().(*net.UnixAddr); local || c.server.options.TLSConfig == nil {
		return c.write([]byte{'N'})
	}
	if len(c.in.buffered()) > 0 {
		return violation("received unencrypted data after SSL request")
	}
	if err := c.write([]byte{'S'}); err != nil {
		return err
	}
	_, err := c.startTLS(ctx, c.raw)
	return err
}

// open30 authenticates and opens the session of a client that speaks protocol 3.
func (c *conn) open30(ctx context.Context, p *startupPacket) error {
	if len(p.unknown) > 0 || p.version != protocol30 {
		b := c.out.buffer()
		*b = appendNegotiate(*b, p.unknown)
	}
	p.ProcessID = c.id
	p.Remote, p.Local = c.raw.RemoteAddr().String(), c.raw.LocalAddr().String()
	p.Encryption = encryption(c.nc)
	p.Cancel, p.End = func() { c.cancels.interrupt(errUserCancel) }, c.kill
	if err := c.authenticate(ctx, p); err != nil {
		return err
	}
	if err := c.out.send(&pgproto3.AuthenticationOk{}); err != nil {
		return err
	}
	session, statuses, err := c.server.options.Sessions.Open(ctx, p.Startup)
	if err != nil {
		return fatal{sqlstate.Of(err)}
	}
	c.session = session
	c.listener, _ = session.(Listener)
	c.idler, _ = session.(idler)
	if g, ok := session.(gatherer); ok && g.Gathers() {
		c.out.gathers = true
		c.in.widen()
	} else {
		c.server.options.Alert.Hasten(c.nc)
	}
	for _, s := range statuses {
		if err := c.out.Parameter(s[0], s[1]); err != nil {
			return err
		}
	}
	if _, err := rand.Read(c.secret[:]); err != nil {
		return err
	}
	if err := c.out.send(&pgproto3.BackendKeyData{ProcessID: c.id, SecretKey: binary.BigEndian.Uint32(c.secret[:])}); err != nil {
		return err
	}
	return c.ready()
}

// appendNegotiate appends NegotiateProtocolVersion, which pgproto3 does not know.
func appendNegotiate(b []byte, unknown []string) []byte {
	start := len(b)
	b = append(b, 'v', 0, 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, protocol30)
	b = binary.BigEndian.AppendUint32(b, uint32(len(unknown)))
	for _, name := range unknown {
		b = append(append(b, name...), 0)
	}
	binary.BigEndian.PutUint32(b[start+1:], uint32(len(b)-start-1))
	return b
}
