package jsonpath

import (
	"strconv"

	"github.com/projsql/projsql/query/types/jsonb"
)

// String returns the path as PostgreSQL prints it.
func (p *Path) String() string {
	var out []byte
	if p.Strict {
		out = append(out, "strict "...)
	}
	return string(appendItem(out, p.Root, false, true))
}

// priority says how tightly an operator binds.
func (k Kind) priority() int {
	switch k {
	case Or:
		return 0
	case And:
		return 1
	case Equal, NotEqual, Less, Greater, LessOrEqual, GreaterOrEqual, StartsWith:
		return 2
	case Add, Subtract:
		return 3
	case Multiply, Divide, Modulo:
		return 4
	case Plus, Minus:
		return 5
	}
	return 6
}

func appendItem(out []byte, i *Item, inKey, brackets bool) []byte {
	switch {
	case i.Right != nil || i.Kind == LikeRegex || i.Kind == Plus || i.Kind == Minus:
		out = appendOperation(out, i, brackets)
	default:
		out = appendStep(out, i, inKey)
	}
	if i.Next != nil {
		out = appendItem(out, i.Next, true, true)
	}
	return out
}

func appendOperation(out []byte, i *Item, brackets bool) []byte {
	if brackets {
		out = append(out, '(')
	}
	operand := func(o *Item) { out = appendItem(out, o, false, o.Kind.priority() <= i.Kind.priority()) }
	switch {
	case i.Right != nil:
		operand(i.Left)
		out = append(out, " "+i.Kind.String()+" "...)
		operand(i.Right)
	case i.Kind == LikeRegex:
		operand(i.Left)
		out = jsonb.AppendQuoted(append(out, " like_regex "...), i.Text)
		if i.Flags != "" {
			out = append(out, ` flag "`+i.Flags+`"`...)
		}
	default:
		out = append(out, i.Kind.String()...)
		operand(i.Left)
	}
	if brackets {
		out = append(out, ')')
	}
	return out
}

func appendStep(out []byte, i *Item, inKey bool) []byte {
	if inKey && (i.Kind == Key || i.Kind == AnyKey || i.Kind == Any) {
		out = append(out, '.')
	}
	inner := func(before, after string) []byte {
		return append(appendItem(append(out, before...), i.Left, false, false), after...)
	}
	switch i.Kind {
	case Null:
		return append(out, "null"...)
	case Key, String:
		return jsonb.AppendQuoted(out, i.Text)
	case Variable:
		return jsonb.AppendQuoted(append(out, '$'), i.Text)
	case Number:
		if i.Next != nil {
			return append(out, "("+i.Text+")"...)
		}
		return append(out, i.Text...)
	case Bool:
		return strconv.AppendBool(out, i.Bool)
	case Filter:
		return inner("?(", ")")
	case Not:
		return inner("!(", ")")
	case IsUnknown:
		return inner("(", ") is unknown")
	case Exists:
		return inner("exists (", ")")
	case Current:
		return append(out, '@')
	case Root:
		return append(out, '$')
	case Last:
		return append(out, "last"...)
	case AnyArray:
		return append(out, "[*]"...)
	case AnyKey:
		return append(out, '*')
	case IndexArray:
		return appendSubscripts(out, i.Subscripts)
	case Any:
		return append(out, levels(i.First, i.Last)...)
	}
	out = append(out, "."+i.Kind.String()+"("...)
	if i.Left != nil {
		out = appendItem(out, i.Left, false, false)
	}
	return append(out, ')')
}

func appendSubscripts(out []byte, all []Subscript) []byte {
	out = append(out, '[')
	for n, s := range all {
		if n > 0 {
			out = append(out, ',')
		}
		out = appendItem(out, s.From, false, false)
		if s.To != nil {
			out = appendItem(append(out, " to "...), s.To, false, false)
		}
	}
	return append(out, ']')
}

func levels(first, last uint32) string {
	name := func(l uint32) string {
		if l == LastLevel {
			return "last"
		}
		return strconv.FormatUint(uint64(l), 10)
	}
	switch {
	case first == 0 && last == LastLevel:
		return "**"
	case first == last:
		return "**{" + name(first) + "}"
	}
	return "**{" + name(first) + " to " + name(last) + "}"
}
