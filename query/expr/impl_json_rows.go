package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/wire/sqlstate"
)

func jsonItem(v jsonb.Value, asText bool) types.Datum {
	if !asText {
		return types.String(v.Doc())
	}
	s, ok := v.Text()
	if !ok {
		return types.Null
	}
	return types.String(s)
}

func jsonElements(asText bool) SetFunc {
	return func(_ *Env, args []types.Datum) (Rows, error) {
		v := jsonb.Root(args[0].Str())
		switch v.Kind() {
		case jsonb.Object:
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "cannot extract elements from an object")
		case jsonb.Array:
		default:
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "cannot extract elements from a scalar")
		}
		at := -1
		return func() ([]types.Datum, error) {
			at++
			e, ok := v.At(at)
			if !ok {
				return nil, nil
			}
			return []types.Datum{jsonItem(e, asText)}, nil
		}, nil
	}
}

func jsonEach(asText bool) SetFunc {
	name := "jsonb_each"
	if asText {
		name = "jsonb_each_text"
	}
	return func(_ *Env, args []types.Datum) (Rows, error) {
		v := jsonb.Root(args[0].Str())
		if v.Kind() != jsonb.Object {
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "cannot call %s on a non-object", name)
		}
		return pairRows(v, func(k string, e jsonb.Value) []types.Datum {
			return []types.Datum{types.String(k), jsonItem(e, asText)}
		}), nil
	}
}

func jsonKeys(_ *Env, args []types.Datum) (Rows, error) {
	v := jsonb.Root(args[0].Str())
	switch v.Kind() {
	case jsonb.Array:
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "cannot call jsonb_object_keys on an array")
	case jsonb.Object:
	default:
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "cannot call jsonb_object_keys on a scalar")
	}
	return pairRows(v, func(k string, _ jsonb.Value) []types.Datum { return []types.Datum{types.String(k)} }), nil
}

// pairRows yields a row of each pair of an object.
func pairRows(v jsonb.Value, row func(key string, value jsonb.Value) []types.Datum) Rows {
	at := -1
	return func() ([]types.Datum, error) {
		at++
		key, value, ok := v.Pair(at)
		if !ok {
			return nil, nil
		}
		return row(key, value), nil
	}
}
