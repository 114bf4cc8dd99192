package storage_test

import (
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/wire/sqlstate"
)

// walk calls each with every file below dir.
func walk(t *testing.T, fs vfs.FS, dir string, each func(path string, size int)) {
	names, err := fs.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		path := fs.PathJoin(dir, name)
		info, err := fs.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			walk(t, fs, path, each)
		} else {
			each(path, int(info.Size()))
		}
	}
}

// copied returns a file system with a copy of dir.
func copied(t *testing.T, from vfs.FS, dir string) *vfs.MemFS {
	to := vfs.NewMem()
	if ok, err := vfs.Clone(from, to, dir, dir); !ok || err != nil {
		t.Fatal(ok, err)
	}
	return to
}

// flip inverts one bit of a file.
func flip(t *testing.T, fs vfs.FS, path string, at int, bit uint) {
	f, err := fs.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	_ = f.Close()
	b[at] ^= 1 << bit
	write(t, fs, path, b)
}

func write(t *testing.T, fs vfs.FS, path string, b []byte) {
	f, err := fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// kindOf names the kind of a file: its extension, or its name without a number.
func kindOf(path string) string {
	name := path[strings.LastIndexByte(path, '/')+1:]
	if i := strings.LastIndexByte(name, '.'); i >= 0 && !strings.HasPrefix(name, "marker") {
		return name[i:]
	}
	return strings.TrimRight(name, "0123456789-")
}

// closedStore returns a file system with a store that was closed in order, and
// the replica to compare it with.
func closedStore(t *testing.T) *replica {
	r := openReplica(t)
	rng := rand.New(rand.NewPCG(3, 3))
	for range 10 {
		r.append(t, randomCommand(rng), randomCommand(rng), randomCommand(rng))
		r.flush(t)
	}
	r.close(t)
	return r
}

// judge opens a store that was tampered with and reads all of it. It returns the
// error, nil if everything is as it was; anything else fails the test.
func (r *replica) judge(t *testing.T, fs vfs.FS, what string) error {
	s, err := storage.Open("/data/db", options(fs))
	if err == nil {
		r.store = s
		if applied, _ := s.Applied(); applied != r.model.index {
			t.Errorf("%s: the store opens at entry %d, not %d", what, applied, r.model.index)
		}
		c := newest(s)
		if err = r.model.diff(s.Reader(c), c); err == nil {
			err = r.model.diffRecords(s.Records())
		}
		_ = s.Close()
	}
	if err == nil {
		return nil
	}
	e := sqlstate.Of(err)
	if e.Code != sqlstate.DataCorrupted {
		t.Errorf("%s: %s, %v", what, e.Code, err)
	}
	if !strings.Contains(e.Message+e.Detail, "/data/db/") {
		t.Errorf("%s: the error names no file: %v; %s", what, err, e.Detail)
	}
	return err
}

// TestFlippedBitIsNeverServed flips bits in every kind of file of a closed store.
// Each time the store says XX001 and names a file, or everything reads as before.
func TestFlippedBitIsNeverServed(t *testing.T) {
	r := closedStore(t)
	rng := rand.New(rand.NewPCG(5, 5))
	flips, found := map[string]int{}, map[string]int{}
	walk(t, r.fs, "/data", func(path string, size int) {
		kind := kindOf(path)
		for range min(size, 24) {
			at, bit := rng.IntN(size), uint(rng.IntN(8))
			fs := copied(t, r.fs, "/data")
			flip(t, fs, path, at, bit)
			flips[kind]++
			if r.judge(t, fs, path) != nil {
				found[kind]++
			}
		}
	})
	t.Logf("flips %v, found %v", flips, found)
	for _, kind := range []string{".sst", "MANIFEST", "FLOOR"} {
		if flips[kind] < 20 || found[kind] == 0 {
			t.Errorf("%s: %d flips, %d found", kind, flips[kind], found[kind])
		}
	}
}

// TestLostFileIsNeverServed removes every file in turn, and cuts its end off.
func TestLostFileIsNeverServed(t *testing.T) {
	r := closedStore(t)
	walk(t, r.fs, "/data", func(path string, size int) {
		fs := copied(t, r.fs, "/data")
		if err := fs.Remove(path); err != nil {
			t.Fatal(err)
		}
		_ = r.judge(t, fs, path+" removed")
		if size == 0 {
			return
		}
		for _, keep := range []int{0, size / 2, size - 1} {
			fs := copied(t, r.fs, "/data")
			f, err := fs.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			b := make([]byte, keep)
			if _, err := io.ReadFull(f, b); err != nil {
				t.Fatal(err)
			}
			_ = f.Close()
			write(t, fs, path, b)
			_ = r.judge(t, fs, path+" cut")
		}
	})
}

// TestDamagedManifestIsNoOlderStore flips every byte at the end of a manifest
// whose older state is still whole: Pebble alone opens that state in silence.
func TestDamagedManifestIsNoOlderStore(t *testing.T) {
	r := openReplica(t)
	rng := rand.New(rand.NewPCG(3, 3))
	for range 2 {
		r.append(t, randomCommand(rng))
		r.flush(t)
	}
	r.close(t)
	found := 0
	walk(t, r.fs, "/data", func(path string, size int) {
		if !strings.Contains(path, "MANIFEST") {
			return
		}
		for at := max(0, size-40); at < size; at++ {
			fs := copied(t, r.fs, "/data")
			flip(t, fs, path, at, 3)
			if r.judge(t, fs, path) != nil {
				found++
			}
		}
	})
	if found == 0 {
		t.Error("no damage was found")
	}
}
