package jsonb

import (
	"slices"

	"github.com/projsql/projsql/wire/sqlstate"
)

func errParameter(format string, args ...any) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, format, args...)
}

// Concat is a || b: two objects become one, else both become one array. Errors: 54000.
func Concat(a, b string) (string, error) {
	x, y := Root(a), Root(b)
	var out Builder
	switch {
	case x.Kind() == Object && y.Kind() == Object:
		out.BeginObject()
		addPairs(&out, x)
		addPairs(&out, y)
	default:
		out.BeginArray()
		addElements(&out, x)
		addElements(&out, y)
	}
	out.End()
	return out.Doc()
}

func addPairs(out *Builder, v Value) {
	for k, e := range v.Pairs() {
		out.Key(k)
		out.Value(e)
	}
}

func addElements(out *Builder, v Value) {
	if v.Kind() != Array {
		out.Value(v)
		return
	}
	for e := range v.Elements() {
		out.Value(e)
	}
}

// Delete is doc - keys. Errors: 22023 (a scalar).
func Delete(doc string, keys ...string) (string, error) {
	v := Root(doc)
	var out Builder
	switch v.Kind() {
	case Object:
		out.BeginObject()
		for k, e := range v.Pairs() {
			if !slices.Contains(keys, k) {
				out.Key(k)
				out.Value(e)
			}
		}
	case Array:
		out.BeginArray()
		for e := range v.Elements() {
			if e.Kind() != String || !slices.Contains(keys, e.node[1:]) {
				out.Value(e)
			}
		}
	default:
		return "", errParameter("cannot delete from scalar")
	}
	out.End()
	return out.Doc()
}

// DeleteIndex is doc - i. Errors: 22023 (an object or scalar).
func DeleteIndex(doc string, i int) (string, error) {
	v := Root(doc)
	switch v.Kind() {
	case Array:
	case Object:
		return "", errParameter("cannot delete from object using integer index")
	default:
		return "", errParameter("cannot delete from scalar")
	}
	if i < 0 {
		i += v.Len()
	}
	var out Builder
	out.BeginArray()
	at := 0
	for e := range v.Elements() {
		if at != i {
			out.Value(e)
		}
		at++
	}
	out.End()
	return out.Doc()
}

// StripNulls is jsonb_strip_nulls.
func StripNulls(doc string) string {
	var out Builder
	stripNulls(&out, Root(doc), 0)
	stripped, err := out.Doc()
	if err != nil {
		return doc // cannot be: it only shrinks
	}
	return stripped
}

func stripNulls(out *Builder, v Value, depth int) {
	switch {
	case v.Kind() == Array && depth < nestMax:
		out.BeginArray()
		for e := range v.Elements() {
			stripNulls(out, e, depth+1)
		}
		out.End()
	case v.Kind() == Object && depth < nestMax:
		out.BeginObject()
		for k, e := range v.Pairs() {
			if e.Kind() == Null {
				continue
			}
			out.Key(k)
			stripNulls(out, e, depth+1)
		}
		out.End()
	default:
		out.Value(v)
	}
}
