package cache_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/cockroachdb/pebble/v2/vfs/errorfs"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/storage/event"
)

func owner(version uint64) cache.Owner {
	return cache.Owner{Name: "account", Version: version, Lineage: [16]byte{7}}
}

func row(state string) cache.Row {
	return cache.Row{Watermark: 10, HLC: 1 << 20, Generation: 4, Known: 12, State: []byte(state)}
}

func open(t *testing.T, dir string, fs vfs.FS) *cache.Pebble {
	t.Helper()
	p, err := cache.OpenPebble(dir, cache.PebbleOptions{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close() })
	return p
}

func put(t *testing.T, p cache.External, o cache.Owner, e event.Entity, state string) {
	t.Helper()
	if err := p.Put(o, e, row(state)); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, p cache.External, o cache.Owner, e event.Entity, state string) {
	t.Helper()
	got, err := p.Get(o, e, nil)
	w := row(state)
	if err != nil || got.Watermark != w.Watermark || got.HLC != w.HLC || got.Generation != w.Generation ||
		got.Known != w.Known || got.NoState || string(got.State) != state {
		t.Fatalf("%s: got %+v, %v", e, got, err)
	}
}

func wantMiss(t *testing.T, p cache.External, o cache.Owner, e event.Entity, reason string) {
	t.Helper()
	got, err := p.Get(o, e, nil)
	var miss *cache.MissError
	if !errors.Is(err, cache.ErrMiss) || errors.As(err, &miss) != (reason != "") || reason != "" && miss.Reason != reason {
		t.Fatalf("%s: got %+v, %v, want a miss %s", e, got, err, reason)
	}
}

func TestRowsSurviveReopening(t *testing.T) {
	fs := vfs.NewMem()
	p := open(t, "cache", fs)
	put(t, p, owner(1), "a", "one")
	none := row("")
	none.NoState = true
	if err := p.Put(owner(1), "none", none); err != nil {
		t.Fatal(err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = open(t, "cache", fs)
	want(t, p, owner(1), "a", "one")
	if got, err := p.Get(owner(1), "none", nil); err != nil || !got.NoState {
		t.Errorf("got %+v, %v", got, err)
	}
	wantMiss(t, p, owner(2), "a", "")
	wantMiss(t, p, owner(1), "b", "")
	other := owner(1)
	other.Lineage[3]++
	wantMiss(t, p, other, "a", "row_of_another_lineage")
}

func TestKilledProcessKeepsRows(t *testing.T) {
	dir := t.TempDir()
	p := open(t, dir, vfs.Default)
	put(t, p, owner(1), "a", "one")
	if err := p.Sync(); err != nil {
		t.Fatal(err)
	}
	// A second opening of a copy stands for the process after kill -9: what was written
	// is in the files, nothing was closed.
	copied := t.TempDir()
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	want(t, open(t, copied, vfs.Default), owner(1), "a", "one")
}

func TestDamagedRowIsAMissAndGone(t *testing.T) {
	whole := value(t)
	for i := range whole {
		for _, change := range []byte{1, 0x80, 0xFF} {
			bad := bytes.Clone(whole)
			bad[i] ^= change
			checkDamaged(t, bad, fmt.Sprintf("byte %d ^ %x", i, change))
		}
		checkDamaged(t, whole[:i], fmt.Sprintf("%d bytes", i))
	}
	checkDamaged(t, append(bytes.Clone(whole), 0), "a byte more")
}

const damagedKey = "account\x00\x00\x00\x00\x00\x00\x00\x00\x01a"

// value is how a row looks at rest.
func value(t *testing.T) []byte {
	fs := vfs.NewMem()
	p := open(t, "cache", fs)
	put(t, p, owner(1), "a", "state")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := pebble.Open("cache", &pebble.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	v, closer, err := db.Get([]byte(damagedKey))
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	return bytes.Clone(v)
}

func checkDamaged(t *testing.T, bad []byte, what string) {
	t.Helper()
	if !cache.Damaged([]byte(damagedKey), bad) {
		t.Errorf("%s: passes for whole", what)
	}
}

func TestDamagedRowIsDeleted(t *testing.T) {
	fs := vfs.NewMem()
	db, err := pebble.Open("cache", &pebble.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []string{"a", "b"} {
		if err := db.Set([]byte("account\x00\x00\x00\x00\x00\x00\x00\x00\x01"+e), []byte("not a row"), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	p := open(t, "cache", fs)
	put(t, p, owner(1), "c", "whole")
	wantMiss(t, p, owner(1), "a", "row_damaged")
	wantMiss(t, p, owner(1), "a", "")
	if got := scan(t, p, owner(1), ""); got != "c=whole " {
		t.Errorf("scan gave %q", got)
	}
	wantMiss(t, p, owner(1), "b", "")
	if m := p.Metrics(); m.Damaged != 2 {
		t.Errorf("%d damaged rows, want 2", m.Damaged)
	}
	put(t, p, owner(1), "a", "healed")
	want(t, p, owner(1), "a", "healed")
}

func scan(t *testing.T, p cache.External, o cache.Owner, from event.Entity) (out string) {
	t.Helper()
	rows := p.Scan(o, from)
	defer rows.Close()
	for rows.Next() {
		out += string(rows.Entity()) + "=" + string(rows.Row().State) + " "
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestScanIsInEntityOrder(t *testing.T) {
	p := open(t, "cache", vfs.NewMem())
	for _, e := range []event.Entity{"b", "\xff", "a", "ab", "é"} {
		put(t, p, owner(1), e, string(e))
	}
	put(t, p, owner(2), "aa", "other version")
	foreign := owner(1)
	foreign.Lineage[0]++
	put(t, p, foreign, "c", "other lineage")
	longer := owner(1)
	longer.Name = "account2"
	put(t, p, longer, "d", "other projection")
	if got := scan(t, p, owner(1), ""); got != "a=a ab=ab b=b é=é \xff=\xff " {
		t.Errorf("got %q", got)
	}
	if got := scan(t, p, owner(1), "ab"); got != "ab=ab b=b é=é \xff=\xff " {
		t.Errorf("from ab: got %q", got)
	}
	rows := p.Scan(owner(1), "")
	rows.Next()
	put(t, p, owner(1), "a", "put during a scan")
	rows.Close()
}

func TestDeletes(t *testing.T) {
	p := open(t, "cache", vfs.NewMem())
	for _, e := range []event.Entity{"a", "ab", "b", "\xff", "\xffx"} {
		put(t, p, owner(1), e, "x")
		put(t, p, owner(2), e, "x")
	}
	if owners, err := p.Owners(); err != nil || len(owners) != 2 || owners[1].Version != 2 {
		t.Errorf("owners %v, %v", owners, err)
	}
	for _, c := range []struct {
		prefix string
		want   int
	}{{"a", 4}, {"a", 0}, {"\xff", 4}, {"zzz", 0}} {
		if n, err := p.DeletePrefix(c.prefix); err != nil || n != c.want {
			t.Errorf("DeletePrefix(%q) = %d, %v, want %d", c.prefix, n, err, c.want)
		}
	}
	if err := p.DeleteOwner("account", 1); err != nil {
		t.Fatal(err)
	}
	wantMiss(t, p, owner(1), "b", "")
	want(t, p, owner(2), "b", "x")
	if n, err := p.DeletePrefix(""); err != nil || n != 1 {
		t.Errorf("DeletePrefix of all = %d, %v", n, err)
	}
}

func TestClosedIsUnavailable(t *testing.T) {
	p := open(t, "cache", vfs.NewMem())
	if err := errors.Join(p.Close(), p.Close()); err != nil {
		t.Fatal(err)
	}
	_, err := p.Get(owner(1), "a", nil)
	_, errDelete := p.DeletePrefix("")
	for _, err := range []error{err, p.Put(owner(1), "a", row("")), p.Sync(), p.DeleteOwner("a", 1), errDelete} {
		if !errors.Is(err, cache.ErrUnavailable) {
			t.Errorf("got %v", err)
		}
	}
	rows := p.Scan(owner(1), "")
	if rows.Next() || !errors.Is(rows.Err(), cache.ErrUnavailable) {
		t.Errorf("scan gave %v", rows.Err())
	}
	rows.Close()
}

// Every file in turn is overwritten with garbage: the cache opens, whatever it has to
// throw away, and no row is anything but whole or missed.
func TestCorruptDirectoryOpens(t *testing.T) {
	clean := t.TempDir()
	p := open(t, clean, vfs.Default)
	for i := range 100 {
		put(t, p, owner(1), event.Entity(fmt.Sprint("e", i)), "state")
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(clean)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		dir := t.TempDir()
		if err := os.CopyFS(dir, os.DirFS(clean)); err != nil {
			t.Fatal(err)
		}
		spoil(t, filepath.Join(dir, f.Name()))
		checkUsable(t, dir, f.Name())
	}
}

func spoil(t *testing.T, path string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range b {
		b[i] ^= byte(i*7 + 1)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func checkUsable(t *testing.T, dir, what string) {
	t.Helper()
	p, err := cache.OpenPebble(dir, cache.PebbleOptions{})
	if err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	defer p.Close()
	for i := range 100 {
		got, err := p.Get(owner(1), event.Entity(fmt.Sprint("e", i)), nil)
		if err == nil && string(got.State) != "state" || err != nil && !errors.Is(err, cache.ErrMiss) {
			t.Errorf("%s: got %+v, %v", what, got, err)
		}
	}
	if err := p.Put(owner(1), "new", row("new")); err != nil {
		t.Errorf("%s: %v", what, err)
	}
	want(t, p, owner(1), "new", "new")
}

func TestLockedDirectoryIsLeftAlone(t *testing.T) {
	fs := vfs.NewMem()
	p := open(t, "cache", fs)
	put(t, p, owner(1), "a", "one")
	if _, err := cache.OpenPebble("cache", cache.PebbleOptions{FS: fs}); err == nil {
		t.Fatal("opened twice")
	}
	want(t, p, owner(1), "a", "one")
}

// A disk that fails makes the cache unavailable; it does not end the process. Once the
// disk is well the cache is back, with the rows that were on it, and says that some are gone.
func TestFailingDiskIsUnavailableUntilItIsWell(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var full atomic.Bool
		fs := errorfs.Wrap(vfs.NewMem(), errorfs.InjectorFunc(func(op errorfs.Op) error {
			if full.Load() && op.Kind.ReadOrWrite() == errorfs.OpIsWrite {
				return errors.New("no space left on device")
			}
			return nil
		}))
		p := open(t, "cache", fs)
		put(t, p, owner(1), "a", "one")
		if err := p.Sync(); err != nil {
			t.Fatal(err)
		}
		full.Store(true)
		var err error
		for i := 0; err == nil && i < 10_000; i++ {
			err = errors.Join(p.Put(owner(1), "b", row(string(make([]byte, 4096)))), p.Sync())
		}
		if !errors.Is(err, cache.ErrUnavailable) {
			t.Fatalf("got %v", err)
		}
		if _, err := p.Get(owner(1), "a", nil); err != nil && !errors.Is(err, cache.ErrUnavailable) {
			t.Errorf("get gave %v", err)
		}
		time.Sleep(time.Hour) // of the bubble
		if _, err := p.Get(owner(1), "a", nil); !errors.Is(err, cache.ErrUnavailable) {
			t.Errorf("while the disk is full, get gave %v", err)
		}
		losses := p.Losses()
		full.Store(false)
		time.Sleep(time.Minute)
		want(t, p, owner(1), "a", "one")
		put(t, p, owner(1), "b", "two")
		if p.Losses() == losses {
			t.Errorf("rows are gone and nobody says so")
		}
		if err := p.Close(); err != nil {
			t.Errorf("close gave %v", err)
		}
		p = open(t, "cache", fs)
		want(t, p, owner(1), "b", "two")
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}

// An owner's mark outlives the process, is no row, and goes with the owner's rows.
func TestMarks(t *testing.T) {
	fs := vfs.NewMem()
	p := open(t, "cache", fs)
	wantMark := func(o cache.Owner, want string) {
		t.Helper()
		if got, err := p.Mark(o); string(got) != want || errors.Is(err, cache.ErrMiss) != (want == "") {
			t.Errorf("version %d: mark %q, %v, want %q", o.Version, got, err, want)
		}
	}
	other := owner(1)
	other.Lineage[3]++
	for v := range uint64(3) {
		put(t, p, owner(v), "a", "row")
		if err := p.SetMark(owner(v), fmt.Append(nil, "mark", v)); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = open(t, "cache", fs)
	wantMark(owner(0), "mark0")
	wantMark(other, "")
	if got := scan(t, p, owner(0), ""); got != "a=row " {
		t.Errorf("scan finds %s", got)
	}
	if err := p.DeleteOwner("account", 0); err != nil {
		t.Fatal(err)
	}
	wantMark(owner(0), "")
	wantMark(owner(1), "mark1")
	if n, err := p.DeletePrefix("b"); n != 0 || err != nil {
		t.Errorf("deleted %d, %v", n, err)
	}
	wantMark(owner(1), "mark1")
	if n, err := p.DeletePrefix("a"); n != 2 || err != nil {
		t.Errorf("deleted %d, %v", n, err)
	}
	wantMark(owner(1), "")
}

// TestRowsOnTheirWay asks for rows while they are being written: each is found as it
// was put last, by every door.
func TestRowsOnTheirWay(t *testing.T) {
	fs := vfs.NewMem()
	p := open(t, "cache", fs)
	big := string(make([]byte, 100<<10)) // some fill the queue
	const rows = 40
	name := func(i int) event.Entity { return event.Entity(fmt.Sprintf("e%02d", i)) }
	for i := range rows {
		put(t, p, owner(1), name(i), "old"+big)
		put(t, p, owner(1), name(i), "new")
		want(t, p, owner(1), name(i), "new")
		want(t, p, owner(1), name(i/2), "new")
	}
	wanted := ""
	for i := range rows {
		wanted += string(name(i)) + "=new "
	}
	if got := scan(t, p, owner(1), ""); got != wanted {
		t.Errorf("a scan finds %s", got)
	}
	put(t, p, owner(1), "x", "last")
	if n, err := p.DeletePrefix("x"); n != 1 || err != nil {
		t.Errorf("deleted %d: %v", n, err)
	}
	put(t, p, owner(1), "y", "last")
	put(t, p, owner(2), "y", "last")
	if err := p.DeleteOwner("account", 1); err != nil {
		t.Fatal(err)
	}
	wantMiss(t, p, owner(1), "y", "")
	put(t, p, owner(3), "z", "last")
	if owners, err := p.Owners(); len(owners) != 2 || err != nil {
		t.Errorf("owners %v: %v", owners, err)
	}
	put(t, p, owner(3), "z", "very last")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	p = open(t, "cache", fs)
	want(t, p, owner(2), "y", "last")
	want(t, p, owner(3), "z", "very last")
	wantMiss(t, p, owner(1), name(0), "")
}
