package query

import (
	"context"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/walk"
	"github.com/projsql/projsql/storage/event"
)

// Limits of what is read ahead.
const (
	aheadReadsMin = 4  // with fewer, reading them one by one costs as much
	aheadReadsMax = 32 // at once: their answers wait for all of them
)

// seenAhead are the reads of a pipelining client that have arrived behind the one that its session
// answers: states that they ask for are made together.
type seenAhead struct {
	of   *compiled // the statement that they execute
	left int       // executions of it that are seen to
}

// pass tells that the session comes to a read, and reports whether it was seen to.
func (a *seenAhead) pass(c *compiled) bool {
	if a.left == 0 || a.of != c {
		return false
	}
	a.left--
	return true
}

// readAhead sees to the next reads of the statement, after one that had to fold events.
func (s *Session) readAhead(ctx context.Context, c *compiled, q *projection.Request, out Out) {
	backend, ok := s.server.options.Backend.(AheadReader)
	if !ok || !s.mayReadAhead(q) {
		return
	}
	entities := s.arrived(c, out)
	if len(entities) < aheadReadsMin {
		s.ahead = seenAhead{c, len(entities)}
		return
	}
	n := backend.ReadAhead(ctx, projection.AheadRequest{Definition: q.Definition, Cut: q.Cut, Entities: entities})
	s.ahead = seenAhead{c, n}
}

// mayReadAhead reports whether states may be made ahead of reads like this one.
func (s *Session) mayReadAhead(q *projection.Request) bool {
	return s.readsAhead && q.Cut.Newest && !q.IfNot.Set && q.FoldMax == 0 && len(s.tx.pending.Drafts) == 0 && !q.Definition.Uncommitted
}

// awaitAhead waits for the read's state, if it is just being made ahead.
func (s *Session) awaitAhead(ctx context.Context, q *projection.Request) {
	if s.walks != nil && s.mayReadAhead(q) {
		s.walks.Await(ctx, q)
	}
}

// sawAhead takes note of a read, and has states made ahead of those to come.
func (s *Session) sawAhead(q *projection.Request, o *projection.Outcome) {
	switch {
	case !s.mayReadAhead(q):
	case s.walks != nil:
		s.walks.Saw(q, o)
	case walk.IsCold(o):
		s.walks = s.newWalks()
		s.walks.Saw(q, o)
	}
}

func (s *Session) newWalks() *walk.Walks {
	w := &walk.Walks{}
	if backend, ok := s.server.options.Backend.(AheadReader); ok {
		w.By = backend
	}
	if s.server.router != nil {
		w.Owns = s.server.router.Owns
	}
	return w
}

// arrived are the entities that the next reads ask for.
func (s *Session) arrived(c *compiled, out Out) (entities []event.Entity) {
	l, ok := out.(BindAhead)
	param := c.point.Entity.Param - 1
	if !ok || param < 0 {
		return nil
	}
	l.BindsAhead(func(statement string, formats []int16, values [][]byte) bool {
		if s.statements[statement].compiled != c || len(values) != len(c.params) || len(formats) > 1 && len(formats) != len(values) {
			return false
		}
		d, err := s.decodeOne(c.params[param], formatOf(formats, param), values[param])
		if err != nil || d.IsNull() || s.relayable(c, event.Entity(d.Str())) {
			return false
		}
		entities = append(entities, event.Entity(d.Str()))
		return len(entities) < aheadReadsMax
	})
	return entities
}
