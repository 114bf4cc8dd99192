package feed_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/projsql/projsql/engine/feed"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// fakeLog is a log in memory and the registry beside it.
type fakeLog struct {
	mu     sync.Mutex
	events []event.Event
	index  uint64
	moved  chan struct{}
	broken error // of reads
	reads  int   // events read

	definitions map[string]*projection.Definition
	epoch       uint64
}

func newLog() *fakeLog {
	l := &fakeLog{moved: make(chan struct{}), definitions: map[string]*projection.Definition{}, epoch: 1}
	l.define("account", "add", "gone")
	l.define("all")
	return l
}

func (l *fakeLog) advance() {
	l.index++
	close(l.moved)
	l.moved = make(chan struct{})
}

// append appends one event an entity as one entry.
func (l *fakeLog) append(kind event.Kind, entities ...event.Entity) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range entities {
		version := event.Version(1)
		for i := range l.events {
			if l.events[i].Entity == e {
				version++
			}
		}
		n := event.Sequence(len(l.events) + 1)
		l.events = append(l.events, event.Event{Entity: e, Kind: kind, Version: version, Sequence: n, HLC: hlc.Timestamp(n * 10)})
	}
	l.advance()
}

// define registers a projection of the given kinds; none: of all.
func (l *fakeLog) define(name string, kinds ...event.Kind) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.definitions[name] = &projection.Definition{Name: name, Kinds: kinds}
	l.epoch++
	l.advance()
}

func (l *fakeLog) Position() (uint64, projection.Cut) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.index, projection.Cut{Sequence: event.Sequence(len(l.events)), HLC: hlc.Timestamp(len(l.events) * 10)}
}

func (l *fakeLog) Advanced(ctx context.Context, after uint64) (uint64, projection.Cut, error) {
	for {
		l.mu.Lock()
		moved := l.moved
		l.mu.Unlock()
		if index, cut := l.Position(); index > after {
			return index, cut, nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return 0, projection.Cut{}, ctx.Err()
		}
	}
}

func (l *fakeLog) Lookup(name string) (*projection.Definition, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d, ok := l.definitions[name]
	return d, ok
}

func (l *fakeLog) Epoch() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.epoch
}

func (l *fakeLog) Log(projection.Cut) event.Reader { return reader{log: l} }

// reader has what the feed uses.
type reader struct {
	event.Reader
	log *fakeLog
}

func (r reader) Log(from, to event.Sequence) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		r.log.mu.Lock()
		events, broken := slices.Clone(r.log.events[from-1:to]), r.log.broken
		r.log.reads += len(events)
		r.log.mu.Unlock()
		for i := range events {
			if broken != nil && i == len(events)/2 {
				yield(nil, broken)
				return
			}
			if !yield(&events[i], nil) {
				return
			}
		}
	}
}

// inBubble runs a test whose Wait means that the feed has told everything.
func inBubble(t *testing.T, o feed.Options, test func(l *fakeLog, f *feed.Feed)) {
	synctest.Test(t, func(t *testing.T) {
		l := newLog()
		o.Log, o.Definitions = l, l
		f := feed.Open(o)
		defer f.Close()
		test(l, f)
	})
}

func listen(t *testing.T, f *feed.Feed, channels ...string) *feed.Subscription {
	t.Helper()
	s := f.Subscribe()
	for _, c := range channels {
		if err := s.Listen(c); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// want compares what a subscription is told, and that it was woken for it.
func want(t *testing.T, s *feed.Subscription, expected ...string) {
	t.Helper()
	synctest.Wait()
	woken := false
	select {
	case <-s.Ready():
		woken = true
	default:
	}
	var got []string
	for _, c := range s.Changes() {
		got = append(got, fmt.Sprintf("%s %s@%d hlc=%d", c.Channel, c.Entity, c.Generation, c.HLC))
	}
	if !slices.Equal(got, expected) || woken != (len(expected) > 0) {
		t.Errorf("told %q (woken: %v), expected %q", got, woken, expected)
	}
}

func TestChannels(t *testing.T) {
	inBubble(t, feed.Options{}, func(l *fakeLog, f *feed.Feed) {
		l.append("add", "a")
		one, every, both := listen(t, f, "account:a"), listen(t, f, "account"), listen(t, f, "all:x:y", "Account:b", "nothing")
		want(t, one) // what was there before is not told
		l.append("other", "a", "b")
		want(t, every)
		l.append("add", "a", "b", "x:y")
		l.append("add", "a")
		want(t, one, "account:a a@4 hlc=70")
		want(t, every, "account b@2 hlc=50", "account x:y@1 hlc=60", "account a@4 hlc=70")
		want(t, both, "Account:b b@2 hlc=50", "all:x:y x:y@1 hlc=60")
		one.Unlisten("account:a")
		every.Close()
		l.append("gone", "a", "b")
		want(t, one)
		want(t, every)
		want(t, both, "Account:b b@3 hlc=90")
	})
}

// TestNobodyListens: then nothing is read, and what came meanwhile is not told later.
func TestNobodyListens(t *testing.T) {
	inBubble(t, feed.Options{}, func(l *fakeLog, f *feed.Feed) {
		s := listen(t, f, "account")
		s.Close()
		l.append("add", "a")
		l.append("add", "a")
		synctest.Wait()
		if l.reads != 0 {
			t.Errorf("%d events were read for nobody", l.reads)
		}
		again := listen(t, f, "account")
		l.append("add", "b")
		want(t, again, "account b@1 hlc=30")
	})
}

// TestSlowSubscriber: what it does not take is bounded, and nothing is lost.
func TestSlowSubscriber(t *testing.T) {
	const limit = 8
	inBubble(t, feed.Options{ChangesMax: limit}, func(l *fakeLog, f *feed.Feed) {
		s := listen(t, f, "account", "all:a")
		for range 5 * limit {
			l.append("add", "a") // coalesce
		}
		want(t, s, "account a@40 hlc=400", "all:a a@40 hlc=400")
		for i := range 5 * limit {
			l.append("add", event.Entity(fmt.Sprint("e", i)))
		}
		l.append("add", "a")
		want(t, s, "account @0 hlc=810", "all:a a@41 hlc=810")
		l.append("add", "a")
		want(t, s, "account a@42 hlc=820", "all:a a@42 hlc=820")
	})
}

// TestUnreadableLog: events that cannot be read may be anybody's.
func TestUnreadableLog(t *testing.T) {
	inBubble(t, feed.Options{}, func(l *fakeLog, f *feed.Feed) {
		s := listen(t, f, "account", "all:a")
		l.mu.Lock()
		l.broken = errors.New("no such block")
		l.mu.Unlock()
		l.append("other", "x")
		want(t, s, "account @0 hlc=10", "all:a @0 hlc=10")
		l.mu.Lock()
		l.broken = nil
		l.mu.Unlock()
		l.append("add", "a")
		want(t, s, "account a@1 hlc=20", "all:a a@1 hlc=20")
	})
}

// TestDefinitionsChange: states that change without an event are to be read anew.
func TestDefinitionsChange(t *testing.T) {
	inBubble(t, feed.Options{}, func(l *fakeLog, f *feed.Feed) {
		s, other := listen(t, f, "late:a"), listen(t, f, "account:a")
		l.append("add", "a")
		want(t, s)
		l.define("late", "add")
		want(t, s, "late:a @0 hlc=10")
		l.append("add", "a")
		want(t, s, "late:a a@2 hlc=20")
		l.define("late", "gone")
		want(t, s, "late:a @0 hlc=20")
		l.append("add", "a")
		l.append("gone", "a")
		want(t, s, "late:a a@4 hlc=40")
		want(t, other, "account:a a@4 hlc=40")
	})
}

// TestManyEvents: more than one read of the log, and many who listen.
func TestManyEvents(t *testing.T) {
	inBubble(t, feed.Options{}, func(l *fakeLog, f *feed.Feed) {
		const entities = 3000
		var all []event.Entity
		var subscriptions []*feed.Subscription
		for i := range entities {
			e := event.Entity(fmt.Sprint("e", i))
			all = append(all, e)
			subscriptions = append(subscriptions, listen(t, f, "account:"+string(e)))
		}
		l.append("add", all...)
		for i, s := range subscriptions {
			want(t, s, fmt.Sprintf("account:e%d e%d@1 hlc=%d", i, i, 10*(i+1)))
		}
	})
}

func TestChannelsMax(t *testing.T) {
	inBubble(t, feed.Options{ChannelsMax: 2}, func(_ *fakeLog, f *feed.Feed) {
		s := listen(t, f, "a", "b", "a")
		if err := s.Listen("c"); err == nil || sqlstate.Of(err).Code != sqlstate.ProgramLimitExceeded {
			t.Errorf("the third channel: %v, expected 54000", err)
		}
		s.Unlisten("a")
		if err := s.Listen("c"); err != nil {
			t.Error(err)
		}
	})
}
