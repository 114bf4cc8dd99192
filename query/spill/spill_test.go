package spill_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func open(t testing.TB, o spill.Options) (*spill.Dir, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tmp")
	d, err := spill.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	return d, path
}

func create(t testing.TB, s *spill.Space) *spill.File {
	t.Helper()
	f, err := s.Create()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// rowOf makes row n of a tape: its length depends on n, so that blocks end anywhere.
func rowOf(n, tape, width int) []types.Datum {
	row := make([]types.Datum, width)
	for i := range row {
		switch i % 3 {
		case 0:
			row[i] = types.Int(int64(n*width + tape))
		case 1:
			row[i] = types.String(strings.Repeat(string(rune('a'+tape)), n*7919%3000))
		}
	}
	return row
}

func same(a, b []types.Datum) bool {
	for i := range a {
		if a[i].IsNull() != b[i].IsNull() || a[i].Int() != b[i].Int() || a[i].Str() != b[i].Str() {
			return false
		}
	}
	return len(a) == len(b)
}

// Tapes of one file, written in turns and read while they grow, give what was written,
// from the beginning and from any row on; so does a list of which some rows are in memory.
func TestTapesGiveWhatWasWritten(t *testing.T) {
	d, _ := open(t, spill.Options{})
	rapid.Check(t, func(t *rapid.T) {
		space := d.Space(-1)
		defer space.Close()
		file, err := space.Create()
		if err != nil {
			t.Fatal(err)
		}
		width := rapid.IntRange(0, 4).Draw(t, "width")
		tapes, readers := make([]*spill.Tape, 3), make([]*spill.Reader, 3)
		written, read := make([]int, 3), make([]int, 3)
		var list spill.List
		for i := range tapes {
			tapes[i] = file.Tape(width)
			readers[i] = tapes[i].Reader()
		}
		got, marks := make([]types.Datum, width), make([][]spill.Mark, 3)
		for range rapid.IntRange(0, 30).Draw(t, "steps") {
			i := rapid.IntRange(0, 2).Draw(t, "tape")
			for range rapid.IntRange(0, 20).Draw(t, "rows") {
				row := rowOf(written[i], i, width)
				if err := tapes[i].Append(row); err != nil {
					t.Fatal(err)
				}
				if i == 0 && !list.Spilled() && rapid.Bool().Draw(t, "keep") {
					list.Keep(row)
				} else if i == 0 {
					if err := list.Write(space, row); err != nil {
						t.Fatal(err)
					}
				}
				written[i]++
			}
			if rapid.Bool().Draw(t, "seek") && written[i] > 0 {
				read[i] = rapid.IntRange(0, written[i]-1).Draw(t, "to")
				if err := readers[i].SeekRow(int64(read[i])); err != nil {
					t.Fatal(err)
				}
			}
			for range rapid.IntRange(0, 20).Draw(t, "reads") {
				ok, err := readers[i].Next(got)
				if err != nil || ok != (read[i] < written[i]) {
					t.Fatalf("row %d of %d: %v, %v", read[i], written[i], ok, err)
				}
				if !ok {
					break
				}
				if want := rowOf(read[i], i, width); !same(got, want) {
					t.Fatalf("tape %d, row %d is %v", i, read[i], got)
				}
				read[i]++
			}
			marks[i] = append(marks[i], tapes[i].Mark())
			if list.Len() != written[0] || tapes[i].Rows() != int64(written[i]) {
				t.Fatalf("%d rows in the list, %d in the tape", list.Len(), tapes[i].Rows())
			}
			if written[0] > 0 {
				n := rapid.IntRange(0, written[0]-1).Draw(t, "position")
				if row, err := list.Row(n); err != nil || !same(row, rowOf(n, 0, width)) {
					t.Fatalf("row %d of the list: %v, %v", n, row, err)
				}
			}
		}
		for i, tape := range tapes {
			if err := tape.Finish(); err != nil {
				t.Fatal(err)
			}
			r := tape.Reader()
			for n := len(marks[i]) - 1; n >= 0; n-- {
				m := marks[i][n]
				if int(m.Row()) == written[i] {
					continue // nothing came after it
				}
				if err := r.SeekMark(m); err != nil {
					t.Fatal(err)
				}
				if ok, err := r.Next(got); !ok || err != nil || !same(got, rowOf(int(m.Row()), i, width)) {
					t.Fatalf("tape %d, row %d at its mark is %v, %v, %v", i, m.Row(), got, ok, err)
				}
			}
		}
	})
	if s := d.Stats(); s.Bytes != 0 || s.Files == 0 || s.Written == 0 {
		t.Fatalf("%+v", s)
	}
}

// Datums that were read stay as they are while the reader goes on.
func TestReadDatumsStay(t *testing.T) {
	d, _ := open(t, spill.Options{})
	space := d.Space(-1)
	defer space.Close()
	tape := create(t, space).Tape(2)
	const n = 200
	for i := range n {
		if err := tape.Append(rowOf(i, 0, 2)); err != nil {
			t.Fatal(err)
		}
	}
	if err := tape.Finish(); err != nil {
		t.Fatal(err)
	}
	r := tape.Reader()
	all := make([][]types.Datum, n)
	for i := range all {
		all[i] = make([]types.Datum, 2)
		if ok, err := r.Next(all[i]); !ok || err != nil {
			t.Fatal(ok, err)
		}
	}
	for i, row := range all {
		if !same(row, rowOf(i, 0, 2)) {
			t.Fatalf("row %d has become %v", i, row)
		}
	}
}

func TestNothingIsLeftBehind(t *testing.T) {
	d, path := open(t, spill.Options{})
	space := d.Space(-1)
	tape := create(t, space).Tape(2)
	for i := range 100 {
		if err := tape.Append(rowOf(i, 0, 2)); err != nil {
			t.Fatal(err)
		}
	}
	if left, err := os.ReadDir(path); err != nil || len(left) != 0 {
		t.Fatalf("a file in use has a name: %v, %v", left, err)
	}
	if d.Stats().Bytes == 0 {
		t.Fatal("nothing was written")
	}
	space.Close()
	space.Close()
	if d.Stats().Bytes != 0 {
		t.Fatalf("%+v", d.Stats())
	}
	if err := os.WriteFile(filepath.Join(path, "old"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := spill.Open(path, spill.Options{}); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(path); len(left) != 0 {
		t.Fatalf("%v is left of a process before", left)
	}
}

func fill(t *spill.Tape) error {
	for i := range 1000 {
		if err := t.Append(rowOf(i, 0, 2)); err != nil {
			return err
		}
	}
	return t.Finish()
}

func wants(t *testing.T, err error, code sqlstate.Code, message string) {
	t.Helper()
	if e := sqlstate.Of(err); e == nil || e.Code != code || !strings.Contains(e.Message, message) {
		t.Errorf("%v, want %s with %q", err, code, message)
	}
}

func TestSizeIsBounded(t *testing.T) {
	d, _ := open(t, spill.Options{BytesMax: 100 << 10})
	small, large := d.Space(20<<10), d.Space(-1)
	wants(t, fill(create(t, small).Tape(2)), sqlstate.ConfigurationLimitExceeded, "temporary file size exceeds temp_file_limit (20kB)")
	wants(t, fill(create(t, large).Tape(2)), sqlstate.ConfigurationLimitExceeded, "temporary file size exceeds temp_file_limit (100kB)")
	wants(t, fill(create(t, d.Space(0)).Tape(2)), sqlstate.ConfigurationLimitExceeded, "(0kB)")
	small.Close()
	large.Close()
	if d.Stats().Bytes != 0 {
		t.Errorf("%+v", d.Stats())
	}
	again := d.Space(-1)
	defer again.Close()
	if err := create(t, again).Tape(2).Append(rowOf(1, 0, 2)); err != nil {
		t.Error(err)
	}
}

// A large file is closed aside; the directory's Close waits for it.
func TestLargeFilesGoToo(t *testing.T) {
	d, _ := open(t, spill.Options{})
	space := d.Space(-1)
	tape := create(t, space).Tape(1)
	row := []types.Datum{types.String(strings.Repeat("x", 1<<20))}
	for range 20 {
		if err := tape.Append(row); err != nil {
			t.Fatal(err)
		}
	}
	space.Close()
	if err := d.Close(); err != nil || d.Stats().Bytes != 0 {
		t.Fatalf("%+v, %v", d.Stats(), err)
	}
}

func TestDirectoryIsGone(t *testing.T) {
	d, path := open(t, spill.Options{})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	_, err := d.Space(-1).Create()
	wants(t, err, sqlstate.IOError, "no such file or directory")
	_, err = spill.Open(filepath.Join(path, "a", "b"), spill.Options{})
	if err != nil {
		t.Fatal(err)
	}
}
