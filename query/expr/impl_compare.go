package expr

import (
	"cmp"

	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// comparisons implements every operator =, <>, <, <=, > and >= over two types
// that values are known of, from the operators' rows.
func comparisons() map[string]any {
	all := map[string]any{}
	for i := range pgdata.AllOperators() {
		op := &pgdata.AllOperators()[i]
		holds := orderTest(op.Name)
		if holds == nil || op.Proc == 0 || op.Left == 0 {
			continue
		}
		if f := comparison(op, holds); f != nil {
			all[pgdata.ProcByOID(op.Proc).Source] = f
		}
	}
	return all
}

func orderTest(op string) func(int) bool {
	switch op {
	case "=":
		return func(c int) bool { return c == 0 }
	case "<>":
		return func(c int) bool { return c != 0 }
	case "<":
		return func(c int) bool { return c < 0 }
	case "<=":
		return func(c int) bool { return c <= 0 }
	case ">":
		return func(c int) bool { return c > 0 }
	case ">=":
		return func(c int) bool { return c >= 0 }
	}
	return nil
}

func comparison(op *pgdata.Operator, holds func(int) bool) any {
	switch {
	case isInteger(op.Left) && isInteger(op.Right), op.Left == types.AnyEnumOID, op.Left == op.Right && isMoment(op.Left), op.Left == types.TimeOID && op.Right == types.TimeOID:
		return compareInts(op.Name)
	case op.Left == types.TextOID && op.Right == types.TextOID:
		return compareTexts(op.Name)
	case op.Left == types.NumericOID && op.Right == types.NumericOID:
		return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return types.Bool(holds(types.NumericCmp(a, b))), nil
		})
	case isFloat(op.Left) && isFloat(op.Right):
		return compareBy(types.Float8OID, holds)
	case op.Left == types.RecordOID && op.Right == types.RecordOID:
		return compareRecords(op.Name, holds)
	case op.Left == op.Right && (hasEquality(op.Left) || isOrderedPolymorphic(op.Left)):
		return compareSame(op, holds)
	case isString(op.Left) && isString(op.Right):
		return compareBy(types.TextOID, holds)
	case isMoment(op.Left) && isMoment(op.Right):
		return compareMoments(op.Left, op.Right, holds)
	}
	return nil
}

// isOrderedPolymorphic reports whether all types that t stands for have an order.
func isOrderedPolymorphic(t types.OID) bool {
	return t == types.AnyArrayOID || t == types.AnyRangeOID || t == types.AnyMultirangeOID
}

func isInteger(t types.OID) bool {
	switch t {
	case types.Int2OID, types.Int4OID, types.Int8OID, types.OIDOID, types.XIDOID:
		return true
	}
	return false
}

func isFloat(t types.OID) bool { return t == types.Float4OID || t == types.Float8OID }

func isMoment(t types.OID) bool {
	return t == types.DateOID || t == types.TimestampOID || t == types.TimestamptzOID
}

func compareInts(op string) Func2 {
	switch op {
	case "=":
		return func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Int() == b.Int()), nil }
	case "<>":
		return func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Int() != b.Int()), nil }
	case "<":
		return func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Int() < b.Int()), nil }
	case "<=":
		return func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Int() <= b.Int()), nil }
	case ">":
		return func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Int() > b.Int()), nil }
	default:
		return func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Int() >= b.Int()), nil }
	}
}

func compareTexts(op string) Func2 {
	switch op {
	case "=":
		return func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Str() == b.Str()), nil }
	case "<>":
		return func(_ *Env, a, b types.Datum) (types.Datum, error) { return types.Bool(a.Str() != b.Str()), nil }
	default:
		holds := orderTest(op)
		return func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return types.Bool(holds(cmp.Compare(a.Str(), b.Str()))), nil
		}
	}
}

func compareBy(t types.OID, holds func(int) bool) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) {
		return types.Bool(holds(types.Compare(t, a, b))), nil
	}
}

// compareSame takes the call's type for a polymorphic one.
func compareSame(op *pgdata.Operator, holds func(int) bool) any {
	if op.Left != types.AnyArrayOID {
		return compareBy(op.Left, holds)
	}
	if op.Name == "=" || op.Name == "<>" {
		return equating(func(c *Call) any { return compareBy(c.Proc.Args[0], holds) })
	}
	return maker(func(c *Call) any {
		if elem := types.ElemOf(c.Proc.Args[0]); !hasOrder(elem) {
			return failing(errNoComparison(elem))
		}
		return compareBy(c.Proc.Args[0], holds)
	})
}

// compareRecords compares column by column, up to the first that differs. Only when it
// comes to a column does PostgreSQL see that the types differ.
func compareRecords(op string, holds func(int) bool) Func2 {
	missing := "could not identify a comparison function for type %s"
	if op == "=" || op == "<>" {
		missing = "could not identify an equality operator for type %s"
	}
	return func(_ *Env, x, y types.Datum) (types.Datum, error) {
		a, b := x.Record(), y.Record()
		for i := range min(len(a.Fields), len(b.Fields)) {
			switch t := a.Types[i]; {
			case t != b.Types[i]:
				return types.Null, sqlstate.New(sqlstate.DatatypeMismatch, "cannot compare dissimilar column types %s and %s at record column %d", typeName(t), typeName(b.Types[i]), i+1)
			case !hasOrder(t):
				return types.Null, sqlstate.New(sqlstate.UndefinedFunction, missing, typeName(t))
			}
			if c := types.CompareNulls(a.Types[i], a.Fields[i], b.Fields[i]); c != 0 {
				return types.Bool(holds(c)), nil
			}
		}
		if len(a.Fields) != len(b.Fields) {
			return types.Null, sqlstate.New(sqlstate.DatatypeMismatch, "cannot compare record types with different numbers of columns")
		}
		return types.Bool(holds(0)), nil
	}
}

// compareMoments compares a date or timestamp with another kind of moment: with a
// timestamptz in the time zone of the session.
func compareMoments(left, right types.OID, holds func(int) bool) Func2 {
	zoned := left == types.TimestamptzOID || right == types.TimestamptzOID
	return func(env *Env, a, b types.Datum) (types.Datum, error) {
		x, y := momentOf(env, left, a, zoned), momentOf(env, right, b, zoned)
		return types.Bool(holds(cmp.Compare(x, y))), nil
	}
}

// What is out of range is beyond every timestamp, but for the infinities.
const (
	beforeTimestamps = timeMinusInfinity + 1
	afterTimestamps  = timeInfinity - 1
)

// momentOf returns the timestamp, or (zoned) the instant.
func momentOf(env *Env, t types.OID, d types.Datum, zoned bool) int64 {
	m := d.Int()
	if t == types.DateOID {
		ts, err := dateTimestamp(m)
		if err != nil {
			return afterTimestamps
		}
		m = ts
	}
	if !zoned || t == types.TimestamptzOID || !finite(m) {
		return m
	}
	instant, err := types.InstantOf(m, env.TimeZone)
	switch {
	case err == nil:
		return instant
	case m < 0:
		return beforeTimestamps
	}
	return afterTimestamps
}

func finite(ts int64) bool { return ts != timeInfinity && ts != timeMinusInfinity }
