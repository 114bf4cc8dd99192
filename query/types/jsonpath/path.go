package jsonpath

import "github.com/projsql/projsql/query/types/regex"

// Path is a path expression, immutable.
type Path struct {
	Strict bool
	Root   *Item
}

// Item is one step of a path; Next is what is applied to its result.
type Item struct {
	Kind  Kind
	Next  *Item
	Left  *Item // the operand; of a subscript list nil
	Right *Item
	Text  string // a key, a string, a variable's name, a number as numeric prints it, a pattern
	Bool  bool
	// Subscripts are those of an array accessor.
	Subscripts []Subscript
	// First and Last bound the levels of **; LastLevel stands for the word last.
	First, Last uint32
	// Regex is a pattern's, with Flags as they were written, in PostgreSQL's order.
	Regex *regex.Regex
	Flags string
}

// LastLevel is the level that ** calls last.
const LastLevel = 1<<32 - 1

// Subscript is an index, or a range if To is not nil.
type Subscript struct{ From, To *Item }

// Kind is the kind of an item.
type Kind uint8

// Kinds of items.
const (
	Null Kind = iota + 1
	String
	Number
	Bool
	And
	Or
	Not
	IsUnknown
	Equal
	NotEqual
	Less
	Greater
	LessOrEqual
	GreaterOrEqual
	Add
	Subtract
	Multiply
	Divide
	Modulo
	Plus
	Minus
	AnyArray
	AnyKey
	IndexArray
	Any
	Key
	Current
	Root
	Variable
	Filter
	Exists
	Type
	Size
	Abs
	Floor
	Ceiling
	Double
	Datetime
	KeyValue
	Last
	StartsWith
	LikeRegex
)

// names are how items are called, in texts and in errors.
var names = map[Kind]string{
	And: "&&", Or: "||", Equal: "==", NotEqual: "!=", Less: "<", Greater: ">", LessOrEqual: "<=", GreaterOrEqual: ">=",
	Add: "+", Plus: "+", Subtract: "-", Minus: "-", Multiply: "*", Divide: "/", Modulo: "%", StartsWith: "starts with", LikeRegex: "like_regex",
	Type: "type", Size: "size", KeyValue: "keyvalue", Double: "double", Abs: "abs", Floor: "floor", Ceiling: "ceiling", Datetime: "datetime",
}

// String returns the operator, or a method's name.
func (k Kind) String() string { return names[k] }

// Predicate reports whether an item is a condition.
func (k Kind) Predicate() bool {
	switch k {
	case And, Or, Not, IsUnknown, Equal, NotEqual, Less, Greater, LessOrEqual, GreaterOrEqual, Exists, StartsWith, LikeRegex:
		return true
	}
	return false
}
