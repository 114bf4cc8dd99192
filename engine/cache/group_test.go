package cache_test

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/vfs"
	"pgregory.net/rapid"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/storage/event"
)

func names(from, n int) (entities []event.Entity) {
	for i := range n {
		entities = append(entities, event.Entity(fmt.Sprintf("e%05d", from+i)))
	}
	return entities
}

func putGroup(t *testing.T, p cache.External, o cache.Owner, rows []cache.EntityRow) {
	t.Helper()
	if err := cache.PutMany(p, o, rows, true); err != nil {
		t.Fatal(err)
	}
}

// keys are the keys at rest, and the values under them.
func keys(t *testing.T, fs vfs.FS) (all []string, values map[string][]byte) {
	t.Helper()
	db, err := pebble.Open("cache", &pebble.Options{FS: fs, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	it, err := db.NewIter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer it.Close()
	values = map[string][]byte{}
	for it.First(); it.Valid(); it.Next() {
		all = append(all, string(it.Key()))
		values[string(it.Key())] = bytes.Clone(it.Value())
	}
	return all, values
}

// Rows of neighbours lie together, and are found one by one.
func TestNeighboursLieTogether(t *testing.T) {
	fs := vfs.NewMem()
	p := open(t, "cache", fs)
	rows := rowsOf("one", names(0, 300)...)
	rows[7].Row = cache.Row{Watermark: 1 << 40, HLC: 1 << 62, Generation: 1 << 30, Known: 1 << 41, NoState: true}
	rows[8].Row.State = []byte(strings.Repeat("long ", 20_000)) // ends its group
	putGroup(t, p, owner(1), rows)
	check := func() {
		t.Helper()
		for i, r := range rows {
			got, err := p.Get(owner(1), r.Entity, []byte("before"))
			state := string(bytes.TrimPrefix(got.State, []byte("before")))
			want := r.Row
			if got.State, want.State = nil, nil; err != nil || fmt.Sprint(got) != fmt.Sprint(want) || state != string(r.Row.State) {
				t.Fatalf("%d: %+v, %.40q, %v", i, got, state, err)
			}
		}
		for _, e := range []event.Entity{"a", "e00007x", "f"} {
			wantMiss(t, p, owner(1), e, "")
		}
		other := owner(1)
		other.Lineage[0]++
		if _, err := p.Get(other, "e00003", nil); !errors.Is(err, cache.ErrMiss) {
			t.Fatalf("another lineage: %v", err)
		}
		if got := scan(t, p, other, ""); got != "" {
			t.Fatalf("another lineage: %q", got)
		}
	}
	check()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if all, _ := keys(t, fs); len(all) > 5 {
		t.Errorf("%d keys for %d neighbours", len(all), len(rows))
	}
	p = open(t, "cache", fs)
	check()
}

// A group is put in the place of what was there of its entities, and takes nothing from others
// that can still be asked for.
func TestGroupsAreReplaced(t *testing.T) {
	fs := vfs.NewMem()
	p := open(t, "cache", fs)
	for round, state := range []string{"one", "two"} {
		if round == 1 { // nothing is known of what there is
			if err := p.Close(); err != nil {
				t.Fatal(err)
			}
			p = open(t, "cache", fs)
		}
		putGroup(t, p, owner(1), rowsOf(state, names(0, 100)...))
		putGroup(t, p, owner(1), rowsOf(state, names(100, 100)...))
		put(t, p, owner(1), "e00040", "alone")
		put(t, p, owner(1), "e00120", "alone")
		putGroup(t, p, owner(1), rowsOf("later "+state, names(50, 80)...))
		want(t, p, owner(1), "e00040", "alone")
		for i, e := range names(0, 200) {
			switch {
			case i == 40:
			case i >= 50 && i < 130:
				want(t, p, owner(1), e, "later "+state+" of "+string(e))
			default:
				want(t, p, owner(1), e, state+" of "+string(e))
			}
		}
		if got := strings.Count(scan(t, p, owner(1), ""), "="); got != 200 {
			t.Errorf("a scan has %d rows", got)
		}
	}
}

// What a group had, and a later one has newer, does not come back with a third.
func TestRestLeavesLaterGroups(t *testing.T) {
	long := strings.Repeat("long ", 2_000)
	p := open(t, "cache", vfs.NewMem())
	putGroup(t, p, owner(1), append(rowsOf("older", "a"), rowsOf("older"+long, "e", "p")...))
	putGroup(t, p, owner(1), rowsOf("newer", "n", "p", "q"))
	putGroup(t, p, owner(1), rowsOf("third"+long, "b")) // with the rest it is more than one group
	if err := p.Sync(); err != nil {
		t.Fatal(err)
	}
	for e, state := range map[event.Entity]string{"b": "third" + long, "e": "older" + long, "n": "newer", "p": "newer", "q": "newer"} {
		want(t, p, owner(1), e, state+" of "+string(e))
	}
}

// What is deleted leaves what later groups have as it is.
func TestDeletesLeaveLaterGroups(t *testing.T) {
	p := open(t, "cache", vfs.NewMem())
	putGroup(t, p, owner(1), rowsOf("older", "a", "c"))
	putGroup(t, p, owner(1), rowsOf("newer", "c"))
	if n, err := p.DeletePrefix("a"); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	want(t, p, owner(1), "c", "newer of c")
	wantMiss(t, p, owner(1), "a", "")
}

// TestDamagedGroups are misses, each once, and hide no others.
func TestDamagedGroups(t *testing.T) {
	fs := vfs.NewMem()
	p := open(t, "cache", fs)
	putGroup(t, p, owner(1), rowsOf("x", names(0, 3)...))
	putGroup(t, p, owner(1), rowsOf("x", names(3, 3)...))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	all, values := keys(t, fs)
	key, whole := all[0], values[all[0]]
	for i := range whole {
		for _, change := range []byte{1, 0x80, 0xFF} {
			bad := bytes.Clone(whole)
			if bad[i] ^= change; !cache.DamagedGroup([]byte(key), bad) {
				t.Errorf("byte %d ^ %x: passes for whole", i, change)
			}
		}
		if !cache.DamagedGroup([]byte(key), whole[:i]) {
			t.Errorf("%d bytes: passes for whole", i)
		}
	}
	if cache.DamagedGroup([]byte(key), whole) || !cache.DamagedGroup([]byte(all[1]), whole) {
		t.Error("a group is whole under its own key")
	}
	db, err := pebble.Open("cache", &pebble.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Set([]byte(key), whole[:len(whole)-1], nil), db.Close()); err != nil {
		t.Fatal(err)
	}
	p = open(t, "cache", fs)
	if got := scan(t, p, owner(1), ""); got != "e00003=x of e00003 e00004=x of e00004 e00005=x of e00005 " {
		t.Errorf("a scan found %s", got)
	}
	wantMiss(t, p, owner(1), "e00001", "")
	if m := p.Metrics(); m.Damaged != 1 {
		t.Errorf("%d damaged", m.Damaged)
	}
}

// Damage is a miss with a reason to who asks for one row.
func TestDamagedGroupTells(t *testing.T) {
	fs := vfs.NewMem()
	db, err := pebble.Open("cache", &pebble.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Set([]byte(damagedKey[:len(damagedKey)-1]+"\x00a"), []byte("no group"), nil), db.Close()); err != nil {
		t.Fatal(err)
	}
	p := open(t, "cache", fs)
	wantMiss(t, p, owner(1), "b", "row_damaged")
	wantMiss(t, p, owner(1), "b", "")
}

// A row that an entity has by itself is damaged, and no group has one: the reason is told.
func TestDamageBesideGroups(t *testing.T) {
	fs := vfs.NewMem()
	p := open(t, "cache", fs)
	putGroup(t, p, owner(1), rowsOf("x", "A", "b"))
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := pebble.Open("cache", &pebble.Options{FS: fs})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(db.Set([]byte(damagedKey), []byte("no row"), nil), db.Close()); err != nil {
		t.Fatal(err)
	}
	p = open(t, "cache", fs)
	wantMiss(t, p, owner(1), "a", "row_damaged")
	wantMiss(t, p, owner(1), "a", "")
	want(t, p, owner(1), "b", "x of b")
}

// TestGroupsAreACache does what can be done to rows, at random: what was put last is found, or, once
// neighbours were put around it, nothing.
func TestGroupsAreACache(t *testing.T) {
	entity := rapid.Custom(func(t *rapid.T) event.Entity {
		return event.Entity(rapid.StringMatching(`[a-c]{1,3}`).Draw(t, "entity"))
	})
	rapid.Check(t, func(t *rapid.T) {
		fs := vfs.NewMem()
		p, err := cache.OpenPebble("cache", cache.PebbleOptions{FS: fs})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = p.Close() }()
		model, unsure := map[event.Entity]string{}, map[event.Entity]bool{}
		serial := 0
		next := func() string { // some end their group
			serial++
			return fmt.Sprint("s", serial, strings.Repeat(".", rapid.SampledFrom([]int{0, 9000, 17_000}).Draw(t, "long")))
		}
		check := func(e event.Entity, state string, found bool) {
			if want, ok := model[e]; found && (!ok || state != want) || !found && ok && !unsure[e] {
				t.Fatalf("%s: got %.5q, %v; want %.5q, %v", e, state, found, want, ok)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"put": func(t *rapid.T) {
				e, s := entity.Draw(t, "e"), next()
				if err := p.Put(owner(1), e, row(s)); err != nil {
					t.Fatal(err)
				}
				model[e] = s
				delete(unsure, e)
			},
			"put many": func(t *rapid.T) {
				all, neighbours := rapid.SliceOfNDistinct(entity, 1, 12, rapid.ID).Draw(t, "entities"), rapid.Bool().Draw(t, "neighbours")
				slices.Sort(all)
				for e := range model {
					if neighbours && e > all[0] && e < all[len(all)-1] {
						unsure[e] = true
					}
				}
				var rows []cache.EntityRow
				for _, e := range all {
					model[e] = next()
					delete(unsure, e)
					rows = append(rows, cache.EntityRow{Entity: e, Row: row(model[e])})
				}
				if err := cache.PutMany(p, owner(1), rows, neighbours); err != nil {
					t.Fatal(err)
				}
			},
			"get": func(t *rapid.T) {
				e := entity.Draw(t, "e")
				got, err := p.Get(owner(1), e, nil)
				if err != nil && !errors.Is(err, cache.ErrMiss) {
					t.Fatal(err)
				}
				check(e, string(got.State), err == nil)
			},
			"scan": func(t *rapid.T) {
				from := rapid.OneOf(rapid.Just(event.Entity("")), entity).Draw(t, "from")
				rows := p.Scan(owner(1), from)
				defer rows.Close()
				found, last := map[event.Entity]string{}, event.Entity("")
				for rows.Next() {
					e := event.Entity(strings.Clone(string(rows.Entity())))
					if e <= last || e < from {
						t.Fatalf("%s after %s, from %s", e, last, from)
					}
					found[e], last = string(rows.Row().State), e
				}
				for e := range maps.Keys(model) {
					if e >= from {
						state, ok := found[e]
						check(e, state, ok)
					}
				}
				for e, s := range found {
					check(e, s, true)
				}
			},
			"hand over": func(t *rapid.T) {
				if err := p.Sync(); err != nil {
					t.Fatal(err)
				}
			},
			"delete a prefix": func(t *rapid.T) {
				prefix := rapid.StringMatching(`[a-c]{0,2}`).Draw(t, "prefix")
				if _, err := p.DeletePrefix(prefix); err != nil {
					t.Fatal(err)
				}
				maps.DeleteFunc(model, func(e event.Entity, _ string) bool { return strings.HasPrefix(string(e), prefix) })
			},
			"delete the owner": func(t *rapid.T) {
				if err := p.DeleteOwner("account", 1); err != nil {
					t.Fatal(err)
				}
				clear(model)
			},
			"open again": func(t *rapid.T) {
				if err := p.Close(); err != nil {
					t.Fatal(err)
				}
				if p, err = cache.OpenPebble("cache", cache.PebbleOptions{FS: fs}); err != nil {
					t.Fatal(err)
				}
			},
		})
	})
}

// FuzzGroup walks what is no group under a checksum that fits: it never panics, and what passes for
// rows is what would be written of them.
func FuzzGroup(f *testing.F) {
	var rows []byte
	for _, r := range rowsOf("state", "a", "b", "é") {
		rows = append(rows, cache.Grouped(r.Entity, &r.Row)...)
	}
	for i := range len(rows) + 1 {
		f.Add(rows[:i])
	}
	f.Add([]byte("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"))
	f.Fuzz(func(t *testing.T, rows []byte) {
		n, again := cache.GroupOf(rows)
		if m, third := cache.GroupOf(again); n < 0 || m != n || !bytes.Equal(again, third) {
			t.Fatalf("%d rows, then %d of %q", n, m, again)
		}
	})
}
