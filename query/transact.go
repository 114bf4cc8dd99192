package query

import (
	"context"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/wire/sqlstate"
)

// beginCommand is BEGIN and START TRANSACTION.
type beginCommand struct {
	tag   string
	modes modeChange
}

// commitCommand is COMMIT and END, rollbackCommand ROLLBACK and ABORT.
type (
	commitCommand   struct{ chain bool }
	rollbackCommand struct{ chain bool }
)

// savepointCommand is SAVEPOINT, RELEASE and ROLLBACK TO.
type savepointCommand struct {
	kind pg.TransactionStmtKind
	name string
}

func bindTransaction(c *compiled, n *pg.TransactionStmt) error {
	c.shared = true
	switch n.GetKind() {
	case pg.TransactionStmtKind_TRANS_STMT_BEGIN, pg.TransactionStmtKind_TRANS_STMT_START:
		tag := "BEGIN"
		if n.GetKind() == pg.TransactionStmtKind_TRANS_STMT_START {
			tag = "START TRANSACTION"
		}
		modes, err := modeChangeOf(c, n.GetOptions())
		c.command = &beginCommand{tag: tag, modes: modes}
		return err
	case pg.TransactionStmtKind_TRANS_STMT_COMMIT:
		c.command = &commitCommand{chain: n.GetChain()}
	case pg.TransactionStmtKind_TRANS_STMT_ROLLBACK:
		c.command = &rollbackCommand{chain: n.GetChain()}
	case pg.TransactionStmtKind_TRANS_STMT_SAVEPOINT, pg.TransactionStmtKind_TRANS_STMT_RELEASE, pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
		c.command = &savepointCommand{kind: n.GetKind(), name: n.GetSavepointName()}
	case pg.TransactionStmtKind_TRANS_STMT_PREPARE:
		c.command = prepareTransaction{}
	default:
		return unsupported(c.sql, int32(c.statement.Start), "two-phase commit is not supported")
	}
	return nil
}

// prepareTransaction is PREPARE TRANSACTION, which ends a block by its error.
type prepareTransaction struct{}

func (prepareTransaction) run(_ context.Context, s *Session, x *call) (result, error) {
	if s.tx.state != block {
		return result{tag: "ROLLBACK"}, s.warn(x.out, sqlstate.NoActiveSQLTransaction, "there is no transaction in progress")
	}
	touched := s.tables.Mark() > 0 || !s.tables.None()
	s.rollback()
	if touched {
		return result{}, sqlstate.New(sqlstate.FeatureNotSupported, "cannot PREPARE a transaction that has operated on temporary objects")
	}
	return result{}, unsupported(x.sql, int32(x.statement.Start), "two-phase commit is not supported")
}

// modeChange is a list of transaction modes; nil means not said.
type modeChange struct {
	isolation  *string
	readOnly   *bool
	deferrable *bool
}

// modeChangeOf reads transaction modes. Every isolation level is accepted: reads
// of a block are at one position whatever it says.
func modeChangeOf(c *compiled, options []*pg.Node) (modeChange, error) {
	var m modeChange
	for _, o := range options {
		d := o.GetDefElem()
		switch d.GetDefname() {
		case "transaction_isolation":
			level := parse.ConstText(d.GetArg())
			m.isolation = &level
		case "transaction_read_only":
			on := isTrue(d.GetArg())
			m.readOnly = &on
		case "transaction_deferrable":
			on := isTrue(d.GetArg())
			m.deferrable = &on
		default:
			return m, unsupported(c.sql, d.GetLocation(), "transaction mode %s is not supported", d.GetDefname())
		}
	}
	return m, nil
}

func isTrue(n *pg.Node) bool {
	switch parse.ConstText(n) {
	case "1", "true", "on":
		return true
	}
	return false
}

func (m *modeChange) apply(to *transactionModes) {
	if m.isolation != nil {
		to.isolation = *m.isolation
	}
	if m.readOnly != nil {
		to.readOnly = *m.readOnly
	}
	if m.deferrable != nil {
		to.deferrable = *m.deferrable
	}
}

func (k *beginCommand) run(_ context.Context, s *Session, x *call) (result, error) {
	if s.tx.state == block {
		if err := s.warn(x.out, sqlstate.ActiveSQLTransaction, "there is already a transaction in progress"); err != nil {
			return result{}, err
		}
	} else {
		s.tx.state = block // what an implicit transaction did so far is part of it
	}
	k.modes.apply(&s.tx.modes)
	return done(k.tag)
}

func (*commitCommand) endsBlock() bool { return true }

func (k *commitCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	modes := s.tx.modes
	switch s.tx.state {
	case failed:
		s.rollback()
		s.chain(k.chain, modes)
		return done("ROLLBACK")
	case block:
	default:
		if err := s.outsideBlock(x.out, k.chain, "COMMIT AND CHAIN"); err != nil {
			return result{}, err
		}
	}
	if err := s.commit(ctx); err != nil {
		return result{}, err
	}
	s.chain(k.chain, modes)
	return done("COMMIT")
}

func (*rollbackCommand) endsBlock() bool { return true }

func (k *rollbackCommand) run(_ context.Context, s *Session, x *call) (result, error) {
	modes := s.tx.modes
	if s.tx.state == implicit {
		if err := s.outsideBlock(x.out, k.chain, "ROLLBACK AND CHAIN"); err != nil {
			return result{}, err
		}
	}
	s.rollback()
	s.chain(k.chain, modes)
	return done("ROLLBACK")
}

// outsideBlock tells that there is no block to end.
func (s *Session) outsideBlock(out Out, chain bool, command string) error {
	if chain {
		return sqlstate.New(sqlstate.NoActiveSQLTransaction, "%s can only be used in transaction blocks", command)
	}
	return s.warn(out, sqlstate.NoActiveSQLTransaction, "there is no transaction in progress")
}

// chain begins a block with the modes of the one that ended.
func (s *Session) chain(chain bool, modes transactionModes) {
	if chain {
		s.begin(block)
		s.tx.modes = modes
	}
}

func (k *savepointCommand) endsBlock() bool {
	return k.kind == pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO
}

func (k *savepointCommand) run(_ context.Context, s *Session, _ *call) (result, error) {
	tag, name := "SAVEPOINT", "SAVEPOINT"
	switch k.kind {
	case pg.TransactionStmtKind_TRANS_STMT_RELEASE:
		tag, name = "RELEASE", "RELEASE SAVEPOINT"
	case pg.TransactionStmtKind_TRANS_STMT_ROLLBACK_TO:
		tag, name = "ROLLBACK", "ROLLBACK TO SAVEPOINT"
	}
	if s.tx.state == implicit {
		return result{}, sqlstate.New(sqlstate.NoActiveSQLTransaction, "%s can only be used in transaction blocks", name)
	}
	if tag == "SAVEPOINT" {
		return result{tag: tag}, s.save(k.name)
	}
	i := s.savepoint(k.name)
	if i < 0 {
		return result{}, sqlstate.New(sqlstate.InvalidSavepointSpecification, "savepoint %q does not exist", k.name)
	}
	if tag == "RELEASE" {
		s.tx.modes = s.tx.savepoints[i].modes
		s.tx.savepoints = s.tx.savepoints[:i]
		return done(tag)
	}
	s.rollbackTo(i)
	return done(tag)
}

func (s *Session) save(name string) error {
	if len(s.tx.savepoints) >= savepointsMax {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "more than %d savepoints", savepointsMax)
	}
	open := map[string]bool{}
	for name := range s.portals {
		open[name] = true
	}
	s.tx.savepoints = append(s.tx.savepoints, savepoint{
		name: name, drafts: len(s.tx.pending.Drafts), defined: s.tx.defined, asserted: len(s.tx.assertions), settings: s.settings.Mark(), tables: s.tables.Mark(), portals: open, modes: s.tx.modes,
		asked: len(s.listening.asked),
	})
	return nil
}

// savepoint finds the newest savepoint of a name; -1 if there is none.
func (s *Session) savepoint(name string) int {
	for i := len(s.tx.savepoints) - 1; i >= 0; i-- {
		if s.tx.savepoints[i].name == name {
			return i
		}
	}
	return -1
}

// rollbackTo undoes what was done since savepoint i, which stays.
func (s *Session) rollbackTo(i int) {
	p := s.tx.savepoints[i]
	s.tx.savepoints = s.tx.savepoints[:i+1]
	s.tx.pending.Truncate(p.drafts)
	s.tx.defined = p.defined
	s.tx.assertions = s.tx.assertions[:p.asserted]
	s.settings.Rollback(p.settings)
	s.tables.Rollback(p.tables)
	s.tx.modes = p.modes
	s.listening.asked = s.listening.asked[:p.asked]
	for name, cursor := range s.portals {
		if !p.portals[name] {
			cursor.close()
			delete(s.portals, name)
		}
	}
	s.tx.state = block
}

// setTransaction is SET TRANSACTION and SET SESSION CHARACTERISTICS.
type setTransaction struct {
	modes   modeChange
	session bool
}

func bindSetMulti(c *compiled, n *pg.VariableSetStmt) error {
	switch n.GetName() {
	case "TRANSACTION", "SESSION CHARACTERISTICS":
	case "TRANSACTION SNAPSHOT":
		return bindSetSnapshot(c, n)
	default:
		return unsupported(c.sql, int32(c.statement.Start), "SET %s is not supported", n.GetName())
	}
	modes, err := modeChangeOf(c, n.GetArgs())
	c.command = &setTransaction{modes: modes, session: n.GetName() != "TRANSACTION"}
	return err
}

func (k *setTransaction) run(_ context.Context, s *Session, x *call) (result, error) {
	if k.session {
		return result{tag: "SET"}, s.setDefaultModes(k.modes)
	}
	if s.tx.state != block && s.tx.alone {
		if err := s.warn(x.out, sqlstate.NoActiveSQLTransaction, "SET TRANSACTION can only be used in transaction blocks"); err != nil {
			return result{}, err
		}
	}
	return result{tag: "SET"}, s.changeModes(k.modes)
}

func (s *Session) setDefaultModes(m modeChange) error {
	for name, value := range map[string]string{
		"default_transaction_isolation":  orEmpty(m.isolation),
		"default_transaction_read_only":  flag(m.readOnly),
		"default_transaction_deferrable": flag(m.deferrable),
	} {
		if value == "" {
			continue
		}
		if err := s.settings.Set(name, value, false); err != nil {
			return err
		}
	}
	return nil
}

func orEmpty(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func flag(b *bool) string {
	if b == nil {
		return ""
	}
	return onOff(*b)
}

// begun reports whether the transaction has done anything.
func (s *Session) begun() bool {
	return s.tx.cutFixed || s.tx.queried || len(s.tx.pending.Drafts) > 0
}

// changeModes changes the modes of the running transaction as far as its
// statements allow.
func (s *Session) changeModes(m modeChange) error {
	begun := s.begun()
	if len(s.tx.savepoints) > 0 && m.readOnly != nil && !*m.readOnly && s.tx.modes.readOnly {
		return sqlstate.New(sqlstate.ActiveSQLTransaction, "cannot set transaction read-write mode inside a read-only transaction")
	}
	if begun && m.readOnly != nil && !*m.readOnly && s.tx.modes.readOnly {
		return sqlstate.New(sqlstate.ActiveSQLTransaction, "transaction read-write mode must be set before any query")
	}
	if begun && m.isolation != nil && *m.isolation != s.tx.modes.isolation {
		return sqlstate.New(sqlstate.ActiveSQLTransaction, "SET TRANSACTION ISOLATION LEVEL must be called before any query")
	}
	m.apply(&s.tx.modes)
	return nil
}

// setTransactionMode is SET of one of the transaction_ parameters.
func (s *Session) setTransactionMode(k *setCommand) error {
	value := k.value
	p, _ := s.settings.Lookup(k.name)
	if k.reset {
		value = p.Default
	}
	v, err := p.Parse(value)
	if err != nil {
		return err
	}
	var m modeChange
	on := v == "on"
	switch strings.ToLower(k.name) {
	case "transaction_isolation":
		m.isolation = &v
	case "transaction_read_only":
		m.readOnly = &on
	default:
		m.deferrable = &on
	}
	return s.changeModes(m)
}

// discardCommand is DISCARD.
type discardCommand struct{ target pg.DiscardMode }

func (k *discardCommand) run(_ context.Context, s *Session, _ *call) (result, error) {
	switch k.target {
	case pg.DiscardMode_DISCARD_PLANS:
		s.shapes = shapeCache{}
		return done("DISCARD PLANS")
	case pg.DiscardMode_DISCARD_SEQUENCES:
		s.lastSequence = nil
		for _, q := range s.tables.Sequences() {
			q.Forget()
		}
		return done("DISCARD SEQUENCES")
	case pg.DiscardMode_DISCARD_TEMP:
		s.dropTables()
		return done("DISCARD TEMP")
	}
	if s.tx.state == block || !s.tx.alone && !s.tx.closing {
		return result{}, sqlstate.New(sqlstate.ActiveSQLTransaction, "DISCARD ALL cannot run inside a transaction block")
	}
	s.closeCursors()
	s.settings.ResetAll()
	clear(s.statements)
	s.shapes = shapeCache{}
	s.dropTables()
	return result{tag: "DISCARD ALL"}, s.listening.ask(listenAsk{})
}
