package query

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/appends"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// txState is where a session stands in a transaction.
type txState uint8

const (
	idle     txState = iota + 1
	implicit         // statements since the last Sync, or of one Query
	block            // between BEGIN and COMMIT
	failed           // a block after an error
)

// transaction is the state of a session's transaction. Appends wait in pending
// until it commits; reads of a block are at one cut.
type transaction struct {
	state    txState
	started  time.Time
	alone    bool // implicit, and known to be of one statement
	closing  bool // the running statement is the last of its query string
	cut      projection.Cut
	cutFixed bool
	queried  bool // a query has been run
	pending  appends.Pending
	defined  *defined // nil: nothing
	// definitions is how many statements have changed the catalog, also those that were rolled back.
	definitions uint64
	assertions  []*held
	savepoints  []savepoint
	modes       transactionModes
}

// transactionModes are what BEGIN and SET TRANSACTION say.
type transactionModes struct {
	isolation  string
	readOnly   bool
	deferrable bool
}

// savepoint is a point of a transaction to go back to.
type savepoint struct {
	name     string
	drafts   int
	defined  *defined
	asserted int
	settings int
	tables   int
	portals  map[string]bool // open at it
	modes    transactionModes
	asked    int // LISTEN and UNLISTEN before it
}

var errAborted = sqlstate.New(sqlstate.InFailedSQLTransaction,
	"current transaction is aborted, commands ignored until end of transaction block")

// begin starts a transaction in the given state.
func (s *Session) begin(state txState) {
	s.tx.state = state
	s.tx.started, s.tx.queried = time.Time{}, false
	s.tx.modes = s.modes
}

func (s *Session) defaultModes() transactionModes {
	return transactionModes{
		isolation:  s.settings.Raw("default_transaction_isolation"),
		readOnly:   s.settings.On("default_transaction_read_only"),
		deferrable: s.settings.On("default_transaction_deferrable"),
	}
}

// txStart is the transaction's start, which now() answers.
func (s *Session) txStart() time.Time {
	if s.tx.started.IsZero() {
		s.tx.started = s.now()
	}
	return s.tx.started
}

// present is the start of the transaction, or that of the one to come for a statement that
// is being parsed.
func (s *Session) present() time.Time {
	if s.tx.state != idle {
		return s.txStart()
	}
	if s.parsed.IsZero() {
		s.parsed = s.now()
	}
	return s.parsed
}

// commit makes the transaction's appends durable and ends it. After an error the
// transaction is rolled back.
func (s *Session) commit(ctx context.Context) error {
	begun, err := s.beginListening()
	if err != nil {
		s.rollback()
		return err
	}
	held, err := s.holdCursors(ctx)
	if err == nil {
		err = s.appendPending(ctx)
	}
	if err != nil {
		for _, c := range held {
			c.held = false
		}
		s.listening.stop(begun)
		s.rollback()
		return err
	}
	s.settings.Commit()
	s.tables.Commit()
	s.listening.commit(begun)
	s.end()
	return nil
}

// appendPending commits the buffered appends and the changes of the catalog as one entry.
func (s *Session) appendPending(ctx context.Context) error {
	changes, err := s.tx.defined.commits()
	if err != nil || len(s.tx.pending.Drafts)+len(changes) == 0 {
		return err
	}
	if len(s.tx.assertions) > 0 && s.tx.defined.altersKinds() {
		return sqlstate.New(sqlstate.FeatureNotSupported, "a transaction that alters event kinds cannot assert anything").WithHint("Alter them before it.")
	}
	receipts, err := s.propose(ctx, event.Transaction{Drafts: s.tx.pending.Drafts, Changes: changes})
	var lost *event.RecordError
	for tries := 1; errors.As(err, &lost); tries++ {
		if tries == 1 {
			defer s.turn(ctx)()
		}
		if moved := s.rebase(); moved != nil || tries == alterTriesMax {
			return cmp.Or(moved, errLost(lost))
		}
		if changes, err = s.tx.defined.commits(); err != nil {
			return err
		}
		receipts, err = s.propose(ctx, event.Transaction{Drafts: s.tx.pending.Drafts, Changes: changes})
	}
	switch {
	case err != nil:
		return err
	case s.tx.defined != nil && s.tx.defined.first:
		s.start.Trusted, s.rights = true, rights{}
	}
	s.advanceTo(receipts)
	return nil
}

func (s *Session) advanceTo(receipts []event.Receipt) {
	for i := range receipts {
		s.advance(receipts[i].Sequence, receipts[i].HLC)
	}
}

// committed is the event that a draft became, with the columns that are told. Of an event that was in the log
// before these are its own, and not those of the draft.
func (s *Session) committed(ctx context.Context, d *event.Draft, r *event.Receipt, tells []bool) (*event.Event, error) {
	if !r.Duplicate || len(tells) == 0 || !tells[plan.EventOccurredAt] && !tells[plan.EventRecordedBy] {
		return appends.Committed(d, r), nil
	}
	cut, err := s.catchUp(ctx)
	if err != nil {
		return nil, sqlstate.New(sqlstate.StatementCompletionUnknown, "what is in the log could not be read").WithDetail("%v", err).
			WithHint("Retry with the same event ids: what was committed is not appended again.")
	}
	first, err := s.server.options.Backend.Log(cut).ByID(d.ID)
	if err != nil {
		return nil, err
	}
	return first.Clone(), nil
}

// rollback ends the transaction and undoes what it set.
func (s *Session) rollback() {
	s.settings.Rollback(0)
	s.tables.Rollback(0)
	s.end()
}

// end forgets the transaction; its portals die with it.
func (s *Session) end() {
	s.closePortals()
	t := &s.tx
	t.state, t.alone, t.cutFixed = idle, false, false
	t.savepoints, t.assertions = nil, nil
	t.defined, t.definitions, s.uncommitted = nil, 0, nil
	t.pending.Reset()
	s.listening.asked = nil
}

// fail is what an error does to the transaction.
func (s *Session) fail() {
	switch s.tx.state {
	case implicit:
		s.rollback()
	case block:
		s.tx.state = failed
		if len(s.tx.savepoints) == 0 {
			s.closePortals()
		}
	}
}

// readCut fixes what a statement reads. In a transaction all statements but AS OF
// ones read at the cut of the first; own says that they see the transaction's
// appends. A statement that reads one state alone may get an older one than the cut's,
// where f allows it; everything that another reads is at the cut.
func (s *Session) readCut(ctx context.Context, f projection.Freshness, alone bool) (c projection.Cut, own bool, err error) {
	if f.Level == projection.AtCut {
		c, err = s.givenCut(ctx, f)
		return c, false, err
	}
	if asOf(f.Level) {
		c, err = s.server.options.Backend.Cut(ctx, f, s.floor)
		return c, false, err
	}
	if s.tx.cutFixed {
		return s.tx.cut, true, s.covered(f)
	}
	c, err = s.server.options.Backend.Cut(ctx, f, s.floor)
	if err != nil {
		return c, false, err
	}
	if !alone {
		c.StaleMax = 0
	}
	if c.StaleMax == 0 {
		s.advance(c.Sequence, c.HLC)
	}
	if s.tx.state == block || len(s.tx.pending.Drafts) > 0 {
		c = s.keepCut(c)
	}
	return c, true, nil
}

// keepCut makes a cut that of all that the transaction reads from now on.
func (s *Session) keepCut(c projection.Cut) projection.Cut {
	if !s.tx.cutFixed {
		c.Newest, c.StaleMax = false, 0
		s.tx.cut, s.tx.cutFixed = c, true
	}
	return s.tx.cut
}

// covered checks AT LEAST against a cut that cannot move any more.
func (s *Session) covered(f projection.Freshness) error {
	if f.Level != projection.AtLeast || f.HLC <= s.tx.cut.HLC {
		return nil
	}
	return sqlstate.New(sqlstate.FreshnessNotMet, "transaction reads at a position before the required one").
		WithDetail("The transaction reads at %d, required is at least %d.", s.tx.cut.HLC, f.HLC).
		WithHint("Ask for the freshness in the first statement of the transaction.")
}

func asOf(l projection.Level) bool {
	return l == projection.AsOfHLC || l == projection.AsOfSequence || l == projection.AsOfOccurred
}

// seesOwn reports whether a statement that reads so sees what its transaction has appended.
func seesOwn(l projection.Level) bool { return l != projection.AtCut && !asOf(l) }

// writable refuses a write in a read-only transaction.
func (s *Session) writable(command string) error {
	if !s.tx.modes.readOnly {
		return nil
	}
	return sqlstate.New(sqlstate.ReadOnlySQLTransaction, "cannot execute %s in a read-only transaction", command)
}
