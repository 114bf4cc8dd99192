package exec

import (
	"cmp"
	"errors"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// subquery is a SubLink that can run.
type subquery struct {
	*plan.SubLink
	run  *run
	op   operator
	test expr.Eval

	probe *probe

	// An uncorrelated one runs once.
	known  bool
	rows   rowList
	scalar types.Datum
}

func (r *run) subquery(s *plan.SubLink) (expr.Expr, error) {
	if r.main != nil {
		return r.shared(s)
	}
	op, err := r.build(s.Plan)
	if err != nil {
		return nil, err
	}
	test, err := r.compile(s.Test)
	if err != nil {
		return nil, err
	}
	made := &subquery{SubLink: s, run: r, op: op, test: test, rows: rowList{run: r}}
	made.probe, err = r.probe(s.Probe)
	if r.subqueries == nil {
		r.subqueries = map[*plan.SubLink]*subquery{}
	}
	r.subqueries[s] = made
	return made, err
}

// Compile implements expr.Expr.
func (s *subquery) Compile(*expr.Compiler) expr.Eval {
	switch {
	case s.probe != nil && s.Kind == plan.ExistsSubLink:
		return s.lookUp
	case s.probe != nil:
		return s.lookUpAny
	}
	switch s.Kind {
	case plan.ExistsSubLink:
		return s.once(s.exists)
	case plan.ArraySubLink:
		return s.once(s.array)
	case plan.AnySubLink:
		return s.quantified(true)
	case plan.AllSubLink:
		return s.quantified(false)
	case plan.RowSubLink:
		return s.compared
	}
	return s.once(s.value)
}

func errSeveralRows() error {
	return sqlstate.New(sqlstate.CardinalityViolation, "more than one row returned by a subquery used as an expression")
}

// once keeps the result of an uncorrelated subquery.
func (s *subquery) once(eval expr.Eval) expr.Eval {
	if s.Correlated {
		return eval
	}
	return func(f *expr.Frame) (types.Datum, error) {
		if s.known {
			return s.scalar, nil
		}
		v, err := eval(f)
		if err == nil {
			s.scalar, s.known = v, true
		}
		return v, err
	}
}

// each runs the subquery for one row around it; visit returns false to end it.
func (s *subquery) each(f *expr.Frame, visit func(row []types.Datum) (bool, error)) error {
	err := s.eachBatch(f, func(batch [][]types.Datum) error {
		for _, row := range batch {
			if more, err := visit(row); err != nil || !more {
				return cmp.Or(err, errEnough)
			}
		}
		return nil
	})
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

func (s *subquery) eachBatch(f *expr.Frame, visit func(rows [][]types.Datum) error) error {
	up := *f
	if err := s.op.open(&up); err != nil {
		return err
	}
	defer s.op.close()
	for {
		batch, err := s.op.next()
		if err != nil || len(batch) == 0 {
			return err
		}
		if err := s.run.check(); err != nil {
			return err
		}
		if err := visit(batch); err != nil {
			return err
		}
	}
}

func (s *subquery) exists(f *expr.Frame) (types.Datum, error) {
	found := false
	err := s.each(f, func([]types.Datum) (bool, error) {
		found = true
		return false, nil
	})
	return types.Bool(found), err
}

func (s *subquery) value(f *expr.Frame) (types.Datum, error) {
	v, n := types.Null, 0
	err := s.each(f, func(row []types.Datum) (bool, error) {
		if n++; n > 1 {
			return false, errSeveralRows()
		}
		v = row[0]
		return true, nil
	})
	return v, err
}

func (s *subquery) array(f *expr.Frame) (types.Datum, error) {
	a := &arrayAgg{elem: types.ElemOf(s.Type().OID), nested: s.Nested}
	err := s.each(f, func(row []types.Datum) (bool, error) {
		_, err := a.add(f, row[:1])
		return true, err
	})
	if err != nil || a.n == 0 {
		return types.Pointer(&types.Array{Elem: a.elem}), err
	}
	return a.result(f)
}

// quantified is ANY, an OR of the test over all rows, or ALL, an AND.
func (s *subquery) quantified(decisive bool) expr.Eval {
	return func(f *expr.Frame) (types.Datum, error) {
		outer := *f
		inner := s.run.frame(&outer)
		null, decided := false, false
		visit := func(row []types.Datum) (bool, error) {
			inner.Row = row
			v, err := s.test(&inner)
			switch {
			case err != nil:
				return false, err
			case v.IsNull():
				null = true
			case v.Bool() == decisive:
				decided = true
			}
			return !decided, nil
		}
		if err := s.visit(f, visit); err != nil {
			return types.Null, err
		}
		switch {
		case decided:
			return types.Bool(decisive), nil
		case null:
			return types.Null, nil
		}
		return types.Bool(!decisive), nil
	}
}

// compared is the test of the only row.
func (s *subquery) compared(f *expr.Frame) (types.Datum, error) {
	outer := *f
	inner := s.run.frame(&outer)
	v, n := types.Null, 0
	err := s.visit(f, func(row []types.Datum) (more bool, err error) {
		if n++; n > 1 {
			return false, errSeveralRows()
		}
		inner.Row = row
		v, err = s.test(&inner)
		return true, err
	})
	return v, err
}

// visit shows the rows, which an uncorrelated subquery keeps.
func (s *subquery) visit(f *expr.Frame, visit func([]types.Datum) (bool, error)) error {
	if s.Correlated {
		return s.each(f, visit)
	}
	if !s.known {
		err := s.each(f, func(row []types.Datum) (bool, error) { return true, s.rows.add(row) })
		if err != nil {
			return err
		}
		s.known = true
	}
	for i := range s.rows.Len() {
		row, err := s.rows.Row(i)
		if err != nil {
			return err
		}
		if i%dropRows == dropRows-1 {
			if err := s.run.check(); err != nil {
				return err
			}
		}
		if more, err := visit(row); err != nil || !more {
			return err
		}
	}
	return nil
}
