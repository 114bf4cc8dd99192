package query

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/types"
)

// shownQueryBytesMax bounds what pg_stat_activity shows of a query, as PostgreSQL's
// track_activity_query_size does.
const shownQueryBytesMax = 1023

// activity is what all sessions may know of one. The session's goroutine writes it, any reads
// it. That of a nil *activity is nobody's: nothing is kept.
type activity struct {
	known catalog.Backend // what does not change

	mu      sync.Mutex
	name    string // application_name
	state   string
	query   []byte    // of the last statement; reused
	started time.Time // the query
	changed time.Time // the state
	block   time.Time // when the transaction began; zero: there is none
}

// activities are those of a server's clients.
type activities struct {
	mu  sync.Mutex
	all map[*activity]struct{}
}

func (a *activities) add(start Startup, now time.Time) *activity {
	made := &activity{state: "idle", changed: now, known: catalog.Backend{
		PID: start.ProcessID, User: start.User, Began: now, Encryption: start.Encryption,
		Cancel: start.Cancel, End: start.End,
	}}
	made.known.Client, _ = types.ParseEndpoint(start.Remote)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = map[*activity]struct{}{}
	}
	a.all[made] = struct{}{}
	return made
}

func (a *activities) remove(gone *activity) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.all, gone)
}

// of counts the sessions of a user.
func (a *activities) of(user string) (n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for one := range a.all {
		if one.known.User == user {
			n++
		}
	}
	return n
}

// list are the backends of this moment, by the time that they began.
func (a *activities) list() []catalog.Backend {
	a.mu.Lock()
	defer a.mu.Unlock()
	all := make([]catalog.Backend, 0, len(a.all))
	for one := range a.all {
		all = append(all, one.shown())
	}
	slices.SortFunc(all, func(a, b catalog.Backend) int {
		return cmp.Or(a.Began.Compare(b.Began), cmp.Compare(a.PID, b.PID))
	})
	return all
}

func (a *activity) shown() catalog.Backend {
	a.mu.Lock()
	defer a.mu.Unlock()
	b := a.known
	b.Application, b.State, b.Query = a.name, a.state, string(a.query)
	b.Transaction, b.Started, b.Changed = a.block, a.started, a.changed
	return b
}

// named says what the client calls itself.
func (a *activity) named(name string) {
	if a == nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.name = strings.Clone(name)
}

// runs says that a statement begins, and a transaction with it unless there is one.
func (s *Session) runs(sql string) {
	a := s.activity
	if a == nil {
		s.at = s.server.started.Add(s.server.uptime()) // nobody asks for the time of day
		return
	}
	s.at = s.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	a.state, a.started, a.changed = "active", s.at, s.at
	a.query = append(a.query[:0], clipped(sql, shownQueryBytesMax)...)
	if s.tx.state == idle {
		a.block = s.at
	}
}

// rests says that the session waits for its client.
func (s *Session) rests() {
	a := s.activity
	if a == nil {
		return
	}
	if s.at.IsZero() {
		s.at = s.now()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.changed, s.at = s.at, time.Time{}
	switch s.tx.state {
	case block:
		a.state = "idle in transaction"
	case failed:
		a.state = "idle in transaction (aborted)"
	default:
		a.state, a.block = "idle", time.Time{}
	}
}

// clipped is the beginning of a text, of whole characters.
func clipped(sql string, bytesMax int) string {
	if len(sql) <= bytesMax {
		return sql
	}
	end := bytesMax
	for end > 0 && !utf8.RuneStart(sql[end]) {
		end--
	}
	return sql[:end]
}

// Backends implements catalog.Session. The transaction of the session itself began when its
// now() says.
func (r *source) Backends() []catalog.Backend {
	all := r.session.server.activities.list()
	for i := range all {
		if all[i].PID == r.session.start.ProcessID {
			all[i].Transaction = r.session.txStart()
		}
	}
	return all
}
