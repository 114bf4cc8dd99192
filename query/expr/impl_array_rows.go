package expr

import (
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/query/types"
)

func arrayToText(c *Call) any {
	elem := types.ElemOf(c.Proc.Args[0])
	return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
		if args[0].IsNull() || args[1].IsNull() {
			return types.Null, nil
		}
		var parts []string
		bytes := 0
		for _, item := range args[0].Array().Items {
			switch {
			case !item.IsNull():
				parts = append(parts, types.Text(env.Env, elem, item))
			case len(args) > 2 && !args[2].IsNull():
				parts = append(parts, args[2].Str())
			default:
				continue
			}
			if bytes += len(parts[len(parts)-1]) + len(args[1].Str()); bytes > stringBytesMax {
				return types.Null, errTooLarge()
			}
		}
		return text(strings.Join(parts, args[1].Str()))
	})
}

// items yields values until it is false.
type items func() (types.Datum, bool, error)

func (next items) rows() Rows {
	return func() ([]types.Datum, error) {
		v, ok, err := next()
		if err != nil || !ok {
			return nil, err
		}
		return []types.Datum{v}, nil
	}
}

func (next items) array(elem types.OID) (types.Datum, error) {
	var all []types.Datum
	for {
		v, ok, err := next()
		switch {
		case err != nil:
			return types.Null, err
		case !ok:
			return types.Pointer(types.NewArray(elem, all)), nil
		case len(all) == types.ArrayMadeMax:
			return types.Null, errArraySize()
		}
		all = append(all, v)
	}
}

// textParts yields the parts of a text, each character where the separator is NULL.
func textParts(env *Env, a, separator, null types.Datum) items {
	rest, ended, n, goOn := a.Str(), a.Str() == "", 0, goesOn(env)
	cut := func() string {
		at, behind := strings.Index(rest, separator.Str()), len(separator.Str())
		switch {
		case separator.IsNull():
			_, at = utf8.DecodeRuneInString(rest)
			ended = at == len(rest)
		case behind == 0 || at < 0:
			at, behind, ended = len(rest), 0, true
		}
		part := rest[:at]
		rest = rest[at+behind:]
		return part
	}
	return func() (types.Datum, bool, error) {
		if ended {
			return types.Null, false, nil
		}
		if n++; n%hitsBetween == 0 && goOn != nil {
			if err := goOn(); err != nil {
				return types.Null, false, err
			}
		}
		if part := cut(); null.IsNull() || part != null.Str() {
			return types.String(part), true, nil
		}
		return types.Null, true, nil
	}
}

func textToArray(env *Env, a, separator, null types.Datum) (types.Datum, error) {
	if a.IsNull() {
		return types.Null, nil
	}
	return textParts(env, a, separator, null).array(types.TextOID)
}

func textToTable(env *Env, args []types.Datum) (Rows, error) {
	if args[0].IsNull() {
		return noRows, nil
	}
	null := types.Null
	if len(args) > 2 {
		null = args[2]
	}
	return textParts(env, args[0], args[1], null).rows(), nil
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
	at, step := int64(d.Lower), int64(1)
	if len(args) > 2 && args[2].Bool() {
		at, step = at+int64(d.Length)-1, -1
	}
	left := d.Length
	return items(func() (types.Datum, bool, error) {
		left--
		at += step
		return types.Int(at - step), left >= 0, nil
	}).rows(), nil
}
