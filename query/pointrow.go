package query

import (
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// sendOutcome sends the row of an outcome: the bytes kept beside the state if it
// was sent in this shape before.
func (s *Session) sendOutcome(p *portal, entity types.Datum, o *projection.Outcome, brief bool, out Out) error {
	shape := s.memoShape(p)
	if shape != nil && o.Snapshot != nil {
		if m := o.Snapshot.Memo.Load(); m != nil && m.Shape == any(shape) {
			return out.Row(m.Row)
		}
	}
	row, err := s.pointRow(p.compiled.point, entity, o)
	if err == nil {
		s.row = appendRow(s.row[:0], s.env, p.compiled.columns, p.formats, row)
	}
	s.point.forget()
	if err != nil {
		return err
	}
	if brief && len(s.row) > briefBytes {
		return projection.TooLongError{}
	}
	if shape != nil && o.Snapshot != nil && len(s.row) <= memoRowBytesMax {
		o.Snapshot.Memo.Store(projection.NewMemo(shape, s.row))
	}
	return out.Row(s.row)
}

// valued is a state that has a value for each declared column.
type valued interface{ Values() []types.Datum }

// pointMemory is what a session makes rows of point reads in, again and again.
type pointMemory struct {
	row, input []types.Datum // sent; what the rest is computed from
	frame      expr.Frame
	env        expr.Env
}

// forget lets go of the states that the rows share.
func (m *pointMemory) forget() {
	clear(m.row)
	clear(m.input)
}

// pointRow is the row to be sent, valid until the next one.
func (s *Session) pointRow(p *plan.Point, entity types.Datum, o *projection.Outcome) ([]types.Datum, error) {
	m := &s.point
	m.row = s.outputs(m.row[:0], p, p.Outputs, entity, o)
	if len(p.Computed) == 0 {
		return m.row, nil
	}
	m.input = s.outputs(m.input[:0], p, p.Row, entity, o)
	m.env.Env = s.env
	m.frame = expr.Frame{Row: m.input, Env: &m.env}
	for i, output := range p.Outputs {
		if output.Kind != plan.ComputedOutput {
			continue
		}
		var err error
		if m.row[i], err = p.Computed[output.Index](&m.frame); err != nil {
			return nil, err
		}
	}
	return m.row, nil
}

// outputs appends some of a point's outputs, but for what is computed.
func (s *Session) outputs(row []types.Datum, p *plan.Point, all []plan.Output, entity types.Datum, o *projection.Outcome) []types.Datum {
	var state []types.Datum
	if v, ok := o.State().(valued); ok {
		state = v.Values()
	}
	for _, output := range all {
		row = append(row, s.output(p, output, entity, state, o))
	}
	return row
}

func (s *Session) output(p *plan.Point, output plan.Output, entity types.Datum, state []types.Datum, o *projection.Outcome) types.Datum {
	switch output.Kind {
	case plan.EntityOutput:
		return entity
	case plan.StateOutput:
		if output.Index < len(state) {
			return state[output.Index]
		}
	case plan.SystemOutput:
		return exec.SystemValue(p.Definition, o, s.server.options.NodeName, output.Index)
	case plan.GenerationOutput:
		return types.Int(int64(o.Generation))
	}
	return types.Null
}
