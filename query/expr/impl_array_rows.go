package expr

import (
	"strings"

	"github.com/projsql/projsql/query/types"
)

func arrayToText(c *Call) any {
	elem := types.ElemOf(c.Proc.Args[0])
	return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
		if args[0].IsNull() || args[1].IsNull() {
			return types.Null, nil
		}
		var parts []string
		for _, item := range args[0].Array().Items {
			switch {
			case !item.IsNull():
				parts = append(parts, types.Text(env.Env, elem, item))
			case len(args) > 2 && !args[2].IsNull():
				parts = append(parts, args[2].Str())
			}
		}
		return text(strings.Join(parts, args[1].Str()))
	})
}

func splitText(a, separator, null types.Datum) []types.Datum {
	var parts []string
	switch {
	case a.Str() == "":
	case separator.IsNull():
		parts = strings.Split(a.Str(), "")
	case separator.Str() == "":
		parts = []string{a.Str()}
	default:
		parts = strings.Split(a.Str(), separator.Str())
	}
	items := make([]types.Datum, len(parts))
	for i, p := range parts {
		if null.IsNull() || p != null.Str() {
			items[i] = types.String(p)
		}
	}
	return items
}

func textToArray(_ *Env, a, separator, null types.Datum) (types.Datum, error) {
	if a.IsNull() {
		return types.Null, nil
	}
	return types.Pointer(types.NewArray(types.TextOID, splitText(a, separator, null))), nil
}

func textToTable(_ *Env, args []types.Datum) (Rows, error) {
	if args[0].IsNull() {
		return noRows, nil
	}
	null := types.Null
	if len(args) > 2 {
		null = args[2]
	}
	return singles(splitText(args[0], args[1], null)), nil
}

// singles yields rows of one value.
func singles(items []types.Datum) Rows {
	return func() ([]types.Datum, error) {
		if len(items) == 0 {
			return nil, nil
		}
		row := items[:1:1]
		items = items[1:]
		return row, nil
	}
}

func unnest(_ *Env, args []types.Datum) (Rows, error) { return singles(args[0].Array().Items), nil }

func subscripts(_ *Env, args []types.Datum) (Rows, error) {
	d, ok := dimension(args[0].Array(), args[1].Int())
	if !ok {
		return noRows, nil
	}
	items := make([]types.Datum, d.Length)
	down := len(args) > 2 && args[2].Bool()
	for i := range items {
		at := int64(d.Lower) + int64(i)
		if down {
			at = int64(d.Lower) + int64(d.Length) - 1 - int64(i)
		}
		items[i] = types.Int(at)
	}
	return singles(items), nil
}
