package query

import (
	"context"
	"errors"
	"slices"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/appends"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/guard"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// judgementsMax bounds how often the assertions of one commit are judged again: every
// time another transaction was faster.
const judgementsMax = 1000

// assertCommand is ASSERT condition [THEN INSERT …].
type assertCommand struct {
	assertion *assertion
	insert    inserting // nil: the assertion stands alone
}

// inserting appends events, which are judged before they go to the log.
type inserting interface {
	runJudged(ctx context.Context, s *Session, x *call, judge func(context.Context, []event.Draft) error) (result, error)
}

// held is an assertion that holds as far as it was judged.
type held struct {
	*assertion
	call   *call // its parameters are its own
	drafts int   // own appends before it, which it sees
	guards []event.Guard
	exact  bool // an event that a guard finds contradicts it
}

func (k *assertCommand) run(ctx context.Context, s *Session, x *call) (result, error) {
	if k.insert == nil {
		return result{tag: "ASSERT"}, s.assert(ctx, k.assertion, x)
	}
	asserted := false
	return k.insert.runJudged(ctx, s, x, func(ctx context.Context, drafts []event.Draft) error {
		if asserted { // the statement runs again, and the log judges
			return nil
		}
		err := s.assert(ctx, k.assertion, x)
		if err != nil {
			again, known := s.retried(ctx, drafts)
			if known != nil || !again {
				return errors.Join(err, known)
			}
		}
		asserted = true
		return nil
	})
}

// assert judges an assertion where the transaction reads, and keeps it for the commit.
func (s *Session) assert(ctx context.Context, a *assertion, x *call) error {
	h := &held{assertion: a, call: x.kept(), drafts: len(s.tx.pending.Drafts)}
	src := &source{session: s, freshness: s.latest()}
	if err := src.ready(ctx); err != nil {
		return err
	}
	switch found, holds, err := h.judge(ctx, src); {
	case err != nil:
		return err
	case !holds:
		return assertFailure(found)
	}
	if err := h.makeGuards(ctx, s, src.cut.Sequence); err != nil {
		return err
	}
	if s.guardCount()+len(h.guards) > event.GuardsMax {
		return sqlstate.New(sqlstate.ProgramLimitExceeded, "a transaction cannot have more than %d assertions", event.GuardsMax)
	}
	s.tx.assertions = append(s.tx.assertions, h)
	return nil
}

// kept is a call whose parameters outlive the statement.
func (x *call) kept() *call {
	values := make([]types.Datum, len(x.values))
	for i, v := range x.values {
		values[i] = types.Clone(v)
	}
	return &call{compiled: x.compiled, values: values}
}

// judge asks SQL whether the assertion holds. found is the event that contradicts it,
// where there is a single one.
func (h *held) judge(ctx context.Context, src *source) (found *event.GuardError, holds bool, err error) {
	q := h.query
	if h.find != nil {
		q = h.find
	}
	rows, err := src.session.openAt(ctx, h.call, q, src, queryOptions{})
	if err != nil {
		return nil, false, err
	}
	defer rows.close()
	batch, err := rows.next(ctx)
	switch {
	case err != nil:
		return nil, false, err
	case h.find == nil:
		v := batch[0][0]
		return nil, !v.IsNull() && v.Bool(), nil
	case len(batch) == 0:
		return nil, true, nil
	}
	return eventOfRow(batch[0]), false, nil
}

// eventOfRow names the event of a row of events.
func eventOfRow(row []types.Datum) *event.GuardError {
	e := &event.GuardError{
		Entity: event.Entity(row[plan.EventEntity].Str()), Version: event.Version(row[plan.EventVersion].Int()),
		Kind: event.Kind(row[plan.EventKind].Str()),
	}
	if v := row[plan.EventSequence]; !v.IsNull() {
		e.Sequence = event.Sequence(v.Int())
	}
	return e
}

// assertFailure is what an assertion that does not hold says at once. It is not for a
// retry: the transaction read what it failed on.
func assertFailure(found *event.GuardError) error {
	e := sqlstate.New(sqlstate.AssertFailure, "assertion failed")
	switch {
	case found == nil:
		return e
	case found.Sequence == 0:
		return e.WithDetail("Version %d of entity %q, kind %q, appended by this transaction.", found.Version, found.Entity, found.Kind)
	}
	return e.WithDetail("%s", found.SQLDetail())
}

// makeGuards makes the guards of an assertion that was judged up to a sequence.
func (h *held) makeGuards(ctx context.Context, s *Session, since event.Sequence) error {
	frame := &expr.Frame{Params: h.call.values, Env: s.surroundings(ctx)}
	reading := guard.Reading{
		Value:    func(e expr.Expr) (types.Datum, error) { return e.Compile(&expr.Compiler{})(frame) },
		Reshaped: h.call.catalog.Kinds().Upcast(),
	}
	h.exact, h.guards = h.find != nil, nil
	for _, where := range h.reads {
		g, err := guard.Of(where, reading)
		if err != nil {
			return err
		}
		if g.Never {
			continue
		}
		if !g.Indexed {
			return sqlstate.New(sqlstate.FeatureNotSupported, "an assertion must name the kinds or the entities of the events that it reads")
		}
		g.Since = since
		if err := event.ValidateGuard(&g.Guard, since); err != nil {
			return err
		}
		h.exact = h.exact && g.Exact
		h.guards = append(h.guards, g.Guard)
	}
	return nil
}

func (s *Session) guardCount() (n int) {
	for _, h := range s.tx.assertions {
		n += len(h.guards)
	}
	return n
}

// guards are those of all assertions, in their order.
func (s *Session) guards() []event.Guard {
	var all []event.Guard
	for _, h := range s.tx.assertions {
		all = append(all, h.guards...)
	}
	return all
}

// holder is the assertion that guard i belongs to.
func (s *Session) holder(i int) *held {
	for _, h := range s.tx.assertions {
		if i < len(h.guards) {
			return h
		}
		i -= len(h.guards)
	}
	return nil
}

// retried reports whether all events to append are in the log already: then the
// statement is told again what it was told first, whatever its assertion says now.
func (s *Session) retried(ctx context.Context, drafts []event.Draft) (bool, error) {
	cut, err := s.server.options.Backend.Cut(ctx, projection.Freshness{Level: projection.Consistent}, s.floor)
	if err != nil {
		return false, err
	}
	log := s.server.options.Backend.Log(cut)
	for i := range drafts {
		if e, err := log.ByID(drafts[i].ID); e == nil || err != nil {
			return false, err
		}
	}
	return len(drafts) > 0, nil
}

// propose commits a transaction under the transaction's assertions. A guard may find an event
// that does not contradict its assertion, which SQL alone can tell, and event kinds may
// have other upcasts than an assertion was planned over: then the assertions are judged
// again where that is so, and the transaction is proposed once more.
func (s *Session) propose(ctx context.Context, t event.Transaction) ([]event.Receipt, error) {
	for judgements := 0; ; judgements++ {
		kinds := s.server.options.Definitions.Current().Kinds()
		if err := s.planAgain(ctx, kinds); err != nil {
			return nil, err
		}
		if t.Guards = s.guards(); len(t.Guards) > 0 {
			t.Premise = kinds.Premise()
		}
		receipts, err := s.server.options.Backend.Append(ctx, t)
		if err == nil || judgements == judgementsMax {
			return receipts, err
		}
		if err := s.answer(ctx, err); err != nil {
			return nil, err
		}
	}
}

// answer does what must be done before a transaction is proposed again that was refused,
// or gives back why that is of no use.
func (s *Session) answer(ctx context.Context, refusal error) error {
	var altered *event.PremiseError
	if errors.As(refusal, &altered) { // a cut is not behind it, so Definitions are not
		_, err := s.server.options.Backend.Cut(ctx, projection.Freshness{Level: projection.Consistent, Wait: s.freshness.Wait}, s.floor)
		return err
	}
	var found *event.GuardError
	if !errors.As(refusal, &found) {
		return refusal
	}
	if h := s.holder(found.Guard); h == nil || h.exact {
		return refusal
	}
	s.advance(found.Sequence, 0)
	return s.judgeAgain(ctx, found)
}

// planAgain plans and judges the assertions again that look at a kind with other upcasts
// by now: what they and their guards say of documents is said of a shape that events do
// not have any more.
func (s *Session) planAgain(ctx context.Context, kinds projection.EventKinds) error {
	var altered event.Kind
	for _, h := range s.tx.assertions {
		name, differs := h.altered(kinds)
		if !differs {
			continue
		}
		altered = name
		if err := h.plan(s); err != nil {
			return err
		}
	}
	if altered == "" {
		return nil
	}
	return s.judgeAgain(ctx, sqlstate.New(sqlstate.SerializationFailure,
		"could not serialize access: event kind %q was altered after an assertion over it", altered))
}

// altered returns a kind that the assertion looks at and was not planned over as it is.
func (h *held) altered(kinds projection.EventKinds) (event.Kind, bool) {
	was := h.call.catalog.Kinds()
	for name, k := range kinds {
		if k != was[name] && h.looksAt(name) {
			return name, true
		}
	}
	return "", false
}

func (h *held) looksAt(k event.Kind) bool {
	return slices.ContainsFunc(h.guards, func(g event.Guard) bool { return g.CoversKind(k) })
}

// plan plans the assertion over the catalog as it is.
func (h *held) plan(s *Session) error {
	c, err := s.prepareStatement(h.call.statement, h.call.params, len(h.call.params) == 0)
	if err != nil {
		return err
	}
	h.call = &call{compiled: c, values: h.call.values}
	h.assertion = c.command.(*assertCommand).assertion
	return nil
}

// judgeAgain judges the assertions at a cut that has what the transaction was refused
// for.
func (s *Session) judgeAgain(ctx context.Context, refusal error) error {
	cut, err := s.server.options.Backend.Cut(ctx, projection.Freshness{Level: projection.Consistent, Wait: s.freshness.Wait}, s.floor)
	if err != nil {
		return err
	}
	for _, h := range s.tx.assertions {
		src := &source{session: s, opened: true, cut: cut}
		if h.drafts > 0 {
			src.pending = &appends.Pending{Drafts: s.tx.pending.Drafts[:h.drafts]}
			if err := src.pending.Assign(s.server.options.Backend.Log(cut), event.Micros(s.txStart().UnixMicro())); err != nil {
				return err
			}
		}
		by, holds, err := h.judge(ctx, src)
		switch {
		case err != nil:
			return err
		case !holds && (by == nil || by.Sequence == 0):
			return refusal
		case !holds:
			return by
		}
		if err := h.makeGuards(ctx, s, cut.Sequence); err != nil {
			return err
		}
	}
	return nil
}
