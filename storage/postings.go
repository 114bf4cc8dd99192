package storage

import (
	"encoding/binary"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
)

// The index of kinds has a record for every kind in every run: where in the run its
// events are. An import of one kind so costs a record for 256 events, and a lookup
// reads what is of the kind alone.

// posting is the record of one kind in a run that is being written.
type posting struct {
	kind    kindNumber
	offsets []byte // the distance of each from the one before, as uvarints
	last    int
}

// postingsOf groups the events of a run by kind, reusing memory.
func postingsOf(r *run, into []posting) []posting {
	into = into[:0]
	for i := range r.places {
		k := r.places[i].kind
		at := slices.IndexFunc(into, func(p posting) bool { return p.kind == k })
		if at < 0 {
			at = len(into)
			into = slices.Grow(into, 1)[:at+1]
			into[at] = posting{kind: k, offsets: into[at].offsets[:0]}
		}
		p := &into[at]
		p.offsets = binary.AppendUvarint(p.offsets, uint64(i-p.last))
		p.last = i
	}
	return into
}

// kindWalk walks the sequences of one kind's events, ascending.
type kindWalk struct {
	it   *pebble.Iterator
	now  event.Sequence // 0: no more
	rest []byte         // offsets behind now, in the iterator's memory
	read func()         // told of every record; may be nil
}

// walkKind begins a walk at the first event of a kind at a sequence or behind it.
func (c *content) walkKind(k kindNumber, from event.Sequence, read func()) (*kindWalk, error) {
	it, err := c.db.NewIter(&pebble.IterOptions{LowerBound: c.keys.posting(nil, k, 0), UpperBound: c.keys.posting(nil, k+1, 0)})
	if err != nil {
		return nil, err
	}
	w := &kindWalk{it: it, read: read}
	if err := w.seek(c.keys.posting(nil, k, from+1), from); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

func (w *kindWalk) close() { _ = w.it.Close() }

// seek begins in the last run that begins before the key, for from may be inside it.
func (w *kindWalk) seek(behind []byte, from event.Sequence) error {
	ok := w.it.SeekLT(behind) || w.it.Error() == nil && w.it.First()
	if err := w.enter(ok); err != nil {
		return err
	}
	for w.now != 0 && w.now < from {
		if err := w.next(); err != nil {
			return err
		}
	}
	return nil
}

// enter reads the record under the iterator.
func (w *kindWalk) enter(ok bool) error {
	w.now, w.rest = 0, nil
	if !ok {
		return w.it.Error()
	}
	v, err := w.it.ValueAndErr()
	if err != nil {
		return err
	}
	if w.read != nil {
		w.read()
	}
	w.now, w.rest = event.Sequence(lastNumber(w.it.Key())), v
	return w.step(true)
}

func (w *kindWalk) next() error {
	if len(w.rest) > 0 {
		return w.step(false)
	}
	return w.enter(w.it.Next())
}

// step adds the next offset to now.
func (w *kindWalk) step(first bool) error {
	f := fields{rest: w.rest}
	offset := f.uvarint()
	if f.bad || offset >= runEventsMax || !first && offset == 0 {
		return damage("index of kinds in the run of sequence %d", lastNumber(w.it.Key()))
	}
	w.now, w.rest = w.now+event.Sequence(offset), f.rest
	return nil
}

// kindWalks merges the walks of several kinds.
type kindWalks []*kindWalk

func (c *content) walkKinds(kinds []kindNumber, from event.Sequence) (kindWalks, error) {
	var all kindWalks
	for _, k := range kinds {
		w, err := c.walkKind(k, from, nil)
		if err != nil {
			all.close()
			return nil, err
		}
		all = append(all, w)
	}
	return all, nil
}

func (all kindWalks) close() {
	for _, w := range all {
		w.close()
	}
}

// next returns the lowest sequence and moves behind it; 0 at the end.
func (all kindWalks) next() (event.Sequence, error) {
	var lowest *kindWalk
	for _, w := range all {
		if w.now != 0 && (lowest == nil || w.now < lowest.now) {
			lowest = w
		}
	}
	if lowest == nil {
		return 0, nil
	}
	s := lowest.now
	return s, lowest.next()
}

// kindNumbers finds the numbers of the kinds that the database has.
func (c *content) kindNumbers(kinds []event.Kind) []kindNumber {
	var numbers []kindNumber
	for n, k := range *c.kinds.Load() {
		if slices.Contains(kinds, k) {
			numbers = append(numbers, kindNumber(n))
		}
	}
	return numbers
}
