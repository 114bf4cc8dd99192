package spill

import (
	"os"
	"strings"
	"testing"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// faulty is a tape with a few blocks whose file has been exchanged for another one.
func faulty(t *testing.T, path string) (*Tape, error) {
	t.Helper()
	d, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	space := d.Space(-1)
	t.Cleanup(space.Close)
	file, err := space.Create()
	if err != nil {
		t.Fatal(err)
	}
	tape := file.Tape(1)
	write := func() error {
		for range 20 {
			if err := tape.Append([]types.Datum{types.String(strings.Repeat("x", 3000))}); err != nil {
				return err
			}
		}
		return tape.Finish()
	}
	if err := write(); err != nil {
		t.Fatal(err)
	}
	other, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	file.file = other
	return tape, write()
}

func TestDiskIsFull(t *testing.T) {
	_, err := faulty(t, "/dev/full")
	if e := sqlstate.Of(err); e == nil || e.Code != sqlstate.DiskFull || e.Message != `could not write to file "/dev/full": no space left on device` {
		t.Fatal(err)
	}
}

// What comes back other than it was written is damage, and is never a row.
func TestDamageIsFound(t *testing.T) {
	path := t.TempDir() + "/other"
	for name, content := range map[string][]byte{"short": nil, "changed": make([]byte, 1<<20)} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		tape, err := faulty(t, path)
		if err != nil {
			t.Fatal(err)
		}
		row := make([]types.Datum, 1)
		_, err = tape.Reader().Next(row)
		if e := sqlstate.Of(err); e == nil || e.Code != sqlstate.DataCorrupted || !row[0].IsNull() {
			t.Errorf("%s: %v, %v", name, row, err)
		}
	}
	tape, _ := faulty(t, "/proc/self/mem") // position 0 is not mapped
	_, err := tape.Reader().Next(make([]types.Datum, 1))
	if e := sqlstate.Of(err); e == nil || e.Code != sqlstate.IOError || !strings.Contains(e.Message, "input/output error") {
		t.Error(err)
	}
}
