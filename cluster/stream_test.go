package cluster_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/projsql/projsql/cluster"
)

// packed returns the stream of a directory with a few files.
func packed(t testing.TB) []byte {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "source")
	if err := os.MkdirAll(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"a": "", "b.sst": "some content", "sub/c": "more"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stream, size, err := cluster.OpenStream(dir, 7, 2)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(stream)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(b)) != size {
		t.Fatalf("the stream has %d bytes, said %d", len(b), size)
	}
	if err := stream.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the streamed directory is still there: %v", err)
	}
	return b
}

func TestAStreamUnpacksToItsDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := cluster.UnpackStream(bytes.NewReader(packed(t)), dir, 7, 2); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "", "b.sst": "some content", "sub/c": "more"} {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestAStreamOfAnotherPositionIsRefused(t *testing.T) {
	b := packed(t)
	if cluster.UnpackStream(bytes.NewReader(b), t.TempDir(), 8, 2) == nil || cluster.UnpackStream(bytes.NewReader(b), t.TempDir(), 7, 3) == nil {
		t.Error("unpacked")
	}
}

func TestEveryFlippedBitOfAStreamIsFound(t *testing.T) {
	b := packed(t)
	for at := range b {
		damaged := bytes.Clone(b)
		damaged[at] ^= 1 << (at % 8)
		if cluster.UnpackStream(bytes.NewReader(damaged), t.TempDir(), 7, 2) == nil {
			t.Fatalf("byte %d", at)
		}
	}
}

func TestATruncatedOrLongStreamIsRefused(t *testing.T) {
	b := packed(t)
	for n := range b {
		if cluster.UnpackStream(bytes.NewReader(b[:n]), t.TempDir(), 7, 2) == nil {
			t.Fatalf("%d of %d bytes", n, len(b))
		}
	}
	if cluster.UnpackStream(bytes.NewReader(append(b, 0)), t.TempDir(), 7, 2) == nil {
		t.Fatal("a byte too many")
	}
}

// FuzzSnapshotStream: only what packing writes unpacks, and nothing is written
// outside the directory.
func FuzzSnapshotStream(f *testing.F) {
	f.Add(packed(f))
	f.Add([]byte("PJSNAP\x00\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		root := t.TempDir()
		dir := filepath.Join(root, "in")
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		err := cluster.UnpackStream(bytes.NewReader(b), dir, 7, 2)
		if entries, _ := os.ReadDir(root); len(entries) != 1 {
			t.Fatalf("%d entries beside the directory", len(entries)-1)
		}
		if err == nil && !bytes.HasPrefix(b, []byte("PJSNAP\x00\x01")) {
			t.Fatal("unpacked what is no stream")
		}
	})
}
