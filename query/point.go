package query

import (
	"cmp"
	"context"
	"sync"
	"unsafe"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// memoRowBytesMax is the longest row that is kept beside a state: what memos
// hold is not counted in the cache's limit.
const memoRowBytesMax = 4 << 10

// shapesMax bounds the distinct shapes of rows of a node.
const shapesMax = 10_000

// shape names how a row of a point read is encoded: equal shapes of one state
// give equal bytes. Shapes are compared by address.
type shape struct{ key shapeKey }

type shapeKey struct {
	projection string
	version    uint64
	outputs    string
	computed   *plan.Point // what computes some of them; nil: none is
	formats    string
	signature  string
}

// shapes makes shapes unique. It is safe for concurrent use.
type shapes struct {
	mu  sync.Mutex
	all map[shapeKey]*shape
}

func (h *shapes) intern(k shapeKey) *shape {
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, ok := h.all[k]; ok {
		return s
	}
	if len(h.all) >= shapesMax || h.all == nil {
		h.all = map[shapeKey]*shape{}
	}
	s := &shape{key: k}
	h.all[k] = s
	return s
}

// memoShape is the shape of a portal's rows; nil if they depend on more than the state.
func (s *Session) memoShape(p *portal) *shape {
	formats := formatBytes(p.formats)
	if p.shapeOf == p.compiled && p.shapeFor == formats {
		return p.shape
	}
	p.shape, p.shapeOf, p.shapeFor = nil, p.compiled, string([]byte(formats))
	point := p.compiled.point
	outputs, ok := memoOutputs(point.Outputs)
	key := shapeKey{point.Definition.Name, point.Definition.Version, outputs, nil, p.shapeFor, p.compiled.signature}
	if len(point.Computed) > 0 {
		key.computed = point
		_, of := memoOutputs(point.Row)
		ok = ok && of
	}
	if ok {
		p.shape = s.server.shapes.intern(key)
	}
	return p.shape
}

// formatBytes views formats as a string, to compare without copying.
func formatBytes(formats []int16) string {
	if len(formats) == 0 {
		return ""
	}
	return unsafe.String((*byte)(unsafe.Pointer(&formats[0])), 2*len(formats))
}

func memoOutputs(all []plan.Output) (string, bool) {
	key := make([]byte, 0, 4*len(all))
	for _, o := range all {
		if o.Kind != plan.EntityOutput && o.Kind != plan.StateOutput && o.Kind != plan.ComputedOutput {
			return "", false
		}
		key = append(key, byte(o.Kind), byte(o.Index>>16), byte(o.Index>>8), byte(o.Index))
	}
	return string(key), true
}

// executePoint answers a statement that reads one entity of one projection,
// without operators. rowsMax is Execute's.
func (s *Session) executePoint(ctx context.Context, p *portal, rowsMax uint32, out Out) error {
	rows, err := s.sendPoint(ctx, p, out)
	if err != nil {
		return err
	}
	if rowsMax == 1 && rows == 1 {
		return out.Suspended()
	}
	return s.complete(ctx, out, p.tag(uint64(rows)))
}

func (s *Session) sendPoint(ctx context.Context, p *portal, out Out) (rows int, err error) {
	c := p.compiled
	seenTo := s.ahead.pass(c)
	if err := s.allowed(c); err != nil {
		return 0, err
	}
	entity, ok := argument(c.point.Entity, p.values)
	if !ok {
		return 0, nil
	}
	f, err := s.pointFreshness(c, p.values, out)
	if err != nil {
		return 0, err
	}
	q := projection.Request{Definition: c.point.Definition, Entity: event.Entity(entity.Str())}
	if isBrief(f) {
		q.FoldMax = briefEvents
	}
	if c.point.IfChanged {
		known, ok := argument(c.point.Generation, p.values)
		if ok && known.Int() >= 0 {
			q.IfNot = event.Expect(event.Version(known.Int()))
		}
	}
	if err := sameDefinition(f, q.Definition); err != nil {
		return 0, err
	}
	away := s.relayable(c, q.Entity)
	if away && s.newest(f) {
		if rows, ok, err := s.relayNewest(ctx, p, &q, out); ok {
			return rows, err
		}
	}
	var own bool
	if q.Cut, own, err = s.readCut(ctx, f, true); err != nil {
		return 0, err
	}
	if err := cmp.Or(c.holds(s), s.sameRoles(f)); err != nil {
		return 0, err
	}
	if away && !(own && len(s.tx.pending.Drafts) > 0) { // its own appends are this node's
		if rows, ok, err := s.relayPoint(ctx, p, &q, out); ok {
			return rows, err
		}
	}
	anywhere := len(c.point.Computed) > 0 && f.Given == nil // the state: what is computed is spelled by nobody else
	s.awaitAhead(ctx, &q)
	o, err := s.readPoint(ctx, own, anywhere, &q)
	if err == nil {
		err = s.prove(&f, &q.Cut, &o, out)
	}
	if err != nil || !hasRow(c.point, &o) {
		return 0, err
	}
	if err := s.sendOutcome(p, entity, &o, isBrief(f), out); err != nil {
		return 0, err
	}
	s.sawAhead(&q, &o)
	if o.Folded > 0 && !seenTo {
		s.readAhead(ctx, c, &q, out)
	}
	return 1, nil
}

func hasRow(p *plan.Point, o *projection.Outcome) bool {
	if p.IfChanged {
		return !o.Unchanged
	}
	return o.HasState()
}

// pointFreshness is the statement's, raised to CONSISTENT for project_if_changed.
func (s *Session) pointFreshness(c *compiled, values []types.Datum, out Out) (projection.Freshness, error) {
	f, err := s.effective(c, values)
	if err != nil || !c.changed {
		return f, err
	}
	return s.upgrade(f, out)
}

// upgrade makes a freshness CONSISTENT, and says so. A position of the past is refused:
// the newest state is no answer to that.
func (s *Session) upgrade(f projection.Freshness, out Out) (projection.Freshness, error) {
	if f.Level == projection.Consistent || f.Level == projection.AtCut || f.Level == projection.MaybeStale && f.AgeMax == 0 {
		return f, nil
	}
	if asOf(f.Level) {
		return f, sqlstate.New(sqlstate.FeatureNotSupported, "project_if_changed cannot read AS OF").
			WithHint("Use project() or project_history().")
	}
	f.Level, f.AgeMax = projection.Consistent, 0
	return f, s.notice(out, "project_if_changed always reads CONSISTENT")
}

// readPoint reads one state where the session stands; own says that it sees the
// transaction's appends, anywhere that another node may have the state.
func (s *Session) readPoint(ctx context.Context, own, anywhere bool, q *projection.Request) (o projection.Outcome, err error) {
	switch {
	case own && len(s.tx.pending.Drafts) > 0:
		return s.readOwnPoint(ctx, q.Cut, *q)
	case anywhere:
		o, err = s.anywhere(ctx, *q)
	default:
		o, err = s.server.options.Backend.Project(ctx, *q)
	}
	if err == nil {
		s.last.set(q.Definition.Name, &o, 1)
		s.saw(&o)
	}
	return o, err
}

// saw makes what a state contains a floor for the reads to come. Another node may be
// further, and have counted an event that does not show in the state.
func (s *Session) saw(o *projection.Outcome) {
	if o.Node != "" {
		s.advance(o.Position, 0)
	}
	if o.Snapshot != nil {
		s.advance(o.Snapshot.Watermark, o.Snapshot.HLC)
	}
}

func (s *Session) readOwnPoint(ctx context.Context, cut projection.Cut, q projection.Request) (projection.Outcome, error) {
	if err := s.assignPending(cut); err != nil {
		return projection.Outcome{}, err
	}
	s.tx.pending.Date()
	src := &source{session: s, cut: cut, pending: &s.tx.pending}
	var o projection.Outcome
	var err error
	if q.IfNot.Set {
		o, err = src.Changed(ctx, q.Definition, q.Entity, q.IfNot.Version)
	} else {
		o, err = src.Project(ctx, q.Definition, q.Entity)
	}
	if err == nil {
		s.last.set(q.Definition.Name, &o, 1)
	}
	return o, err
}

// argument is the value of a point's argument; false for NULL.
func argument(a plan.Argument, values []types.Datum) (types.Datum, bool) {
	v := a.Value
	if a.Param > 0 {
		v = values[a.Param-1]
	}
	return v, !v.IsNull()
}
