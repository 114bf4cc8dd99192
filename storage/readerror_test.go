package storage_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// readings are all the ways to read a log, each as text.
var readings = map[string]func(s *storage.Store, c projection.Cut) (string, error){
	"head": func(s *storage.Store, c projection.Cut) (string, error) {
		var out strings.Builder
		for _, e := range append([]event.Entity{"nobody", "a", "zz"}, worldEntities...) {
			h, ok, err := s.Reader(c).Head(e)
			if err != nil {
				return "", err
			}
			fmt.Fprintln(&out, e, ok, sorted(h))
		}
		return out.String(), nil
	},
	"entity": func(s *storage.Store, c projection.Cut) (string, error) {
		var out strings.Builder
		for _, e := range append([]event.Entity{"nobody"}, worldEntities...) {
			if err := list(&out, s.Reader(c).Entity(e, 2, 0)); err != nil {
				return "", err
			}
		}
		return out.String(), nil
	},
	"cursor": func(s *storage.Store, c projection.Cut) (string, error) {
		cursor := s.Reader(c).(event.Walker).Cursor()
		defer cursor.Close()
		var out strings.Builder
		for _, e := range worldEntities {
			err := cursor.Each(e, 1, 0, func(e *event.Event) error { _, err := fmt.Fprintln(&out, *e); return err })
			if err != nil {
				return "", err
			}
		}
		return out.String(), nil
	},
	"log": func(s *storage.Store, c projection.Cut) (string, error) {
		var out strings.Builder
		err := list(&out, s.Reader(c).Log(1, 0))
		return out.String(), err
	},
	"kinds": func(s *storage.Store, c projection.Cut) (string, error) {
		var out strings.Builder
		err := list(&out, s.Reader(c).(event.KindReader).Kinds(worldKinds[:2], 1, 0))
		return out.String(), err
	},
	"entities": func(s *storage.Store, c projection.Cut) (string, error) { return heads(s.Reader(c).Entities("")) },
	"walk": func(s *storage.Store, c projection.Cut) (string, error) {
		return heads(s.Reader(c).(event.Walker).Heads(""))
	},
	"by hlc": func(s *storage.Store, c projection.Cut) (string, error) {
		n, err := s.Reader(c).ByHLC(c.HLC / 2)
		return fmt.Sprint(n), err
	},
	"by id": func(s *storage.Store, c projection.Cut) (string, error) {
		e, err := s.Reader(c).ByID(event.ID{9, 9, 9})
		return fmt.Sprint(e != nil), err
	},
	"count": func(s *storage.Store, c projection.Cut) (string, error) {
		c.OccurredBy = event.Micros(500_000)
		n, err := s.Reader(c).Count()
		return fmt.Sprint(n), err
	},
	"records": func(s *storage.Store, _ projection.Cut) (string, error) {
		r, err := s.Records()
		return fmt.Sprint(r), err
	},
}

func list(out *strings.Builder, events func(func(*event.Event, error) bool)) error {
	for e, err := range events {
		if err != nil {
			return err
		}
		fmt.Fprintln(out, *e)
	}
	return nil
}

func heads(all func(func(event.EntityHead, error) bool)) (string, error) {
	var out strings.Builder
	for h, err := range all {
		if err != nil {
			return "", err
		}
		fmt.Fprintln(&out, h.Entity, sorted(h.Head))
	}
	return out.String(), nil
}

// TestReadErrorsAreNotNothing: whatever is read, and whichever of its reads of the disk
// fails first, in front or in the background, the answer is the whole one or 58030, never
// less than there is; and the whole one when the disk is well again.
func TestReadErrorsAreNotNothing(t *testing.T) {
	disk := vfs.NewMem()
	var left atomic.Int64 // reads until they fail; below 0: they do
	const well = 1 << 40
	left.Store(well)
	fs := errorfs.Wrap(disk, errorfs.InjectorFunc(func(op errorfs.Op) error {
		if op.Kind == errorfs.OpFileReadAt && strings.HasSuffix(op.Path, ".sst") && left.Add(-1) < 0 {
			return errors.New("the disk is gone")
		}
		return nil
	}))
	manyTables(t, disk)
	open := func() *storage.Store {
		o := options(vfs.NewMem())
		o.FS, o.CacheBytes, o.MemTableBytes = fs, 1, 4<<10 // nothing is kept of what was read
		s, err := storage.Open("/data/db", o)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for name, read := range readings {
		t.Run(name, func(t *testing.T) {
			s := open()
			want, err := read(s, newest(s))
			if err != nil || want == "" {
				t.Fatalf("%q, %v", want, err)
			}
			_ = s.Close()
			failed := 0
			for n, last := int64(0), false; !last; n++ {
				s := open()
				left.Store(n)
				got, err := read(s, newest(s))
				last = left.Load() >= 0
				left.Store(well)
				switch {
				case err == nil && got != want:
					t.Errorf("read %d fails: got\n%s\nwant\n%s", n, got, want)
				case err != nil:
					failed++
					if e := sqlstate.Of(err); e.Code != sqlstate.IOError {
						t.Errorf("read %d fails: %s %v", n, e.Code, err)
					}
				}
				if again, err := read(s, newest(s)); err != nil || again != want {
					t.Errorf("read %d failed, then none: got %q, %v", n, again, err)
				}
				_ = s.Close()
			}
			if failed == 0 {
				t.Error("no read of the disk has failed")
			}
		})
	}
}

// manyTables makes a store with what no single block holds.
func manyTables(t *testing.T, disk *vfs.MemFS) {
	t.Helper()
	r := &replica{fs: disk, model: newModel()}
	r.open(t, disk)
	rng := rand.New(rand.NewPCG(11, 11))
	for range 6 {
		r.append(t, randomCommand(rng), randomCommand(rng))
		r.flush(t)
	}
	r.append(t, event.Command{Stamp: hlc.Timestamp(5000), Transactions: []event.Transaction{{Drafts: []event.Draft{
		{ID: event.ID{9, 9, 9}, Entity: "a", Kind: worldKinds[0], Data: []byte("{}"), OccurredAt: event.NoTime},
	}}}})
	r.flush(t)
	r.close(t)
}
