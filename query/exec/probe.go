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
	probeKeys
	key   []types.Datum
	batch []types.Datum // keys of rows
}

// probeKeys are the keys of a subquery's rows.
type probeKeys struct {
	keys *keySet // but for those with a NULL; nil before the first look-up
	rows int
	null bool // a row has a NULL
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
	if s.probe.keys != nil {
		return nil
	}
	up := *f
	if err := s.op.open(&up); err != nil {
		return err
	}
	defer s.op.close()
	found, err := s.fillParallel()
	if err == nil && found.keys == nil {
		found, err = s.probe.read(s.run, s.op, f)
	}
	if err != nil {
		return err
	}
	s.probe.probeKeys = found
	return found.keys.finish()
}

// read makes keys of an operator's rows.
func (p *probe) read(r *run, op operator, outer *expr.Frame) (found probeKeys, err error) {
	keys := newKeySet(r, p.types)
	frame := r.frame(outer)
	for {
		batch, err := op.next()
		if err != nil || len(batch) == 0 {
			found.keys = keys
			return found, err
		}
		if err := r.check(); err != nil {
			return found, err
		}
		found.rows += len(batch)
		p.batch = p.batch[:0]
		for _, frame.Row = range batch {
			copy(p.key, frame.Row)
			if err := evaluate(p.inner, &frame, p.key); err != nil {
				return found, err
			}
			if hasNull(p.key) {
				found.null = true
				continue
			}
			p.batch = append(p.batch, p.key...)
		}
		if err := keys.addAll(p.batch); err != nil {
			return found, err
		}
	}
}

// fillParallel has workers make keys of ranges of the subquery's scan; none: they do not.
func (s *subquery) fillParallel() (found probeKeys, err error) {
	made, _, err := parallel(s.run, s.Probe.Parallel, s.Plan, nil, func(w *run) (probeKeys, int, error) {
		op, err := w.build(s.Plan)
		if err != nil {
			return probeKeys{}, 0, err
		}
		defer op.close()
		p, err := w.probe(s.Probe)
		if err != nil {
			return probeKeys{}, 0, err
		}
		if err := op.open(nil); err != nil {
			return probeKeys{}, 0, err
		}
		found, err := p.read(w, op, nil)
		return found, found.rows, err
	})
	if err != nil || made == nil {
		return found, err
	}
	found = made[0]
	err = found.keys.move(s.run)
	for _, more := range made[1:] {
		found.rows, found.null = found.rows+more.rows, found.null || more.null
		if err == nil {
			err = found.keys.unite(more.keys)
		}
	}
	if err != nil {
		found.keys.drop()
		return probeKeys{}, s.run.check()
	}
	return found, nil
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
