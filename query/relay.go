package query

import (
	"context"
	"encoding/binary"
	"errors"
	"strings"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/settings"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Router may be implemented by a Backend that is one of several nodes. Each of them can
// answer every read; the owner of an entity has its state at hand.
type Router interface {
	// Owns reports whether no other node owns an entity: Elsewhere would say so too, for more.
	Owns(e event.Entity) bool
	// Elsewhere returns the id of the node that should answer a read, "" for this one.
	Elsewhere(r projection.Request) string
	// Relay has that node answer a statement at a cut of this node's; definition is the
	// Version of what is read. It gives up in time for this node to answer itself, which it
	// does after every error.
	Relay(ctx context.Context, to string, s *hop.Statement, c projection.Cut, definition uint64) (hop.Answer, error)
	// RelayNewest has the owner answer a consistent read at a cut that is confirmed on the way:
	// it has everything acknowledged before the call, and is not before floor. sent is false
	// if there is no such way; after that, or an error, the read is to begin anew.
	RelayNewest(ctx context.Context, r projection.Request, floor event.Sequence, s *hop.Statement) (a hop.Answer, sent bool, err error)
}

// relay is a point read as another node is asked for it.
type relay struct {
	sql    string
	params []uint32
}

// relayOf spells a point read anew: by the names that the definition has, so that neither
// the client's text nor its search path matters.
func relayOf(p *plan.Point) *relay {
	var b strings.Builder
	for i, o := range p.Outputs {
		b.WriteString([]string{"SELECT ", ", "}[min(i, 1)])
		b.WriteString(quoted(outputName(p.Definition, o), '"'))
	}
	if len(p.Outputs) == 0 {
		b.WriteString("SELECT")
	}
	r := &relay{params: []uint32{uint32(types.TextOID)}}
	if p.IfChanged {
		b.WriteString(" FROM project_if_changed(" + quoted(p.Definition.Name, '\'') + ", $1, $2) WITH FRESHNESS AT CUT $3")
		r.params = append(r.params, uint32(types.Int8OID))
	} else {
		b.WriteString(" FROM project(" + quoted(p.Definition.Name, '\'') + ", $1) WITH FRESHNESS AT CUT $2")
	}
	r.sql, r.params = b.String(), append(r.params, uint32(types.ByteaOID))
	return r
}

func outputName(d *projection.Definition, o plan.Output) string {
	switch o.Kind {
	case plan.StateOutput:
		return d.Columns[o.Index].Name
	case plan.SystemOutput:
		return plan.SystemName(o.Index)
	case plan.GenerationOutput:
		return "generation"
	}
	return "entity"
}

// quoted puts a text between quotes, doubling those in it.
func quoted(text string, quote byte) string {
	q := string(quote)
	return q + strings.ReplaceAll(text, q, q+q) + q
}

// relaySettings are the settings that a row's text depends on, for another node's session.
func relaySettings(set *settings.Settings) string {
	names := []string{"TimeZone", "DateStyle", "IntervalStyle", "bytea_output", "extra_float_digits"}
	for i, name := range names {
		names[i] = name + "=" + set.Raw(name)
	}
	return strings.Join(names, "\x00")
}

// relayPoint has the owner answer a point read, if there is another. ok is false if this
// node is to answer; nothing has been sent then.
func (s *Session) relayPoint(ctx context.Context, p *portal, q *projection.Request, out Out) (rows int, ok bool, err error) {
	to := s.server.router.Elsewhere(*q)
	if to == "" {
		return 0, false, nil
	}
	answer, err := s.server.router.Relay(ctx, to, s.pointStatement(p, q), q.Cut, q.Definition.Version)
	if err != nil {
		s.server.options.Logger.Debug("the owner did not answer", "node", to, "entity", q.Entity, "error", err)
		return 0, false, nil
	}
	return s.sendAnswer(q, &answer, out)
}

// relayNewest is relayPoint for a consistent read whose cut is not fixed yet, if it can be
// confirmed on the way.
func (s *Session) relayNewest(ctx context.Context, p *portal, q *projection.Request, out Out) (rows int, ok bool, err error) {
	statement := s.pointStatement(p, q)
	answer, sent, err := s.server.router.RelayNewest(ctx, *q, s.floor, statement)
	if !sent || statement.Roles != s.roles().Of() {
		return 0, false, nil
	}
	sequence, stamp, bad := hop.ParseCut(answer.Cut)
	if err != nil || bad != nil {
		s.server.options.Logger.Debug("the owner did not answer", "entity", q.Entity, "error", err)
		return 0, false, nil
	}
	if rows, ok, err = s.sendAnswer(q, &answer, out); ok {
		s.advance(sequence, stamp)
	}
	return rows, ok, err
}

// asked is the memory of what another node is asked: one statement at a time.
type asked struct {
	hop.Statement
	entity []byte
	values [3][]byte // the last is for who sends it
}

// pointStatement is what another node is asked, valid until the next call.
func (s *Session) pointStatement(p *portal, q *projection.Request) *hop.Statement {
	c, a := p.compiled, &s.asked
	a.entity = append(a.entity[:0], q.Entity...)
	values := append(a.values[:0], a.entity)
	if c.point.IfChanged {
		var known []byte
		if q.IfNot.Set {
			known = binary.BigEndian.AppendUint64(nil, uint64(q.IfNot.Version))
		}
		values = append(values, known)
	}
	a.Statement = hop.Statement{SQL: c.relay.sql, Params: c.relay.params, Values: values, Formats: p.formats, Settings: s.relaySettings, Given: a.Given, Roles: s.roles().Of()}
	return &a.Statement
}

// sendAnswer passes on what another node has answered; ok is false if it proves nothing.
func (s *Session) sendAnswer(q *projection.Request, answer *hop.Answer, out Out) (rows int, ok bool, err error) {
	o, err := hop.ParseProof(answer.Proof)
	if err != nil {
		return 0, false, nil
	}
	s.last.set(q.Definition.Name, &o, 1)
	s.saw(&o)
	if answer.Row == nil {
		return 0, true, nil
	}
	return 1, true, out.Row(answer.Row)
}

// Project reads one entity's state, from its owner where the backend says so.
func Project(ctx context.Context, b Backend, q projection.Request) (projection.Outcome, error) {
	if router, ok := b.(Router); ok {
		if o, ok := relayState(ctx, router, q); ok {
			return o, nil
		}
	}
	return b.Project(ctx, q)
}

func (s *Session) anywhere(ctx context.Context, q projection.Request) (projection.Outcome, error) {
	began := s.now()
	o, err := Project(ctx, s.server.options.Backend, q)
	if q.Timed && o.Node != "" {
		o.Timings.Total = s.now().Sub(began)
		o.Timings.Phase[projection.PhaseRoute] = o.Timings.Total
	}
	return o, err
}

// relayState has the owner hand over a state, if there is another; ok is false if this node
// is to answer.
func relayState(ctx context.Context, router Router, q projection.Request) (o projection.Outcome, ok bool) {
	to := router.Elsewhere(q)
	if to == "" {
		return o, false
	}
	statement := hop.Statement{
		SQL:    "SELECT " + plan.EncodedColumn + " FROM project(" + quoted(q.Definition.Name, '\'') + ", $1) WITH FRESHNESS AT CUT $2",
		Params: []uint32{uint32(types.TextOID), uint32(types.ByteaOID)}, Values: [][]byte{[]byte(q.Entity)}, Formats: []int16{binaryFormat},
	}
	answer, err := router.Relay(ctx, to, &statement, q.Cut, q.Definition.Version)
	if err == nil {
		o, err = hop.ParseProof(answer.Proof)
	}
	if err == nil && answer.Row != nil {
		err = takeState(q.Definition, &answer, &o)
	}
	if err != nil {
		return projection.Outcome{}, false
	}
	o.Unchanged = q.IfNot.Set && q.IfNot.Version == o.Generation
	return o, true
}

func takeState(d *projection.Definition, a *hop.Answer, o *projection.Outcome) error {
	encoded, err := a.Value()
	if err != nil {
		return err
	}
	if o.Snapshot == nil || encoded == nil {
		return errors.New("a state without its position")
	}
	o.Snapshot.State, err = d.Fold.Decode(encoded)
	return err
}

// ofNode reports whether the client is another node of the cluster.
func (s *Session) ofNode() bool { return s.start.User == hop.User }

// Gathers reports whether the client waits for no single answer: nodes send brief statements
// of many sessions over one connection.
func (s *Session) Gathers() bool { return s.ofNode() }

// givenCut is what a statement reads that another node sends.
func (s *Session) givenCut(ctx context.Context, f projection.Freshness) (projection.Cut, error) {
	if !s.ofNode() {
		return projection.Cut{}, sqlstate.New(sqlstate.InsufficientPrivilege, "AT CUT is for nodes of the cluster")
	}
	return s.server.options.Backend.Cut(ctx, f, 0)
}

// What a statement may take that others wait behind.
const (
	briefEvents = 512      // that are folded
	briefBytes  = 16 << 10 // of its row
)

func isBrief(f projection.Freshness) bool { return f.Given != nil && f.Given.Brief }

// sameDefinition refuses a statement of another node that has another definition of what is
// read: its columns may differ.
func sameDefinition(f projection.Freshness, d *projection.Definition) error {
	if f.Given == nil || f.Given.Definition == d.Version {
		return nil
	}
	return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "this node has another definition of projection %q", d.Name)
}

// sameRoles refuses what another node has allowed by other roles than there are here, if it was not behind them for sure.
func (s *Session) sameRoles(f projection.Freshness) error {
	if f.Given == nil || f.Given.Vouch.Term == 0 || f.Given.Vouch.Roles == s.roles().Of() {
		return nil
	}
	return sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "this node has other roles")
}

// prove tells the node that sent the statement how it was answered.
func (s *Session) prove(f *projection.Freshness, c *projection.Cut, o *projection.Outcome, out Out) error {
	if f.Given == nil {
		return nil
	}
	var memory [128]byte
	if f.Given.Vouch.Term != 0 {
		if err := out.Parameter(hop.CutParameter, string(hop.AppendCut(memory[:0], c))); err != nil {
			return err
		}
	}
	return out.Parameter(hop.ProofParameter, string(hop.AppendProof(memory[:0], o, s.server.options.NodeName)))
}

// newest reports whether a read may be confirmed on its way to another node: it is
// consistent, and no transaction's.
func (s *Session) newest(f projection.Freshness) bool {
	return f.Level == projection.Consistent && s.tx.state != block && !s.tx.cutFixed && len(s.tx.pending.Drafts) == 0
}

// relayable reports whether a read may be sent to another node: there is one that owns the
// entity, and knows all that the session's transaction has defined.
func (s *Session) relayable(c *compiled, e event.Entity) bool {
	return c.relay != nil && s.tx.defined == nil && !s.server.router.Owns(e)
}
