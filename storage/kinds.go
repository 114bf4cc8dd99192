package storage

import (
	"slices"

	"github.com/projsql/projsql/storage/event"
)

// databaseKindsMax bounds the kinds of a database: their names are in memory.
const databaseKindsMax = 1 << 20

// AllKinds implements event.KindLister.
func (r *reader) AllKinds() []event.Kind { return slices.Clone(*r.content.kinds.Load()) }

// kindTable numbers the kinds for Apply: those of the content, then the new ones
// of this call.
type kindTable struct {
	content *content // whose kinds it has
	names   []event.Kind
	numbers map[event.Kind]kindNumber
	known   int // are in the content
}

// open makes the table that of a content.
func (t *kindTable) open(c *content) {
	if t.content == c {
		return
	}
	t.content, t.names = c, append([]event.Kind(nil), *c.kinds.Load()...)
	t.known = len(t.names)
	t.numbers = make(map[event.Kind]kindNumber, len(t.names))
	for i, k := range t.names {
		t.numbers[k] = kindNumber(i)
	}
}

func (t *kindTable) len() int { return len(t.names) }

// number returns the number of a kind, a new one if need be; false if there is
// room for no more.
func (t *kindTable) number(k event.Kind) (kindNumber, bool) {
	n, ok := t.numbers[k]
	if ok {
		return n, true
	}
	if len(t.names) >= databaseKindsMax {
		return 0, false
	}
	n = kindNumber(len(t.names))
	t.names = append(t.names, k)
	t.numbers[k] = n
	return n, true
}

// truncate forgets the kinds from number n on.
func (t *kindTable) truncate(n int) {
	for _, k := range t.names[n:] {
		delete(t.numbers, k)
	}
	t.names = t.names[:n]
}

// write puts the new kinds into the batch.
func (t *kindTable) write(a *applier) error {
	for n := t.known; n < len(t.names); n++ {
		a.value = append(a.value[:0], t.names[n]...)
		if err := a.set(a.content.keys.kind(a.key[:0], uint32(n))); err != nil {
			return err
		}
	}
	return nil
}

// publish shows the new kinds to readers. They share the array of names: it is
// only ever appended to behind what they see.
func (t *kindTable) publish(c *content) {
	if t.known == len(t.names) {
		return
	}
	t.known = len(t.names)
	seen := t.names[:t.known:t.known]
	c.kinds.Store(&seen)
}
