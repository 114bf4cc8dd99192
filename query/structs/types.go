package structs

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	rawJSONType  = reflect.TypeFor[json.RawMessage]()
	marshaler    = reflect.TypeFor[encoding.TextMarshaler]()
	unmarshaler  = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// nullable reports whether a field can be nil.
func nullable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Map, reflect.Slice, reflect.Interface:
		return true
	}
	return false
}

// isText reports whether a type has a text form of its own.
func isText(t reflect.Type) bool {
	p := reflect.PointerTo(t)
	return t.Kind() != reflect.Interface && p.Implements(marshaler) && p.Implements(unmarshaler)
}

func isUUID(t reflect.Type) bool {
	return t.Kind() == reflect.Array && t.Len() == 16 && t.Elem().Kind() == reflect.Uint8
}

var kindTypes = map[reflect.Kind]string{
	reflect.Bool: "boolean",
	reflect.Int8: "smallint", reflect.Int16: "smallint", reflect.Uint8: "smallint",
	reflect.Int32: "integer", reflect.Uint16: "integer",
	reflect.Int: "bigint", reflect.Int64: "bigint", reflect.Uint32: "bigint",
	reflect.Float32: "real", reflect.Float64: "double precision",
	reflect.String: "text",
	reflect.Map:    "jsonb", reflect.Struct: "jsonb", reflect.Interface: "jsonb", reflect.Array: "jsonb",
}

// sqlType is the SQL type of a field whose tag names none.
func sqlType(t reflect.Type) (string, error) {
	switch {
	case t == timeType:
		return "timestamptz", nil
	case t == durationType:
		return "interval", nil
	case t == rawJSONType:
		return "jsonb", nil
	case isUUID(t):
		return "uuid", nil
	case isText(t):
		return "text", nil
	case t.Kind() == reflect.Pointer:
		return sqlType(t.Elem())
	case t.Kind() == reflect.Slice:
		return sliceType(t)
	}
	if s, ok := kindTypes[t.Kind()]; ok {
		return s, nil
	}
	return "", fmt.Errorf("no SQL type follows from %s: name one in the tag", t)
}

func sliceType(t reflect.Type) (string, error) {
	if t.Elem().Kind() == reflect.Uint8 {
		return "bytea", nil
	}
	elem, err := sqlType(t.Elem())
	switch {
	case err != nil:
		return "", err
	case elem == "jsonb", t.Elem().Kind() == reflect.Slice:
		return "jsonb", nil
	}
	return elem + "[]", nil
}
