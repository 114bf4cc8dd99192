package walk

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// stretches plays the engine for a walk: it makes what is asked for, some reads later.
type stretches struct {
	names []event.Entity
	there map[event.Entity]bool // with a state in memory
	late  int                   // reads until a stretch is made
	made  int
	cold  int

	walk   walk
	coming projection.Walked
	next   chan<- projection.Walked
	due    int
}

func (s *stretches) read(e event.Entity) {
	if s.due--; s.next != nil && s.due < 0 {
		s.next <- s.coming
		s.next = nil
	}
	cold := !s.there[e]
	if cold {
		s.cold++
		s.there[e] = true
	}
	if after, size := s.walk.step(e, cold); size > 0 {
		s.make(after, size)
	}
}

func (s *stretches) make(after event.Entity, size int) {
	from, _ := slices.BinarySearch(s.names, after+"\x00")
	stretch := s.names[from:min(from+size, len(s.names))]
	for _, e := range stretch {
		if !s.there[e] {
			s.there[e] = true
			s.made++
		}
	}
	s.coming = projection.Walked{}
	if n := len(stretch); n > 0 {
		s.coming = projection.Walked{Entities: n, Middle: stretch[n/2], Last: stretch[n-1]}
	}
	s.next = s.walk.make(after, size)
	s.due = s.late
}

// Who reads in order finds states made; who does not, has few made in vain.
func TestWalkStep(t *testing.T) {
	const entities = 10_000
	names := make([]event.Entity, entities)
	for i := range names {
		names[i] = event.Entity(fmt.Sprintf("e%05d", i))
	}
	every := func(n int) (out []int) {
		for i := 0; i < entities; i += n {
			out = append(out, i)
		}
		return out
	}
	backwards := every(1)
	slices.Reverse(backwards)
	var pairs, twoPlaces []int
	for i := range entities / 2 {
		pairs = append(pairs, i, i)
		twoPlaces = append(twoPlaces, i, entities/2+i)
	}
	for name, c := range map[string]struct {
		reads            []int
		late             int
		coldMax          int
		madeMin, vainMax int
		hot              bool // an entity behind all others is read in between
	}{
		"in order":                  {reads: every(1), coldMax: 4, madeMin: entities - 4, vainMax: 0},
		"in order, made late":       {reads: every(1), late: 3, coldMax: 10, madeMin: entities - 10, vainMax: 0},
		"in order, each twice":      {reads: pairs, coldMax: 4, madeMin: entities/2 - 4, vainMax: 2 * walkUsual},
		"in order, a hot one too":   {reads: every(1), hot: true, coldMax: 8, madeMin: entities - 8, vainMax: 0},
		"every second":              {reads: every(2), coldMax: 4, madeMin: entities - 10, vainMax: entities/2 + walkUsual},
		"every third":               {reads: every(3), coldMax: entities / 3, vainMax: 400},
		"every hundredth":           {reads: every(100), coldMax: entities / 100, vainMax: 30},
		"backwards":                 {reads: backwards, coldMax: entities, vainMax: 0},
		"in two places, by turns":   {reads: twoPlaces, coldMax: entities, vainMax: 0},
		"at random":                 {reads: rand.New(rand.NewPCG(1, 2)).Perm(entities), coldMax: entities, vainMax: entities / 20},
		"in order, twice: all hits": {reads: append(every(1), every(1)...), coldMax: 4, madeMin: entities - 4, vainMax: 0},
	} {
		t.Run(name, func(t *testing.T) {
			s := &stretches{names: names, there: map[event.Entity]bool{}, late: c.late}
			wanted := map[int]bool{}
			for _, i := range c.reads {
				wanted[i] = true
				s.read(names[i])
				if c.hot {
					s.read("z")
				}
			}
			vain := s.made + s.cold - len(wanted)
			if c.hot {
				vain--
			}
			if s.cold > c.coldMax || s.made < c.madeMin || vain > c.vainMax {
				t.Errorf("%d cold reads, %d states made ahead, %d of them in vain", s.cold, s.made, vain)
			}
		})
	}
}

// slowReader makes a stretch when it is told to.
type slowReader struct {
	asked chan projection.WalkRequest
	done  chan projection.Walked
}

func (r *slowReader) WalkAhead(_ context.Context, q projection.WalkRequest) projection.Walked {
	r.asked <- q
	return <-r.done
}

// Once reads have waited for a usual stretch, the next is made while they are in the one before, so that
// making does not pause for them.
func TestStretchesThatWereLateOverlap(t *testing.T) {
	name := func(i int) event.Entity { return event.Entity(fmt.Sprintf("e%05d", i)) }
	by := &slowReader{asked: make(chan projection.WalkRequest, 1), done: make(chan projection.Walked)}
	w := &Walks{By: by}
	d := &projection.Definition{}
	next := 0
	read := func(strategy projection.Strategy) {
		t.Helper()
		q := projection.Request{Definition: d, Entity: name(next)}
		w.Await(t.Context(), &q)
		w.Saw(&q, &projection.Outcome{Strategy: strategy})
		next++
	}
	made := func(from, n int) {
		by.done <- projection.Walked{Entities: n, Middle: name(from + n/2), Last: name(from + n - 1)}
	}
	asks := func(after, size int) {
		t.Helper()
		if q := <-by.asked; q.After != name(after) || q.Max != size {
			t.Fatalf("%d entities behind %s are asked for, want %d behind %s", q.Max, q.After, size, name(after))
		}
	}
	for range walkTrust {
		read(projection.DirectReplay)
	}
	end, size := walkTrust, walkMin // of the stretch that is made
	for {
		asks(end-1, size)
		if w.of(d).late {
			break
		}
		for next < end {
			read(projection.GroupLocalHit)
		}
		go made(end, size)
		read(projection.GroupLocalHit) // waits for it
		end, size = end+size, 2*size
	}
	if size != 2*walkUsual {
		t.Fatalf("a stretch of %d is the first that is begun early", size)
	}
	made(end, size)
	for len(w.of(d).making) == 0 {
		runtime.Gosched()
	}
	for next < end-walkUsual/2 {
		read(projection.GroupLocalHit)
	}
	if w.of(d).making == nil {
		t.Fatal("nothing is made while the reads are in the stretch before")
	}
	asks(end+size-1, 2*size)
	made(end+size, 2*size)
	w.Close()
}
