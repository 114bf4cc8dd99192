package exec

import (
	"math"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// moneySum fails as soon as what it has so far is no money any more.
type moneySum struct{ total types.Datum }

func (s *moneySum) add(_ *expr.Frame, args []types.Datum) (int, error) {
	switch v := args[0]; {
	case v.IsNull():
	case s.total.IsNull():
		s.total = v
	default:
		a, b := s.total.Int(), v.Int()
		if b > 0 && a > math.MaxInt64-b || b < 0 && a < math.MinInt64-b {
			return 0, sqlstate.New(sqlstate.NumericValueOutOfRange, "money out of range")
		}
		s.total = types.Int(a + b)
	}
	return 0, nil
}

func (s *moneySum) result(*expr.Frame) (types.Datum, error) { return s.total, nil }

func (s *moneySum) unite(other accumulator) (int, error) {
	return s.add(nil, []types.Datum{other.(*moneySum).total})
}
