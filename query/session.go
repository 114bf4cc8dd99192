package query

import (
	"context"
	"strconv"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/freshness"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/settings"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/walk"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Session executes what one connection asks. One goroutine uses it at a time.
type Session struct {
	server   *Server
	start    Startup
	rights   rights
	text     string // what the client sent, while it runs
	settings *settings.Settings
	reported [][2]string // what the client was told last

	// derived from settings; see refresh
	seen          uint64
	seenRoles     *role.Set
	untold        bool // the client may have to be told of it
	env           *types.Env
	user          string // the current role
	asDefiner     bool   // it is that of a SECURITY DEFINER function's owner
	asSystem      bool   // who is who owns what no role does
	sessionUser   string
	freshness     projection.Freshness // of the setting
	schemas       []string             // the effective search path
	beforeOwn     []string             // those of it that are searched before the session's own objects
	signature     string               // the settings that plans depend on
	relaySettings string               // those that another node's session needs
	timeout       time.Duration
	limits        exec.Limits
	readsAhead    bool
	modes         transactionModes // of the next transaction
	// How long the client may be silent, outside a transaction and in one; 0: as long as it likes.
	idleOutside, idleInTx time.Duration

	message    context.Context // of the client's last message, or its statement that runs: it ends what is planned for it
	plansUntil time.Time       // statement_timeout for what is planned before it runs; zero: nothing is yet

	tx      transaction
	parsed  time.Time // what is taken for now before the transaction begins
	at      time.Time // the clock as it was read last, at a message or a statement's end; zero: that is long ago
	tables  *temptable.Tables
	objects objects
	own     ownFunctions
	// uncommitted are the functions of a catalog that the session's transaction alone sees.
	uncommitted *lastingFunctions
	routines    map[string]*routine // functions in SQL that are run, by their types
	nested      *nesting            // the statement that runs is one of a function; nil: it is the client's
	publicly    bool                // strings that are bodies of functions mean what they mean to all sessions
	// routineDepth is the number of functions in SQL that run, one within the other.
	routineDepth int
	// routinesBegun is that of those that are compiled.
	routinesBegun int

	relationOf  map[uint32]*plan.Relation // of the temporary tables, by OID
	relationsAt uint64                    // the Shapes that relationOf is of
	listening   listening
	statements  map[string]prepared
	portals     map[string]*portal
	unnamed     portal // the unnamed portal, kept to spare allocations
	shapes      shapeCache
	shaper      parse.Shaper
	literals    []types.Datum // of the hot statement, reused
	row         []byte        // the frame of the row being sent
	point       pointMemory
	ahead       seenAhead
	walks       *walk.Walks // nil: there was none

	floor   event.Sequence // what the session has read or appended
	lastHLC hlc.Timestamp

	lastSequence *temptable.Sequence // that nextval was asked of
	random       expr.Random
	activity     *activity // nil: another node's session
	last         outcomeRecord
	waiting      []notice // told when the client can be
	asked        asked
}

func newSession(server *Server, start Startup, set *settings.Settings) *Session {
	s := &Session{
		server: server, start: start, settings: set,
		statements: map[string]prepared{}, portals: map[string]*portal{},
		seen: ^uint64(0), tx: transaction{state: idle},
		tables: temptable.New(server.options.TempBytesMax), relationOf: map[uint32]*plan.Relation{}, routines: map[string]*routine{},
	}
	s.tables.Schema = temptable.Schema + "_" + strconv.FormatUint(uint64(start.ProcessID), 10)
	s.tables.Quote, s.tables.Derive = expr.QuoteIdent, s.deriveKey
	if !s.ofNode() {
		s.activity = server.activities.add(start, s.now())
	}
	set.Govern(s.mayBecome, func() bool { return s.may().all })
	s.refresh()
	s.reported, s.untold = set.Reported(), false
	if hook := server.options.Hooks.Session; hook != nil {
		hook(1)
	}
	return s
}

// Status is the transaction status byte: 'I', 'T' or 'E'.
func (s *Session) Status() byte {
	switch s.tx.state {
	case block:
		return 'T'
	case failed:
		return 'E'
	}
	return 'I'
}

// IdleTimeout is how long the client may be silent now: idle_session_timeout, or in a transaction
// idle_in_transaction_session_timeout; 0 = as long as it likes.
func (s *Session) IdleTimeout() time.Duration {
	if s.tx.state == idle {
		return s.idleOutside
	}
	return s.idleInTx
}

// Close rolls back and releases everything.
func (s *Session) Close() {
	s.rollback()
	for _, p := range s.portals { // cursors WITH HOLD
		p.close()
	}
	s.walks.Close()
	s.tables.Close()
	s.listening.close()
	s.server.activities.remove(s.activity)
	if hook := s.server.options.Hooks.Session; hook != nil {
		hook(-1)
	}
}

// refresh recomputes what follows from the settings and the roles, if they changed.
func (s *Session) refresh() {
	_ = s.rebase() // a statement that may not go on hears of it
	s.settle()
}

// settle is refresh in the midst of a statement.
func (s *Session) settle() {
	roles := s.roles()
	if s.seen == s.settings.Changes() && s.seenRoles == roles {
		return
	}
	s.seen, s.seenRoles, s.untold = s.settings.Changes(), roles, true
	if s.sessionUser = s.settings.Raw("session_authorization"); !s.asDefiner {
		s.user = s.sessionUser
		if current := s.settings.Raw("role"); current != "none" {
			s.user = current
		}
		s.settings.Derive("is_superuser", onOff(s.may().all))
	}
	s.env = textEnv(s.settings)
	s.env.Registry = catalog.Registry{Session: &source{session: s}}
	s.env.Warn = func(w *sqlstate.Error) { s.waiting = append(s.waiting, notice{"WARNING", w}) }
	s.schemas, s.beforeOwn = schemas(s.settings.Raw("search_path"), s.tables.Schema)
	s.signature = signature(s.settings)
	s.relaySettings = relaySettings(s.settings)
	s.timeout = milliseconds(s.settings.Raw("statement_timeout"))
	s.idleOutside = milliseconds(s.settings.Raw("idle_session_timeout"))
	s.idleInTx = milliseconds(s.settings.Raw("idle_in_transaction_session_timeout"))
	s.limits = limits(s.settings, &s.server.options)
	s.freshness = s.settingFreshness()
	s.readsAhead = s.settings.On(readAheadSetting)
	s.modes = s.defaultModes()
	s.activity.named(s.settings.Raw("application_name"))
}

// settingFreshness is what the setting projsql.freshness says; its value was
// checked when it was set.
func (s *Session) settingFreshness() projection.Freshness {
	spec, err := parse.ParseFreshness(s.settings.Raw(freshnessSetting))
	if err == nil {
		if f, err := freshness.Fixed(s.env, spec); err == nil {
			return f
		}
	}
	return projection.Freshness{Level: projection.Consistent, Wait: projection.WaitDefault}
}

// report tells the client which reported settings changed.
func (s *Session) report(out Out) error {
	s.refresh()
	if !s.untold {
		return nil
	}
	s.untold = false
	now := s.settings.Reported()
	for i, p := range now {
		if p == s.reported[i] {
			continue
		}
		s.reported[i] = p
		if err := out.Parameter(p[0], p[1]); err != nil {
			return err
		}
	}
	return nil
}

// now is the server's clock.
func (s *Session) now() time.Time { return s.server.options.Now() }

// advance raises the session's floor: later reads see at least this much.
func (s *Session) advance(seq event.Sequence, stamp hlc.Timestamp) {
	s.floor = max(s.floor, seq)
	s.lastHLC = max(s.lastHLC, stamp)
}

// notice is what is told beside an answer.
type notice struct {
	severity string
	text     *sqlstate.Error
}

// tellWaiting sends what was found before there was somebody to tell.
func (s *Session) tellWaiting(out Out) error {
	for _, n := range s.waiting {
		if err := s.tell(out, n); err != nil {
			return err
		}
	}
	s.waiting = s.waiting[:0]
	return nil
}

// warn sends a warning.
func (s *Session) warn(out Out, code sqlstate.Code, format string, args ...any) error {
	return s.tell(out, notice{"WARNING", sqlstate.New(code, format, args...)})
}

// notice sends a notice.
func (s *Session) notice(out Out, format string, args ...any) error {
	return s.noticeOf(out, sqlstate.SuccessfulCompletion, format, args...)
}

func (s *Session) noticeOf(out Out, code sqlstate.Code, format string, args ...any) error {
	return s.tellNotice(out, sqlstate.New(code, format, args...))
}

func (s *Session) tellNotice(out Out, n *sqlstate.Error) error {
	return s.tell(out, notice{"NOTICE", n})
}

// skips tells that a statement does nothing.
func (s *Session) skips(x *call, code sqlstate.Code, format string, args ...any) error {
	return s.noticeOf(x.out, code, format, args...)
}

// tell sends a notice, unless the client wants to hear of graver things alone.
func (s *Session) tell(out Out, n notice) error {
	switch least := s.settings.Raw("client_min_messages"); {
	case least == "error", least == "warning" && n.severity == "NOTICE":
		return nil
	}
	return out.Notice(n.severity, n.text)
}

// interrupted is why the client's statement is to be planned no further.
func (s *Session) interrupted() error {
	switch {
	case s.message != nil && s.message.Err() != nil:
		return canceled(s.message)
	case !s.plansUntil.IsZero() && s.now().After(s.plansUntil):
		return errStatementTimeout
	}
	return nil
}

// within bounds a statement by statement_timeout.
func (s *Session) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.timeout <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, s.timeout, errStatementTimeout)
}
