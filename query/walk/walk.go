package walk

import (
	"context"
	"sync"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Limits of walks.
const (
	walksMax     = 4 // projections that a session may read in turn, of one entity after the other
	walkTrust    = 4 // reads in order, before states are made ahead of them
	walkMin      = 8 // entities, at first; then twice as many,
	walkUsual    = 32
	walkMax      = 256     // and more only where the reads have caught up
	walkPauseMax = 1 << 10 // reads, after stretches in vain
)

// Reader makes states ahead of reads.
type Reader interface {
	// WalkAhead makes those of the entities behind one, in byte order, best of many at once.
	WalkAhead(ctx context.Context, r projection.WalkRequest) projection.Walked
}

// Walks are a session's latest. One goroutine uses them at a time; what they have made
// is made on others. A nil *Walks has none.
type Walks struct {
	By   Reader                    // nil: nobody makes states ahead
	Owns func(e event.Entity) bool // whose states are made; nil: all

	all     [walksMax]walk
	latest  int
	running sync.WaitGroup
}

// of is the walk over a projection's entities; nil if there is none.
func (w *Walks) of(d *projection.Definition) *walk {
	if w == nil {
		return nil
	}
	for i := range w.all {
		if w.all[i].of == d {
			return &w.all[i]
		}
	}
	return nil
}

// begin is a new walk, in the oldest one's place.
func (w *Walks) begin(d *projection.Definition) *walk {
	w.latest = (w.latest + 1) % walksMax
	w.all[w.latest] = walk{of: d}
	return &w.all[w.latest]
}

// Close waits for what is being made.
func (w *Walks) Close() {
	if w != nil {
		w.running.Wait()
	}
}

// walk is what a session knows of reads of one projection that go through its entities in byte order,
// as those of who works off a sorted list do. States ahead of them are made a stretch at a time, as long as at least
// half of them are read.
type walk struct {
	of    *projection.Definition
	at    event.Entity // the last read in order
	run   int          // reads in order that found nothing made; below 0: that are to come before it trusts
	pause int          // how far below, after the next stretch in vain
	size  int          // of the latest stretch

	late   bool    // a read waited for a usual one: the next is begun when half of the one before is read
	before stretch // the one that was made before in
	in     stretch // that is made, and reads are in, or will be
	next   stretch // that is being made, if making is not nil
	making chan projection.Walked
}

// stretch is some entities in a row.
type stretch struct {
	after event.Entity // which lies before the first
	projection.Walked
	read int // of them, in order
}

func (s *stretch) note(e event.Entity) {
	if e > s.after {
		s.read++
	}
}

// paid reports whether enough of it was read.
func (s *stretch) paid() bool { return 2*s.read >= s.Entities }

// IsCold reports whether nothing was made for a read.
func IsCold(o *projection.Outcome) bool {
	switch o.Strategy {
	case projection.ExternalCacheThenReplay, projection.DirectReplay, projection.GroupLocalIncremental:
		return true
	default:
		return false
	}
}

// Await waits for a read's state, if it is just being made.
func (w *Walks) Await(ctx context.Context, q *projection.Request) {
	of := w.of(q.Definition)
	if of == nil || of.making == nil || q.Entity <= max(of.at, of.in.Last) {
		return
	}
	select {
	case made := <-of.making:
		paid := of.in.paid()
		of.take(made)
		of.late = of.late || of.size >= walkUsual
		if paid && made.Entities > 0 { // it was made too late: more, and at once
			w.on(of, q, made.Last, min(2*of.size, walkMax))
		}
	case <-ctx.Done():
	}
}

// Saw takes note of a read, and has states made ahead of those to come.
func (w *Walks) Saw(q *projection.Request, o *projection.Outcome) {
	of, cold := w.of(q.Definition), IsCold(o)
	if of == nil {
		if !cold {
			return
		}
		of = w.begin(q.Definition)
	}
	if after, size := of.step(q.Entity, cold); size > 0 {
		w.on(of, q, after, size)
	}
}

// on has the states of entities behind one made.
func (w *Walks) on(of *walk, q *projection.Request, after event.Entity, size int) {
	if w.By == nil {
		return
	}
	r := projection.WalkRequest{Definition: q.Definition, Cut: q.Cut, After: after, Max: size, Owned: w.Owns}
	making := of.make(after, size)
	w.running.Go(func() { making <- w.By.WalkAhead(context.Background(), r) })
}

// make begins a stretch, which is sent once it is made.
func (w *walk) make(after event.Entity, size int) chan<- projection.Walked {
	w.size, w.next, w.making = size, stretch{after: after}, make(chan projection.Walked, 1)
	return w.making
}

// take makes the next stretch the one that the reads are in.
func (w *walk) take(made projection.Walked) {
	w.next.Walked = made
	w.before, w.in, w.next, w.making = w.in, w.next, stretch{}, nil
}

// step takes note of a read. It returns behind which entity how many states should be made;
// 0: none.
func (w *walk) step(e event.Entity, cold bool) (after event.Entity, size int) {
	if w.making != nil {
		select {
		case made := <-w.making:
			w.take(made)
		default:
		}
	}
	within := e <= w.in.Last
	switch {
	case e <= w.at:
		if cold { // it begins anew
			w.forget()
			w.at, w.run = e, min(w.run, 0)
		}
		return "", 0
	case !within && !cold:
		return "", 0
	}
	w.at = e
	w.before.note(e)
	w.in.note(e)
	w.next.note(e)
	if within {
		return w.within()
	}
	return w.beyond()
}

// within is step for a read of the stretch that is made.
func (w *walk) within() (after event.Entity, size int) {
	switch {
	case w.making != nil, w.at < w.in.Middle && !(w.late && w.before.paid()):
		return "", 0
	case w.at >= w.in.Middle && 4*w.in.read < w.in.Entities:
		w.inVain()
		return "", 0
	default:
		if w.size >= walkUsual { // that a short one pays may be chance
			w.pause /= 2
		}
		most := walkUsual
		if w.late {
			most = walkMax
		}
		return w.in.Last, max(w.size, min(2*w.size, most))
	}
}

// beyond is step for a read that found nothing made.
func (w *walk) beyond() (after event.Entity, size int) {
	w.run++
	switch {
	case !w.in.paid():
		w.inVain()
		return "", 0
	case w.run < walkTrust || w.making != nil:
		return "", 0
	default:
		return w.at, max(walkMin, w.size/2)
	}
}

// inVain is called when fewer than half of a stretch were read.
func (w *walk) inVain() {
	w.pause = min(2*w.pause+4*walkTrust, walkPauseMax)
	w.run, w.size = -w.pause, 0
	w.forget()
}

// forget leaves what is made, and is being made, to others.
func (w *walk) forget() {
	w.late, w.before, w.in, w.next, w.making = false, stretch{}, stretch{}, stretch{}, nil
}
