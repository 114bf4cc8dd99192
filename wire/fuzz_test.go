package wire_test

import (
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/projsql/projsql/wire"
)

// FuzzServer sends bytes to a server, after a proper startup or as they are. The
// server must close the connection, or wait for more, within a second, and must not
// allocate what a header claims.
func FuzzServer(f *testing.F) {
	seed := func(startup bool, lines ...string) {
		var all []byte
		for _, line := range lines {
			b, err := encode(line)
			if err != nil {
				f.Fatal(err)
			}
			all = append(all, b...)
		}
		f.Add(startup, all)
	}
	seed(false, "Startup user=alice")
	seed(false, "Startup version=0x00030002 user=alice _pq_.x=1 \"options=-c a=b\"")
	seed(false, "Raw 0000000804d2162f 0000000804d21630 0000001004d2162e 00000001 00000002")
	seed(true, `Query "rows 2; error 22012 x; rows 1"`, `Query "copyin"`, "CopyData x", "CopyDone", "Terminate")
	seed(true, `Parse s "rows 3"`, "Describe S s", `Bind "" s a NULL`, `Describe P ""`, `Execute "" 2`, `Close S s`, "Flush", "Sync")
	seed(true, "Raw 42 00000010 0000 0000 0001 fffffffe 0000", "Raw 51 00000004", "Raw 46 00000004", "Raw 66 00000004", "Raw 70 00000005 41", "Raw 51 3fffffff")
	seed(true, `Parse "" copyin`, `Bind "" ""`, `Execute ""`, "CopyFail x", "Sync", `Query panic`)

	l := newPipes()
	start(f, wire.Options{Sessions: &fakeSessions{max: 10_000}, MessageBytesMax: 1 << 20}, l)
	f.Fuzz(func(t *testing.T, started bool, b []byte) {
		const allocatedMax = 8 << 20
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c := l.dial()
		if started {
			c.connect(t)
		}
		speak(t, c.nc, b)
		runtime.ReadMemStats(&after)
		if n := int(after.TotalAlloc-before.TotalAlloc) - 100*len(b); n > allocatedMax {
			t.Fatalf("%d bytes were allocated for %d bytes from the client", n, len(b))
		}
	})
}

// speak writes b, then Terminate, reads whatever comes, and closes the connection.
func speak(t *testing.T, nc net.Conn, b []byte) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(io.Discard, nc)
	}()
	_ = nc.SetWriteDeadline(time.Now().Add(patience))
	if n, err := nc.Write(b); err != nil && n < len(b) && isTimeout(err) {
		t.Fatalf("the server hangs after %d of %d bytes", n, len(b))
	}
	_, _ = nc.Write(binary.BigEndian.AppendUint32([]byte{'X'}, 4))
	nc.Close()
	<-done
}

func isTimeout(err error) bool {
	e, ok := err.(net.Error)
	return ok && e.Timeout()
}
