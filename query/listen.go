package query

import (
	"context"
	"encoding/json"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/wire/sqlstate"
)

const (
	// channelBytesMax bounds the name of a channel: a projection, a colon, an entity.
	channelBytesMax = 2048
	listenAsksMax   = 10_000 // in one transaction
)

// Subscription tells one session of the changes that it listens to. Listen,
// Unlisten and Close are called by the session; the rest by anybody.
type Subscription interface {
	// Listen follows a channel from now on. Error: 54000.
	Listen(channel string) error
	Unlisten(channel string)
	// Ready receives when there are changes to take.
	Ready() <-chan struct{}
	// Changes takes what waits.
	Changes() []projection.Change
	Close()
}

// Notification is what a client is told of a change.
type Notification struct{ Channel, Payload string }

// listening is what a session listens to. Like PostgreSQL's, it changes when a
// transaction commits.
type listening struct {
	subscription Subscription // nil until the first LISTEN
	channels     []string     // in effect, in the order of LISTEN
	asked        []listenAsk  // of the transaction
}

// listenAsk is one LISTEN or UNLISTEN of a transaction.
type listenAsk struct {
	channel string // "": all
	begin   bool
}

// Notified receives when there are notifications to take; nil while the session
// has never listened. It is called by whoever uses the session, the channel may be
// waited for by anybody.
func (s *Session) Notified() <-chan struct{} {
	if s.listening.subscription == nil {
		return nil
	}
	return s.listening.subscription.Ready()
}

// Notifications takes what there is to tell. Once Notified has returned a channel
// it may be called by anybody; outside of transactions, says the protocol.
func (s *Session) Notifications() []Notification {
	changes := s.listening.subscription.Changes()
	all := make([]Notification, 0, len(changes))
	for i := range changes {
		if s.mayHear(&changes[i]) {
			all = append(all, Notification{Channel: changes[i].Channel, Payload: payload(&changes[i])})
		}
	}
	return all
}

// mayHear reports whether the role may read what it is to be told of, as it is by now.
func (s *Session) mayHear(c *projection.Change) bool {
	r := s.may()
	if r.all {
		return true
	}
	d, _ := projection.ChannelTarget(c.Channel, r.catalog.Lookup)
	return d == nil && c.Entity == "" || d != nil && s.mayRead(d.Name) == nil
}

// payload is a change as JSON; null says that all states are to be read anew.
func payload(c *projection.Change) string {
	p := struct {
		Entity     *string `json:"entity"`
		Generation *uint64 `json:"generation"`
		HLC        uint64  `json:"hlc"`
	}{HLC: uint64(c.HLC)}
	if c.Entity != "" {
		entity, generation := string(c.Entity), uint64(c.Generation)
		p.Entity, p.Generation = &entity, &generation
	}
	text, _ := json.Marshal(&p) // strings and numbers always encode
	return string(text)
}

// listenCommand is LISTEN, unlistenCommand is UNLISTEN ("" = all).
type (
	listenCommand   struct{ channel string }
	unlistenCommand struct{ channel string }
)

func bindListen(c *compiled, n *pg.ListenStmt) error {
	channel := c.statement.Channel(n.GetConditionname())
	if len(channel) > channelBytesMax {
		return sqlstate.New(sqlstate.InvalidParameterValue, "channel name too long")
	}
	c.command = listenCommand{channel}
	return nil
}

func bindUnlisten(c *compiled, n *pg.UnlistenStmt) error {
	k := unlistenCommand{}
	if n.GetConditionname() != "" {
		k.channel = c.statement.Channel(n.GetConditionname())
	}
	c.command = k
	return nil
}

func (k listenCommand) run(_ context.Context, s *Session, x *call) (result, error) {
	if s.server.options.Follow == nil {
		return result{}, sqlstate.New(sqlstate.FeatureNotSupported, "LISTEN is not supported by this node")
	}
	if d, _ := projection.ChannelTarget(k.channel, s.catalog().Lookup); d == nil {
		if err := s.notice(x.out, "channel %q names no projection yet", k.channel); err != nil {
			return result{}, err
		}
	}
	return result{tag: "LISTEN"}, s.listening.ask(listenAsk{channel: k.channel, begin: true})
}

func (k unlistenCommand) run(_ context.Context, s *Session, _ *call) (result, error) {
	return result{tag: "UNLISTEN"}, s.listening.ask(listenAsk{channel: k.channel})
}

// ask keeps what is to take effect at COMMIT.
func (l *listening) ask(a listenAsk) error {
	if len(l.asked) >= listenAsksMax {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "more than %d LISTEN and UNLISTEN in a transaction", listenAsksMax)
	}
	l.asked = append(l.asked, a)
	return nil
}

// beginListening follows what the transaction has asked for before it commits, so
// that its own appends are told of too. It returns what to stop if it fails.
func (s *Session) beginListening() (begun []string, err error) {
	l := &s.listening
	for _, ask := range l.asked {
		if !ask.begin || slices.Contains(l.channels, ask.channel) || slices.Contains(begun, ask.channel) {
			continue
		}
		if l.subscription == nil {
			l.subscription = s.server.options.Follow()
		}
		if err := l.subscription.Listen(ask.channel); err != nil {
			l.stop(begun)
			return nil, err
		}
		begun = append(begun, ask.channel)
	}
	return begun, nil
}

func (l *listening) stop(channels []string) {
	for _, c := range channels {
		l.subscription.Unlisten(c)
	}
}

// commit lets what the transaction has asked for take effect; begun is what
// beginListening began.
func (l *listening) commit(begun []string) {
	if len(l.asked) == 0 {
		return
	}
	wanted := slices.Clone(l.channels)
	for _, ask := range l.asked {
		switch at := slices.Index(wanted, ask.channel); {
		case ask.channel == "":
			wanted = nil
		case ask.begin && at < 0:
			wanted = append(wanted, ask.channel)
		case !ask.begin && at >= 0:
			wanted = slices.Delete(wanted, at, at+1)
		}
	}
	for _, c := range slices.Concat(l.channels, begun) {
		if !slices.Contains(wanted, c) {
			l.subscription.Unlisten(c)
		}
	}
	l.channels, l.asked = wanted, nil
}

func (l *listening) close() {
	if l.subscription != nil {
		l.subscription.Close()
	}
}
