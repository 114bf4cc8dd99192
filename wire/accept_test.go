package wire_test

import (
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/projsql/projsql/wire"
)

// shortOfFiles is a listener that fails for want of descriptors before every connection, and while short.
type shortOfFiles struct {
	*pipes
	mu     sync.Mutex
	short  bool
	failed bool // since the last connection
	fails  int
}

func (l *shortOfFiles) Accept() (net.Conn, error) {
	l.mu.Lock()
	if fail := l.short || !l.failed; fail {
		l.failed = true
		l.fails++
		l.mu.Unlock()
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
	}
	l.failed = false
	l.mu.Unlock()
	return l.pipes.Accept()
}

func (l *shortOfFiles) set(short bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.short = short
}

// TestShortOfFiles: that connections cannot be accepted is logged once a second, with how often, though some are; and what
// waits is accepted at once when there are descriptors again.
func TestShortOfFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		l := &shortOfFiles{pipes: newPipes()}
		start(t, wire.Options{Sessions: &fakeSessions{}, Logger: slog.New(slog.NewTextHandler(&log, nil))}, l)
		for range 300 {
			l.dial().nc.Close()
			time.Sleep(11 * time.Millisecond) // it fails, waits for 10, and accepts again
		}
		l.set(true)
		l.dial().nc.Close()
		time.Sleep(time.Minute)
		l.set(false)
		began := time.Now()
		l.dial().nc.Close()
		if waited := time.Since(began); waited > 20*time.Millisecond {
			t.Errorf("a connection waited for %v", waited)
		}
		synctest.Wait()
		text := log.String()
		if lines := strings.Count(text, "\n"); lines < 60 || lines > 64 {
			t.Errorf("%d lines in 63 seconds:\n%.500s", lines, text)
		}
		told := 0
		for line := range strings.Lines(text) {
			_, n, _ := strings.Cut(strings.TrimSpace(line), "failures=")
			count, err := strconv.Atoi(n)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			told += count
		}
		if l.fails-told > 100 {
			t.Errorf("%d failures, %d told", l.fails, told)
		}
	})
}
