package feed

import (
	"context"
	"log/slog"
	"sync"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// Limits where Options says nothing.
const (
	changesMaxDefault  = 4096
	channelsMaxDefault = 10_000
	// eventsPerRead bounds how long one read holds a part of the log in memory.
	eventsPerRead = 1024
)

// Log is the log as this node has applied it. It is safe for concurrent use.
type Log interface {
	// Position is how far the node has applied. The index moves with every entry, those
	// of the catalog included; definitions are at least as new.
	Position() (index uint64, c projection.Cut)
	// Advanced waits for a position after an index.
	Advanced(ctx context.Context, after uint64) (index uint64, c projection.Cut, err error)
	// Log reads events at a cut.
	Log(projection.Cut) event.Reader
}

// Definitions is the registry of projections. It is safe for concurrent use.
type Definitions interface {
	Lookup(name string) (*projection.Definition, bool)
	Epoch() uint64
}

// Options configure a Feed. Log and Definitions are required.
type Options struct {
	Log         Log
	Definitions Definitions
	Logger      *slog.Logger // nil: discard
	// ChangesMax bounds the changes that wait for one subscriber; default 4096.
	ChangesMax int
	// ChannelsMax bounds the channels of one subscriber; default 10,000.
	ChannelsMax int
}

// Feed tells its subscriptions what changes. It is safe for concurrent use.
type Feed struct {
	options Options
	cancel  context.CancelFunc
	done    chan struct{}
	wanted  chan struct{} // somebody listens; capacity 1

	mu       sync.Mutex // before a Subscription's
	channels map[*channel]struct{}
	routes   map[string]*route // by the definition's name
	epoch    uint64            // of the definitions that routes are made of
	index    uint64            // of the log, up to which the catalog is known
	read     event.Sequence    // what was told
	events   []told            // of the goroutine, reused
}

// route is who follows one definition.
type route struct {
	definition *projection.Definition
	all        map[*channel]struct{}
	entities   map[event.Entity]map[*channel]struct{}
}

// Open starts a feed; Close ends it.
func Open(o Options) *Feed {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.ChangesMax == 0 {
		o.ChangesMax = changesMaxDefault
	}
	if o.ChannelsMax == 0 {
		o.ChannelsMax = channelsMaxDefault
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &Feed{
		options: o, cancel: cancel, done: make(chan struct{}), wanted: make(chan struct{}, 1),
		channels: map[*channel]struct{}{}, routes: map[string]*route{},
	}
	go f.run(ctx)
	return f
}

// Close ends the feed: subscriptions are told nothing more.
func (f *Feed) Close() error {
	f.cancel()
	<-f.done
	return nil
}

// Subscribe returns a subscription to no channel yet.
func (f *Feed) Subscribe() *Subscription {
	return &Subscription{feed: f, ready: make(chan struct{}, 1), channels: map[string]*channel{}}
}

// add makes a channel known. It is told of what the log gets after this moment.
func (f *Feed) add(c *channel) {
	f.mu.Lock()
	defer f.mu.Unlock()
	index, cut := f.options.Log.Position()
	if len(f.channels) == 0 {
		f.index, f.read, f.epoch = index, cut.Sequence, f.options.Definitions.Epoch()
		f.want()
	}
	c.since = cut.Sequence
	f.channels[c] = struct{}{}
	c.definition, c.entity = projection.ChannelTarget(c.name, f.options.Definitions.Lookup)
	f.route(c)
}

func (f *Feed) want() {
	select {
	case f.wanted <- struct{}{}:
	default:
	}
}

func (f *Feed) remove(c *channel) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.channels, c)
	f.unroute(c)
}

// route lets the events of its definition find a channel.
func (f *Feed) route(c *channel) {
	if c.definition == nil {
		return
	}
	r := f.routes[c.definition.Name]
	if r == nil {
		r = &route{all: map[*channel]struct{}{}, entities: map[event.Entity]map[*channel]struct{}{}}
		f.routes[c.definition.Name] = r
	}
	r.definition = c.definition
	if c.entity == "" {
		r.all[c] = struct{}{}
		return
	}
	if r.entities[c.entity] == nil {
		r.entities[c.entity] = map[*channel]struct{}{}
	}
	r.entities[c.entity][c] = struct{}{}
}

func (f *Feed) unroute(c *channel) {
	if c.definition == nil {
		return
	}
	r := f.routes[c.definition.Name]
	delete(r.all, c)
	delete(r.entities[c.entity], c)
	if len(r.entities[c.entity]) == 0 {
		delete(r.entities, c.entity)
	}
	if len(r.all)+len(r.entities) == 0 {
		delete(f.routes, c.definition.Name)
	}
}
