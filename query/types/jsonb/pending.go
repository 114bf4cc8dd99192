package jsonb

import (
	"iter"

	"github.com/projsql/projsql/wire/sqlstate"
)

var errPending = sqlstate.New(sqlstate.FeatureNotSupported, "not supported yet")

// Kind is the kind of a value, ordered as jsonb orders kinds.
type Kind uint8

// Kinds; the zero value is not valid.
const (
	Null Kind = iota + 1
	String
	Number
	Bool
	Array
	Object
)

// String is what jsonb_typeof says.
func (k Kind) String() string { return "" }

// Parse returns the encoding of a JSON text. Errors: 22P02 with PostgreSQL's
// DETAIL, 22P05 (\u0000), 54000, 54001 (too deep).
func Parse(text string) (string, error) { return "", errPending }

// CheckText reports what is wrong with a JSON text by the rules of type json.
func CheckText(text string) error { return errPending }

// Validate checks an encoding from an untrusted source; XX001.
func Validate(doc string) error { return errPending }

// AppendText appends the document as PostgreSQL prints it: {"a": 1, "b": [1, 2]}.
func AppendText(buf []byte, doc string) []byte { return buf }

// AppendPretty is jsonb_pretty.
func AppendPretty(buf []byte, doc string) []byte { return buf }

// TypeOf returns the kind of the document; 0 if it is not valid.
func TypeOf(doc string) Kind { return 0 }

// Value is a value inside a document, read in place. The zero Value is no value.
type Value struct {
	node string
}

// Root returns the document's value.
func Root(doc string) Value { return Value{} }

// Doc returns the value as a document of its own (a copy).
func (v Value) Doc() string { return "" }

// Kind returns its kind, 0 for no value.
func (v Value) Kind() Kind { return 0 }

// Text is ->>'s text: a string's bytes, else the JSON text. It shares the document
// for strings and numbers. false if v is null or no value.
func (v Value) Text() (string, bool) { return "", false }

// Bool returns a boolean's value.
func (v Value) Bool() bool { return false }

// Len is the number of elements or pairs, 0 for scalars.
func (v Value) Len() int { return 0 }

// Get returns an object's value of a key; false if there is none.
func (v Value) Get(key string) (Value, bool) { return Value{}, false }

// At returns an array's element, from 0; negative counts from the end.
func (v Value) At(i int) (Value, bool) { return Value{}, false }

// Elements yields an array's elements.
func (v Value) Elements() iter.Seq[Value] { return func(func(Value) bool) {} }

// Pairs yields an object's pairs in key order.
func (v Value) Pairs() iter.Seq2[string, Value] { return func(func(string, Value) bool) {} }

// AppendText appends v as AppendText does.
func (v Value) AppendText(buf []byte) []byte { return buf }

// Get is doc -> key, as a document; false if there is none.
func Get(doc, key string) (string, bool) { return "", false }

// GetText is doc ->> key; false for absent and null. It does not allocate for
// strings and numbers: the result shares doc.
func GetText(doc, key string) (string, bool) { return "", false }

// Index is doc -> i and IndexText doc ->> i.
func Index(doc string, i int) (string, bool) { return "", false }

// IndexText: see Index.
func IndexText(doc string, i int) (string, bool) { return "", false }

// Path is doc #> path and PathText doc #>> path.
func Path(doc string, path []string) (string, bool) { return "", false }

// PathText: see Path.
func PathText(doc string, path []string) (string, bool) { return "", false }

// Contains is a @> b.
func Contains(a, b string) bool { return false }

// Exists is doc ? key.
func Exists(doc, key string) bool { return false }

// Concat is a || b. Errors: 22023.
func Concat(a, b string) (string, error) { return "", errPending }

// Delete is doc - keys. Errors: 22023 (a scalar).
func Delete(doc string, keys ...string) (string, error) { return "", errPending }

// DeleteIndex is doc - i. Errors: 22023 (an object or scalar).
func DeleteIndex(doc string, i int) (string, error) { return "", errPending }

// DeletePath is doc #- path. Errors: 22023.
func DeletePath(doc string, path []string) (string, error) { return "", errPending }

// Set is jsonb_set(doc, path, value, create). Errors: 22023, 22P02.
func Set(doc string, path []string, value string, create bool) (string, error) {
	return "", errPending
}

// Insert is jsonb_insert(doc, path, value, after). Errors: 22023, 22P02.
func Insert(doc string, path []string, value string, after bool) (string, error) {
	return "", errPending
}

// StripNulls is jsonb_strip_nulls.
func StripNulls(doc string) string { return "" }

// Compare orders documents as jsonb's btree does, strings in C collation.
func Compare(a, b string) int { return 0 }

// Hash is consistent with Compare == 0 (1.0 and 1.00 hash alike).
func Hash(doc string, seed uint64) uint64 { return 0 }

// Builder makes a document. The zero Builder is ready; values are added in order:
// BeginObject, Key, a value, …, End. A misuse panics.
type Builder struct{ buf []byte }

// BeginObject begins an object; End ends it.
func (b *Builder) BeginObject() {}

// BeginArray begins an array; End ends it.
func (b *Builder) BeginArray() {}

// End ends the innermost array or object.
func (b *Builder) End() {}

// Key gives the key of the next value; the last of two equal keys wins.
func (b *Builder) Key(k string) {}

// Null adds null.
func (b *Builder) Null() {}

// Bool adds a boolean.
func (b *Builder) Bool(v bool) {}

// String adds a string (valid UTF-8 without NUL).
func (b *Builder) String(s string) {}

// Number adds a number given as numeric prints it: digits, no exponent.
func (b *Builder) Number(text string) {}

// Int adds an integer.
func (b *Builder) Int(i int64) {}

// Value adds a value of a document.
func (b *Builder) Value(v Value) {}

// Doc returns the document and resets the builder. Errors: 54000 (too large).
func (b *Builder) Doc() (string, error) { return "", errPending }
