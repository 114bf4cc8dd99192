package tabledef

import (
	"math"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// sequenceOptions are the options of a sequence that stand in a statement, and the numbers
// of those that have one.
type sequenceOptions struct {
	named map[string]bool
	given map[string]int64
}

// or is the number of an option, or another one if it has none.
func (s *sequenceOptions) or(name string, otherwise int64) int64 {
	if v, ok := s.given[name]; ok {
		return v
	}
	return otherwise
}

// Sequence reads the options of a sequence that is made into it.
func (o Options) Sequence(q *temptable.Sequence, options []*pg.Node) error {
	read, err := o.sequenceOptions(q, options)
	if err != nil {
		return err
	}
	return boundSequence(q, read)
}

// sequenceOptions reads options; type and cycle go into the sequence.
func (o Options) sequenceOptions(q *temptable.Sequence, options []*pg.Node) (*sequenceOptions, error) {
	s := &sequenceOptions{named: map[string]bool{}, given: map[string]int64{}}
	for _, n := range options {
		d := n.GetDefElem()
		name := d.GetDefname()
		if s.named[name] {
			return nil, at(o.Text, d.GetLocation(), sqlstate.SyntaxError, "conflicting or redundant options")
		}
		s.named[name] = true
		switch name {
		case "as":
			t, err := (&expr.Binder{Text: o.Text, Env: o.Env}).BindType(d.GetArg().GetTypeName())
			if err != nil {
				return nil, err
			}
			q.Type = t.OID
		case "cycle":
			q.Cycle = d.GetArg().GetBoolean().GetBoolval()
		case "start", "increment", "minvalue", "maxvalue", "cache", "restart":
			if d.GetArg() == nil {
				continue // NO MINVALUE
			}
			v, err := wholeNumber(d.GetArg())
			if err != nil {
				return nil, err
			}
			s.given[name] = v
		default:
			return nil, o.unsupported(d.GetLocation(), "option %s of a sequence is not supported", name)
		}
	}
	return s, nil
}

func wholeNumber(n *pg.Node) (int64, error) {
	if i := n.GetInteger(); i != nil {
		return int64(i.GetIval()), nil
	}
	v, err := strconv.ParseInt(n.GetFloat().GetFval(), 10, 64)
	if err != nil {
		return 0, sqlstate.New(sqlstate.NumericValueOutOfRange, "value %q is out of range for type bigint", n.GetFloat().GetFval())
	}
	return v, nil
}

// boundSequence fills in and checks a sequence's numbers.
func boundSequence(q *temptable.Sequence, read *sequenceOptions) error {
	lowest, highest, err := sequenceRange(q.Type)
	if err != nil {
		return err
	}
	if q.Increment = read.or("increment", 1); q.Increment > 0 {
		q.Min, q.Max = read.or("minvalue", 1), read.or("maxvalue", highest)
		q.Start = read.or("start", q.Min)
	} else {
		q.Min, q.Max = read.or("minvalue", lowest), read.or("maxvalue", -1)
		q.Start = read.or("start", q.Max)
	}
	q.Begin(q.Start)
	return checkSequence(q, read)
}

// AlterSequence reads the options of ALTER SEQUENCE into the sequence, which must be a
// copy: it is no longer of use if there is an error.
func (o Options) AlterSequence(q *temptable.Sequence, options []*pg.Node) error {
	wasLowest, wasHighest, err := sequenceRange(q.Type)
	if err != nil {
		return err
	}
	read, err := o.sequenceOptions(q, options)
	if err != nil {
		return err
	}
	lowest, highest, err := sequenceRange(q.Type)
	if err != nil {
		return err
	}
	q.Increment = read.or("increment", q.Increment)
	// The bounds of a type become those of the other one.
	widest, deepest := read.named["as"] && q.Max == wasHighest, read.named["as"] && q.Min == wasLowest
	if read.named["maxvalue"] || widest {
		q.Max = read.or("maxvalue", pick(q.Increment > 0 || widest, highest, -1))
	}
	if read.named["minvalue"] || deepest {
		q.Min = read.or("minvalue", pick(q.Increment < 0 || deepest, lowest, 1))
	}
	q.Start = read.or("start", q.Start)
	if read.named["restart"] {
		q.Begin(read.or("restart", q.Start))
	}
	return checkSequence(q, read)
}

func pick(first bool, a, b int64) int64 {
	if first {
		return a
	}
	return b
}

// sequenceRange are the lowest and the highest number of a type.
func sequenceRange(t types.OID) (lowest, highest int64, err error) {
	switch t {
	case types.Int2OID:
		return math.MinInt16, math.MaxInt16, nil
	case types.Int4OID:
		return math.MinInt32, math.MaxInt32, nil
	case types.Int8OID:
		return math.MinInt64, math.MaxInt64, nil
	}
	return 0, 0, sqlstate.New(sqlstate.InvalidParameterValue, "sequence type must be smallint, integer, or bigint")
}

// checkSequence checks a sequence's numbers against each other and against its type.
func checkSequence(q *temptable.Sequence, read *sequenceOptions) error {
	name := types.TypeName(q.Type)
	lowest, highest, _ := sequenceRange(q.Type)
	last, _ := q.Last()
	bad := func(format string, args ...any) error {
		return sqlstate.New(sqlstate.InvalidParameterValue, format, args...)
	}
	switch {
	case q.Increment == 0:
		return bad("INCREMENT must not be zero")
	case q.Max < lowest || q.Max > highest:
		return bad("MAXVALUE (%d) is out of range for sequence data type %s", q.Max, name)
	case q.Min < lowest || q.Min > highest:
		return bad("MINVALUE (%d) is out of range for sequence data type %s", q.Min, name)
	case q.Min >= q.Max:
		return bad("MINVALUE (%d) must be less than MAXVALUE (%d)", q.Min, q.Max)
	case q.Start < q.Min:
		return bad("START value (%d) cannot be less than MINVALUE (%d)", q.Start, q.Min)
	case q.Start > q.Max:
		return bad("START value (%d) cannot be greater than MAXVALUE (%d)", q.Start, q.Max)
	case last < q.Min:
		return bad("RESTART value (%d) cannot be less than MINVALUE (%d)", last, q.Min)
	case last > q.Max:
		return bad("RESTART value (%d) cannot be greater than MAXVALUE (%d)", last, q.Max)
	case read.or("cache", 1) <= 0:
		return bad("CACHE (%d) must be greater than zero", read.given["cache"])
	}
	return nil
}
