package expr

import (
	"sort"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// bucketArray is width_bucket(operand, thresholds): how many thresholds are not above it.
func bucketArray(c *Call) any {
	elem := types.ElemOf(c.Args[1].Type().OID)
	return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
		thresholds := b.Array()
		if len(thresholds.Dims) > 1 {
			return types.Null, sqlstate.New(sqlstate.ArraySubscriptError, "thresholds must be one-dimensional array")
		}
		for _, t := range thresholds.Items {
			if t.IsNull() {
				return types.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "thresholds array must not contain NULLs")
			}
		}
		return integer(sort.Search(len(thresholds.Items), func(i int) bool {
			return types.Compare(elem, a, thresholds.Items[i]) < 0
		}))
	})
}

// miscellaneous are functions that have no chapter of their own.
func miscellaneous() map[string]any {
	all := map[string]any{
		"width_bucket_array": maker(bucketArray), "unistr": Func1(unistr), "unicode_normalize_func": Func2(normalize), "unicode_is_normalized": Func2(isNormalized), "parse_ident": Func2(parseIdent),
		"numeric_inc": Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.NumericAdd(a, types.NumericFromInt(1)) }),
	}
	for name, op := range map[string]string{"lt": "<", "le": "<=", "gt": ">", "ge": ">="} {
		all["text_pattern_"+name] = compareTexts(op)
		all["bpchar_pattern_"+name] = compareBy(types.BpcharOID, orderTest(op))
	}
	return all
}
