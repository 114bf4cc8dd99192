package wire_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/projsql/projsql/wire"
)

func (c *client) sendLines(t testing.TB, all ...string) {
	t.Helper()
	var b []byte
	for _, line := range all {
		m, err := encode(line)
		if err != nil {
			t.Fatal(err)
		}
		b = append(b, m...)
	}
	c.send(b)
}

// connect opens a session and returns its key.
func (c *client) connect(t testing.TB) (pid uint32, secret []byte) {
	t.Helper()
	c.sendLines(t, "Startup user=alice")
	for {
		kind, body, err := c.receive()
		if err != nil {
			t.Fatal(err)
		}
		switch kind {
		case 'K':
			pid, secret = binary.BigEndian.Uint32(body), body[4:]
		case 'Z':
			return pid, secret
		}
	}
}

func want(t testing.TB, got string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(got, p) {
			t.Fatalf("no %q in\n%s", p, got)
		}
	}
}

func cancelPacket(pid uint32, secret []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(12+len(secret)))
	b = binary.BigEndian.AppendUint32(b, 80877102)
	return append(binary.BigEndian.AppendUint32(b, pid), secret...)
}

func TestCancel(t *testing.T) {
	l := newPipes()
	all := &fakeSessions{waiting: make(chan struct{})}
	start(t, wire.Options{Sessions: all}, l)
	c := l.dial()
	pid, secret := c.connect(t)
	cancel := func(pid uint32, secret []byte) {
		k := l.dial()
		k.send(cancelPacket(pid, secret))
		want(t, k.until(""), "closed")
	}
	cancel(pid, secret) // nothing runs: it must not hit the next statement
	c.sendLines(t, `Query "wait; rows 1"`)
	<-all.waiting
	cancel(pid, []byte{1, 2, 3, 4})
	cancel(pid, append(secret[:4:4], make([]byte, 252)...))
	cancel(pid+1, secret)
	cancel(pid, secret)
	want(t, c.until("Z"), "C=57014 M=canceling statement due to user request", "ReadyForQuery I")
	c.sendLines(t, `Query "rows 1"`)
	want(t, c.until("Z"), "DataRow 1")

	// A cancel between the messages of a batch hits none of them.
	c.sendLines(t, `Parse "" "rows 1"`, "Flush")
	c.until("1")
	cancel(pid, secret)
	c.sendLines(t, `Bind "" ""`, `Execute ""`, "Sync")
	want(t, c.until("Z"), "DataRow 1")

	c.sendLines(t, `Query copyin`)
	want(t, c.until("G"), "CopyG")
	<-all.waiting
	cancel(pid, secret)
	want(t, c.until("Z"), "C=57014 M=canceling statement due to user request")
	c.sendLines(t, `CopyData late`, `CopyDone`, `Query "rows 1"`)
	want(t, c.until("Z"), "DataRow 1")
	c.sendLines(t, `Query copyin`)
	c.until("G")
	<-all.waiting
	c.sendLines(t, `CopyData early`) // the cancels before are over
	<-all.waiting
	c.sendLines(t, `CopyDone`)
	want(t, c.until("Z"), "COPY 5")
	c.nc.Close()
}

func TestShutdown(t *testing.T) {
	l := newPipes()
	all := &fakeSessions{waiting: make(chan struct{})}
	s := wire.NewServer(wire.Options{Sessions: all, Auth: trustAll{}})
	served := make(chan error)
	go func() { served <- s.Serve(context.Background(), l) }()
	idle, copying, stuck, silent := l.dial(), l.dial(), l.dial(), l.dial()
	idle.connect(t)
	copying.connect(t)
	stuck.connect(t)
	copying.sendLines(t, "Query copyin")
	copying.until("G")
	<-all.waiting
	stuck.sendLines(t, "Query wait", "Query wait")
	<-all.waiting

	ctx, giveUp := context.WithCancel(context.Background())
	down := make(chan error)
	go func() { down <- s.Shutdown(ctx) }()
	want(t, idle.until("Z"), "S=FATAL V=FATAL C=57P01", "closed")
	want(t, silent.until("Z"), "closed")
	if err := <-served; err != wire.ErrServerClosed {
		t.Fatal(err)
	}
	copying.sendLines(t, "CopyData 12", "CopyDone")
	<-all.waiting
	want(t, copying.until("Z"), "COPY 2", "ReadyForQuery I")
	want(t, copying.until("Z"), "C=57P01", "closed")
	giveUp()
	want(t, stuck.until("Z"), "S=FATAL V=FATAL C=57P01", "closed")
	if err := <-down; err != context.Canceled {
		t.Fatal(err)
	}
	if n := all.open.Load(); n != 0 {
		t.Fatalf("%d sessions are open", n)
	}
}

// TestTimeouts runs in fake time.
func TestTimeouts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		start(t, wire.Options{Sessions: &fakeSessions{}, IdleTimeout: time.Hour, IdleInTxTimeout: time.Minute}, l)
		began := time.Now()
		after := func(c *client, least time.Duration, code string) {
			t.Helper()
			_ = c.nc.SetReadDeadline(time.Time{})
			b, _ := io.ReadAll(c.nc)
			if waited := time.Since(began); waited < least || waited > least+2*time.Second || !strings.Contains(string(b), code) {
				t.Fatalf("%q after %v, not %s after %v", b, waited, code, least)
			}
		}
		silent, half := l.dial(), l.dial()
		half.send([]byte{0, 0, 0, 50, 0, 3})
		after(silent, 10*time.Second, "08P01")
		after(half, 10*time.Second, "08P01")

		idle := l.dial()
		idle.connect(t)
		idle.sendLines(t, "Query begin", "Query commit")
		idle.until("Z")
		idle.until("Z")
		began = time.Now()
		after(idle, time.Hour, "57P05")

		inTx := l.dial()
		inTx.connect(t)
		inTx.sendLines(t, "Query begin")
		inTx.until("Z")
		began = time.Now()
		after(inTx, time.Minute, "25P03")
	})
}

// impatient sessions bound how long their clients are silent.
type impatient struct{ fakeSessions }

func (i *impatient) Open(ctx context.Context, s wire.Startup) (wire.Session, [][2]string, error) {
	session, statuses, err := i.fakeSessions.Open(ctx, s)
	return hurried{session}, statuses, err
}

type hurried struct{ wire.Session }

func (h hurried) IdleTimeout() time.Duration {
	switch h.Status() {
	case 'T':
		return time.Second
	case 'E':
		return 0
	}
	return time.Minute
}

// TestSessionsBoundSilence: what a session says comes before the server's options, and it may say
// another thing at every turn.
func TestSessionsBoundSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		start(t, wire.Options{Sessions: &impatient{}, IdleTimeout: time.Hour, IdleInTxTimeout: 2 * time.Hour}, l)
		for _, c := range []struct {
			code     string
			least    time.Duration
			messages []string
		}{
			{"57P05", time.Minute, []string{"Query begin", "Query commit"}},
			{"25P03", time.Second, []string{"Query begin"}},
			{"25P03", 2 * time.Hour, []string{"Query begin", "Query fail"}},
		} {
			client := l.dial()
			client.connect(t)
			time.Sleep(30 * time.Second)
			client.sendLines(t, c.messages...)
			for range c.messages {
				client.until("Z")
			}
			began := time.Now()
			_ = client.nc.SetReadDeadline(time.Time{})
			b, _ := io.ReadAll(client.nc)
			if waited := time.Since(began); waited < c.least || waited > c.least+2*time.Second || !strings.Contains(string(b), c.code) {
				t.Errorf("%q after %v, not %s after %v", b, waited, c.code, c.least)
			}
		}
	})
}

// TestSlowReader: a client that does not read is let go.
func TestSlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		all := &fakeSessions{}
		start(t, wire.Options{Sessions: all, WriteTimeout: 10 * time.Second}, l)
		c := l.dial()
		c.connect(t)
		began := time.Now()
		c.sendLines(t, `Query "rows 1000000"`)
		for all.open.Load() != 0 && time.Since(began) < time.Hour {
			time.Sleep(time.Second)
		}
		if waited := time.Since(began); waited < 9*time.Second || waited > 15*time.Second {
			t.Fatalf("let go after %v", waited)
		}
	})
}

// TestRowsComeWhileTheRestIsMade: a statement's first rows do not wait for as many as a
// long answer's pieces hold.
func TestRowsComeWhileTheRestIsMade(t *testing.T) {
	l := newPipes()
	all := &fakeSessions{}
	start(t, wire.Options{Sessions: all}, l)
	c := l.dial()
	c.connect(t)
	c.sendLines(t, `Query "rows 20000"`) // the next answer begins with a small piece too
	c.until("Z")
	c.sendLines(t, `Query "rows 1000; wait"`) // some 15 KB
	want(t, c.until("D"), "DataRow 1")
	c.nc.Close()
}

// TestWatchdogIsRoused: a server without work looks seldom; a request has it look as often as
// ever.
func TestWatchdogIsRoused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		all := &fakeSessions{}
		start(t, wire.Options{Sessions: all, GoneCheck: 50 * time.Millisecond, WriteTimeout: 100 * time.Millisecond}, l)
		for _, idle := range []time.Duration{0, 1100 * time.Millisecond, time.Minute} {
			c := l.dial()
			c.connect(t)
			time.Sleep(idle)
			began := time.Now()
			c.sendLines(t, `Query "rows 1000000"`)
			for all.open.Load() != 0 && time.Since(began) < time.Hour {
				time.Sleep(10 * time.Millisecond)
			}
			if waited := time.Since(began); waited > 300*time.Millisecond {
				t.Errorf("idle for %v: a client that does not read is let go after %v", idle, waited)
			}
		}
	})
}

// TestClientGone: a statement whose client has left is cancelled.
func TestClientGone(t *testing.T) {
	if runtime.GOOS != "linux" {
		return
	}
	l := listen(t)
	all := &fakeSessions{waiting: make(chan struct{})}
	start(t, wire.Options{Sessions: all, GoneCheck: 5 * time.Millisecond}, l)
	c := dial(t, l)
	c.connect(t)
	b, _ := encode("Query wait")
	more, _ := encode("Query \"rows 1\"") // pipelined bytes hide the end of the stream from a read
	if _, err := c.nc.Write(append(b, more...)); err != nil {
		t.Fatal(err)
	}
	<-all.waiting
	c.nc.Close()
	closed(t, all)
}

// TestSilentConnections: many connections that say nothing hold little memory, are
// closed by the startup timeout, and too many are told so.
func TestSilentConnections(t *testing.T) {
	const n, preAuthMax, bytesMax = 2000, 1500, 24 << 10
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		start(t, wire.Options{Sessions: &fakeSessions{}, PreAuthMax: preAuthMax}, l)
		before := memory()
		var clients []*client
		for range n {
			clients = append(clients, l.dial())
		}
		synctest.Wait()
		if each := (memory() - before) / n; each > bytesMax {
			t.Errorf("%d bytes a silent connection, more than %d", each, bytesMax)
		}
		refused, timedOut := 0, 0
		for _, c := range clients {
			_ = c.nc.SetReadDeadline(time.Time{})
			b, _ := io.ReadAll(c.nc)
			switch {
			case strings.Contains(string(b), "C53300"):
				refused++
			case strings.Contains(string(b), "timeout"):
				timedOut++
			}
		}
		// What the server could not say within its patience, as nobody read, is closed.
		if refused+timedOut == 0 || timedOut > preAuthMax {
			t.Fatalf("%d refused, %d timed out", refused, timedOut)
		}
		c := l.dial()
		c.connect(t)
		c.nc.Close()
	})
}

func memory() int {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapInuse + m.StackInuse)
}

func certificate(t *testing.T) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

var sslRequest = []byte{0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f}

func TestTLS(t *testing.T) {
	l := newPipes()
	start(t, wire.Options{Sessions: &fakeSessions{}, TLSConfig: certificate(t)}, l)
	config := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"postgresql"}}
	session := func(nc net.Conn) {
		t.Helper()
		c := &client{nc: nc}
		c.connect(t)
		c.sendLines(t, `Query "rows 1"`)
		want(t, c.until("Z"), "DataRow 1")
		nc.Close()
	}

	c := l.dial()
	c.send(sslRequest)
	var answer [1]byte
	if _, err := io.ReadFull(c.nc, answer[:]); err != nil || answer[0] != 'S' {
		t.Fatalf("%q %v", answer, err)
	}
	session(tls.Client(c.nc, config))
	session(tls.Client(l.dial().nc, config)) // direct

	// Direct TLS for another protocol.
	alien := tls.Client(l.dial().nc, &tls.Config{InsecureSkipVerify: true})
	c = &client{nc: alien}
	c.sendLines(t, "Startup user=alice")
	want(t, c.until("Z"), "ALPN", "closed")

	// Bytes that came before the handshake.
	c = l.dial()
	c.send(append(sslRequest, startup([]string{"user=mallory"})...))
	want(t, c.until("Z"), "received unencrypted data after SSL request", "closed")
}

// TestNoTLSWithinAMachine: a Unix-domain socket is refused what it has no need of.
func TestNoTLSWithinAMachine(t *testing.T) {
	l := listenUnix(t)
	start(t, wire.Options{Sessions: &fakeSessions{}, TLSConfig: certificate(t)}, l)
	c := dial(t, l)
	defer c.nc.Close()
	c.send(sslRequest)
	var answer [1]byte
	if _, err := io.ReadFull(c.nc, answer[:]); err != nil || answer[0] != 'N' {
		t.Fatalf("%q %v", answer, err)
	}
	c.connect(t)
	c.sendLines(t, `Query "rows 1"`)
	want(t, c.until("Z"), "DataRow 1")
}

func TestTrustLoopback(t *testing.T) {
	for addr, ok := range map[string]bool{"127.0.0.1": true, "::1": true, "192.0.2.1": false} {
		err := wire.TrustLoopback{}.Authenticate(context.Background(), &wire.Exchange{Addr: &net.TCPAddr{IP: net.ParseIP(addr)}})
		if (err == nil) != ok {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestPgx(t *testing.T) {
	l := listen(t)
	start(t, wire.Options{Sessions: &fakeSessions{}, Metrics: prometheus.NewRegistry(), Logger: slog.New(slog.DiscardHandler)}, l)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, "postgres://alice@"+l.Addr().String()+"/projsql")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "rows 3")
	if err != nil {
		t.Fatal(err)
	}
	got, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(got) != 3 || got[2] != "3" {
		t.Fatal(got, err)
	}
	var echo string
	if err := conn.QueryRow(ctx, "echo $", "hello").Scan(&echo); err != nil || echo != "hello sync" {
		t.Fatal(echo, err)
	}
	tag, err := conn.PgConn().CopyFrom(ctx, strings.NewReader("one\ntwo\n"), "copyin")
	if err != nil || tag.String() != "COPY 8" {
		t.Fatal(tag, err)
	}
	batch := &pgx.Batch{}
	batch.Queue("rows 1")
	batch.Queue("error 40001 conflict")
	var pgErr *pgconn.PgError
	if err := conn.SendBatch(ctx, batch).Close(); err == nil {
		t.Fatal("no error")
	}
	if _, err := conn.Exec(ctx, "error 40001 conflict"); !asPg(err, &pgErr) || pgErr.Code != "40001" || pgErr.Hint != "what to do" {
		t.Fatal(err)
	}
}

func asPg(err error, target **pgconn.PgError) bool {
	e, ok := err.(*pgconn.PgError)
	*target = e
	return ok
}

func TestPsql(t *testing.T) {
	psql, err := exec.LookPath("psql")
	if err != nil {
		return // not on this machine; the protocol tests say the same by hand
	}
	l := listen(t)
	start(t, wire.Options{Sessions: &fakeSessions{}}, l)
	host, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(psql, "-X", "-h", host, "-p", port, "-U", "alice", "-d", "projsql", "-c", "rows 2", "-c", "notice hi", "-c", "error 22012 oops")
	cmd.Env = append(cmd.Environ(), fmt.Sprint("PGCONNECT_TIMEOUT=", int(patience.Seconds())))
	out, _ := cmd.CombinedOutput() // the last statement fails
	want(t, string(out), "(2 rows)", "NOTICE:  hi", "ERROR:  oops", "DETAIL:  why", "HINT:  what to do")
}

// A client that pipelines without Sync waits for the error, and its Flush comes too late.
func TestErrorsGoOutAtOnce(t *testing.T) {
	l := newPipes()
	s := wire.NewServer(wire.Options{Sessions: &fakeSessions{}, Auth: trustAll{}})
	go s.Serve(context.Background(), l)
	c := l.dial()
	c.connect(t)
	c.sendLines(t, `Parse "" "rows 1"`, `Bind "" ""`, `Execute ""`, `Parse "" syntax`, `Parse "" "rows 1"`, "Flush")
	want(t, c.until("E"), "DataRow 1", "syntax error")
	c.sendLines(t, "Sync")
	want(t, c.until("Z"), "ReadyForQuery I")
	c.nc.Close()
}
