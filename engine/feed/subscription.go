package feed

import (
	"cmp"
	"slices"
	"sync"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Subscription is one subscriber's channels and what it has not taken yet. Listen,
// Unlisten and Close are called by one goroutine at a time; the rest is safe for
// concurrent use.
type Subscription struct {
	feed     *Feed
	ready    chan struct{}
	channels map[string]*channel

	mu      sync.Mutex
	waiting int // changes of entities that wait, over all channels
	dirty   []*channel
}

// channel is one name that a subscription listens to.
type channel struct {
	subscription *Subscription
	name         string
	since        event.Sequence // what the log had when it was asked for

	// guarded by Feed.mu
	definition *projection.Definition // nil: there is none of this name
	entity     event.Entity           // "": all

	// guarded by Subscription.mu
	gone    bool
	dirty   bool
	all     hlc.Timestamp // set: everything is to be read anew
	changes map[event.Entity]projection.Change
}

// Listen begins to follow a channel; one that is followed stays as it is. What is
// in the log already is not told. Error: 54000 beyond the limit of channels.
func (s *Subscription) Listen(name string) error {
	if s.channels[name] != nil {
		return nil
	}
	if limit := s.feed.options.ChannelsMax; len(s.channels) >= limit {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "cannot listen to more than %d channels", limit)
	}
	c := &channel{subscription: s, name: name, changes: map[event.Entity]projection.Change{}}
	s.channels[name] = c
	s.feed.add(c)
	return nil
}

// Unlisten ends following a channel: nothing that waits of it is told any more.
func (s *Subscription) Unlisten(name string) {
	c := s.channels[name]
	if c == nil {
		return
	}
	delete(s.channels, name)
	s.feed.remove(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	c.gone = true
	c.clear()
}

// Close ends following all channels.
func (s *Subscription) Close() {
	for name := range s.channels {
		s.Unlisten(name)
	}
}

// Ready receives when there are changes to take.
func (s *Subscription) Ready() <-chan struct{} { return s.ready }

// Changes takes what waits: at most one change a channel and entity, the newest,
// in the order of their HLCs. What comes later has higher ones.
func (s *Subscription) Changes() []projection.Change {
	s.mu.Lock()
	defer s.mu.Unlock()
	var taken []projection.Change
	for _, c := range s.dirty {
		taken = c.take(taken)
	}
	s.dirty = nil
	slices.SortFunc(taken, func(a, b projection.Change) int {
		return cmp.Or(cmp.Compare(a.HLC, b.HLC), cmp.Compare(a.Channel, b.Channel))
	})
	return taken
}

func (c *channel) take(into []projection.Change) []projection.Change {
	if c.all != 0 {
		into = append(into, projection.Change{Channel: c.name, HLC: c.all})
	}
	for _, change := range c.changes {
		into = append(into, change)
	}
	c.clear()
	c.dirty = false
	return into
}

// clear forgets what waits.
func (c *channel) clear() {
	c.subscription.waiting -= len(c.changes)
	clear(c.changes)
	c.all = 0
}

// changed keeps what an event says of its entity, in the place of what earlier ones
// said.
func (c *channel) changed(e *told) {
	if e.sequence <= c.since {
		return
	}
	s := c.subscription
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := c.changes[e.entity]
	switch {
	case c.gone:
		return
	case c.all != 0:
		c.all = max(c.all, e.hlc)
		return
	case !known && s.waiting >= s.feed.options.ChangesMax:
		c.collapse(e.hlc)
		return
	case !known:
		s.waiting++
	}
	c.changes[e.entity] = projection.Change{Channel: c.name, Entity: e.entity, Generation: e.version, HLC: e.hlc}
	c.signal()
}

// everything says that all states of the channel are to be read anew.
func (c *channel) everything(at hlc.Timestamp) {
	s := c.subscription
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.gone {
		c.collapse(at)
	}
}

// collapse keeps one word in the place of many changes.
func (c *channel) collapse(at hlc.Timestamp) {
	at = max(at, c.all, 1)
	for _, change := range c.changes {
		at = max(at, change.HLC)
	}
	c.clear()
	c.changes = map[event.Entity]projection.Change{} // a map that was cleared keeps its room
	c.all = at
	c.signal()
}

// signal wakes the subscriber.
func (c *channel) signal() {
	s := c.subscription
	if !c.dirty {
		c.dirty = true
		s.dirty = append(s.dirty, c)
	}
	select {
	case s.ready <- struct{}{}:
	default:
	}
}
