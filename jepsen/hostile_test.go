package jepsen

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// serverMemoryMax bounds the resident memory of a server that is only attacked.
const serverMemoryMax = 600 << 20

func frame(kind byte, body ...byte) []byte {
	out := append([]byte{kind}, binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))...)
	return append(out, body...)
}

func startupPacket() []byte {
	body := append([]byte{0, 3, 0, 0}, "user\x00eve\x00database\x00projsql\x00\x00"...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4)), body...)
}

// hostileFrames are sent after a proper startup unless their name begins with "pre".
var hostileFrames = map[string][]byte{
	"bind with parameter length -2": frame('B', 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xfe, 0, 0),
	"empty query":                   frame('Q'),
	"empty CopyFail":                frame('f'),
	"FunctionCall":                  frame('F', 0, 0, 0, 1, 0, 0, 0, 0, 0, 0),
	"header of 1 GiB":               {'Q', 0x40, 0, 0, 0, 'S'},
	"header of 4 GiB":               {'Q', 0xff, 0xff, 0xff, 0xff},
	"negative length":               {'P', 0x80, 0, 0, 0},
	"length below its own size":     {'S', 0, 0, 0, 3},
	"unknown message":               frame(0x01, 1, 2, 3),
	"query without end":             frame('Q', 'S', 'E', 'L'),
	"60,000 parameters":             frame('B', append([]byte{0, 0, 0xea, 0x60}, make([]byte, 200)...)...),
	"pre: header of 1 GiB":          {0x40, 0, 0, 0, 0, 3, 0, 0},
	"pre: short":                    {0, 0, 0, 4},
	"pre: password before startup":  frame('p', 'x'),
	"pre: protocol 9":               {0, 0, 0, 9, 0, 9, 0, 0, 0},
	"pre: cancel without key":       {0, 0, 0, 8, 4, 0xd2, 0x16, 0x2e},
	"pre: HTTP":                     []byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
}

// TestHostileFrames sends what no client would. The server answers with an error
// or closes; it stays up and small.
func TestHostileFrames(t *testing.T) {
	server := newServer(t)
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, bytes := range hostileFrames {
		attack(t, server, name, bytes)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 300 {
		noise := make([]byte, 1+random.IntN(500))
		for j := range noise {
			noise[j] = byte(random.Uint32())
		}
		prefix := []string{"", "pre: "}[i%2]
		attack(t, server, fmt.Sprint(prefix, "noise ", i), noise)
	}
	expectAlive(t, server)
}

// attack sends bytes and reads until the server has closed, or has answered all
// that was sent before.
func attack(t *testing.T, server *Process, name string, hostile []byte) {
	t.Helper()
	conn, err := net.Dial("tcp", server.Addr)
	if err != nil {
		t.Fatalf("%s: the server is gone: %v", name, err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	if !strings.HasPrefix(name, "pre") {
		hostile = append(startupPacket(), hostile...)
	}
	if _, err := conn.Write(hostile); err != nil {
		return // it had enough already
	}
	_ = conn.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(conn)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%s: neither answered nor closed", name)
	}
	if !strings.HasPrefix(name, "pre") && !bytes.Contains(answer, []byte("server_version")) {
		t.Errorf("%s: the startup before it was not answered: %q", name, answer)
	}
}

// TestSilentConnections opens connections that say nothing (CONNS, default 1,500):
// each is refused or closed by the startup timeout, others are served meanwhile.
func TestSilentConnections(t *testing.T) {
	server := newServer(t)
	if err := server.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	ended := 0
	total := envInt(t, "CONNS", 1500)
	for range total {
		conn, err := net.Dial("tcp", server.Addr)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			defer conn.Close()
			_ = conn.SetReadDeadline(time.Now().Add(patience))
			if _, err := io.Copy(io.Discard, conn); !errors.Is(err, os.ErrDeadlineExceeded) {
				mu.Lock()
				defer mu.Unlock()
				ended++
			}
		})
	}
	t.Logf("%d silent connections, server has %d MiB", total, residentBytes(t, server)>>20)
	wg.Wait()
	if ended != total {
		t.Errorf("%d of %d silent connections were ended", ended, total)
	}
	expectAlive(t, server)
}

func expectAlive(t *testing.T, server *Process) {
	t.Helper()
	exec1(t, server, "SELECT count(*) FROM events")
	if bytes := residentBytes(t, server); bytes > serverMemoryMax {
		t.Errorf("the server has %d MiB in memory", bytes>>20)
	}
}

func residentBytes(t *testing.T, p *Process) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	kB, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kB << 10
}
