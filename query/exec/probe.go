package exec

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// probe answers a subquery by looking up keys among those of its rows.
type probe struct {
	guards       []expr.Eval
	inner, outer []expr.Eval // inner is empty where the rows are the keys
	types        []types.OID
	keys         *keySet // of the rows, but for those with a NULL; nil before the first look-up
	rows         int
	null         bool // a row has a NULL
	key          []types.Datum
	batch        []types.Datum // keys of rows
}

func (r *run) probe(n *plan.Probe) (*probe, error) {
	if n == nil {
		return nil, nil
	}
	p := &probe{types: n.Types, key: make([]types.Datum, len(n.Types))}
	var err error
	if p.guards, err = r.compileAll(n.Guards); err != nil {
		return nil, err
	}
	if p.inner, err = r.compileAll(n.Inner); err == nil {
		p.outer, err = r.compileAll(n.Outer)
	}
	return p, err
}

// fill makes the table of the rows' keys, once.
func (s *subquery) fill(f *expr.Frame) error {
	p := s.probe
	if p.keys != nil {
		return nil
	}
	keys := newKeySet(s.run, p.types)
	inner := s.run.frame(f)
	err := s.eachBatch(f, func(batch [][]types.Datum) error {
		p.rows += len(batch)
		p.batch = p.batch[:0]
		for _, inner.Row = range batch {
			copy(p.key, inner.Row)
			if err := evaluate(p.inner, &inner, p.key); err != nil {
				return err
			}
			if hasNull(p.key) {
				p.null = true
				continue
			}
			p.batch = append(p.batch, p.key...)
		}
		return keys.addAll(p.batch)
	})
	if err != nil {
		return err
	}
	p.keys = keys
	return keys.finish()
}

func hasNull(key []types.Datum) bool {
	for _, d := range key {
		if d.IsNull() {
			return true
		}
	}
	return false
}

// lookUp is EXISTS: a NULL equals nothing.
func (s *subquery) lookUp(f *expr.Frame) (types.Datum, error) {
	for _, g := range s.probe.guards {
		if ok, err := isTrue(g, f); err != nil || !ok {
			return types.Bool(false), err
		}
	}
	if err := s.fill(f); err != nil {
		return types.Null, err
	}
	p := s.probe
	if err := evaluate(p.outer, f, p.key); err != nil {
		return types.Null, err
	}
	found, err := s.found()
	return types.Bool(found), err
}

// found looks for the key; one with a NULL is not there.
func (s *subquery) found() (bool, error) {
	if hasNull(s.probe.key) {
		return false, nil
	}
	return s.probe.keys.has(s.probe.key)
}

// lookUpAny is IN: unknown where only a NULL could match.
func (s *subquery) lookUpAny(f *expr.Frame) (types.Datum, error) {
	if err := s.fill(f); err != nil {
		return types.Null, err
	}
	p := s.probe
	if p.rows == 0 {
		return types.Bool(false), nil
	}
	outer := *f
	around := s.run.frame(&outer)
	if err := evaluate(p.outer, &around, p.key); err != nil {
		return types.Null, err
	}
	found, err := s.found()
	switch {
	case err != nil:
		return types.Null, err
	case found:
		return types.Bool(true), nil
	case !p.null && !hasNull(p.key):
		return types.Bool(false), nil
	case len(p.key) > 1:
		return s.quantified(true)(f) // a row may differ where neither has a NULL
	}
	return types.Null, nil
}
