package cluster_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/projsql/projsql/cluster"
)

// TestMemberThatForgot: the leader tells of a member that comes back without entries that it had
// acknowledged, and not of one that crashed.
func TestMemberThatForgot(t *testing.T) {
	for _, forgets := range []bool{false, true} {
		t.Run(fmt.Sprint(forgets), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var told lockedBuffer
				logger := slog.New(slog.NewTextHandler(&told, &slog.HandlerOptions{Level: slog.LevelError}))
				s := newSeveral(t, func(o *cluster.Options) { o.Logger = logger })
				defer s.close()
				s.form(3)
				leader := s.leader()
				name := s.others(leader)[0]
				s.mustAppend(leader, "a")
				s.stop(name)
				dir, copied := filepath.Join(s.dir, name), filepath.Join(s.dir, "copy")
				copyDir(t, dir, copied)
				if err := s.start(name); err != nil {
					t.Fatal(err)
				}
				for range 5 {
					s.mustAppend(leader, "a")
				}
				s.await("it has all", func() bool { return s.groups[name].Status().Sequence == 6 })
				s.crash(name)
				if forgets {
					if err := os.RemoveAll(dir); err != nil {
						t.Fatal(err)
					}
					copyDir(t, copied, dir)
				}
				if err := s.start(name); err != nil {
					t.Fatal(err)
				}
				s.await("it has all again", func() bool { return s.groups[name].Status().Sequence == 6 })
				lost, text := s.groups[leader].Status().AcksLost, told.String()
				if !forgets && (lost != 0 || text != "") {
					t.Errorf("%d times, %s", lost, text)
				}
				if forgets && (lost != 1 || strings.Count(text, "has lost entries") != 1 || !strings.Contains(text, "node="+name)) {
					t.Errorf("%d times, %s", lost, text)
				}
			})
		})
	}
}

// lockedBuffer is a buffer for several goroutines.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
