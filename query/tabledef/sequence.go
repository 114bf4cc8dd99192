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

// Sequence reads the options of a sequence that is made into it.
func (o Options) Sequence(q *temptable.Sequence, options []*pg.Node) error {
	given := map[string]int64{}
	for _, n := range options {
		d := n.GetDefElem()
		name := d.GetDefname()
		if _, twice := given[name]; twice {
			return at(o.Text, d.GetLocation(), sqlstate.SyntaxError, "conflicting or redundant options")
		}
		switch name {
		case "as":
			t, err := (&expr.Binder{Text: o.Text, Env: o.Env}).BindType(d.GetArg().GetTypeName())
			if err != nil {
				return err
			}
			q.Type = t.OID
		case "cycle":
			q.Cycle = d.GetArg().GetBoolean().GetBoolval()
		case "start", "increment", "minvalue", "maxvalue", "cache":
			if d.GetArg() == nil {
				continue // NO MINVALUE
			}
			v, err := wholeNumber(d.GetArg())
			if err != nil {
				return err
			}
			given[name] = v
		default:
			return o.unsupported(d.GetLocation(), "option %s of a sequence is not supported", name)
		}
	}
	return boundSequence(q, given)
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
func boundSequence(q *temptable.Sequence, given map[string]int64) error {
	lowest, highest := int64(math.MinInt64), int64(math.MaxInt64)
	switch q.Type {
	case types.Int2OID:
		lowest, highest = math.MinInt16, math.MaxInt16
	case types.Int4OID:
		lowest, highest = math.MinInt32, math.MaxInt32
	case types.Int8OID:
	default:
		return sqlstate.New(sqlstate.InvalidParameterValue, "sequence type must be smallint, integer, or bigint")
	}
	or := func(name string, otherwise int64) int64 {
		if v, ok := given[name]; ok {
			return v
		}
		return otherwise
	}
	if q.Increment = or("increment", 1); q.Increment == 0 {
		return sqlstate.New(sqlstate.InvalidParameterValue, "INCREMENT must not be zero")
	}
	if q.Increment > 0 {
		q.Min, q.Max = or("minvalue", 1), or("maxvalue", highest)
		q.Start = or("start", q.Min)
	} else {
		q.Min, q.Max = or("minvalue", lowest), or("maxvalue", -1)
		q.Start = or("start", q.Max)
	}
	name := types.TypeName(q.Type)
	bad := func(format string, args ...any) error {
		return sqlstate.New(sqlstate.InvalidParameterValue, format, args...)
	}
	switch {
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
	case or("cache", 1) <= 0:
		return bad("CACHE (%d) must be greater than zero", given["cache"])
	}
	return nil
}
