package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// enums are the functions about an enum type's labels, whose arguments say which type it is.
func enums() map[string]any {
	end := func(at func(n int) int) maker {
		return func(c *Call) any {
			t := c.Proc.Args[0]
			return FuncN(func(*Env, []types.Datum) (types.Datum, error) {
				all, err := labelsOf(t)
				if err != nil {
					return types.Null, err
				}
				if len(all) == 0 {
					return types.Null, sqlstate.New(sqlstate.ObjectNotInPrerequisiteState, "enum %s contains no values", typeName(t))
				}
				l := all[at(len(all))]
				return types.Int(l.Number), l.Usable(types.Info(t))
			})
		}
	}
	return map[string]any{
		"enum_first": end(func(int) int { return 0 }), "enum_last": end(func(n int) int { return n - 1 }),
		"enum_range_all": maker(enumRange), "enum_range_bounds": maker(enumRange),
	}
}

func labelsOf(t types.OID) ([]types.Label, error) {
	i := types.Info(t)
	if i == nil {
		return nil, sqlstate.New(sqlstate.UndefinedObject, "type with OID %d does not exist", t)
	}
	return i.Labels, nil
}

// enumRange gives the labels between two; a bound that is NULL, or is not asked for, is none.
func enumRange(c *Call) any {
	t := c.Proc.Args[0]
	return FuncN(func(_ *Env, args []types.Datum) (types.Datum, error) {
		all, err := labelsOf(t)
		if err != nil {
			return types.Null, err
		}
		var items []types.Datum
		for _, l := range all {
			bounded := len(args) == 2
			if bounded && (!args[0].IsNull() && l.Number < args[0].Int() || !args[1].IsNull() && l.Number > args[1].Int()) {
				continue
			}
			if err := l.Usable(types.Info(t)); err != nil {
				return types.Null, err
			}
			items = append(items, types.Int(l.Number))
		}
		return types.Pointer(types.NewArray(t, items)), nil
	})
}
