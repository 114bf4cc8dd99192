package parse

import (
	"strings"
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Body parses the body of a function in SQL. The error's position is one in it.
func Body(text string) ([]*pg.Node, error) {
	tree, err := Tree(text)
	if err != nil {
		e, _ := grammarError(err, text, text)
		return nil, e
	}
	var all []*pg.Node
	for _, s := range tree.GetStmts() {
		all = append(all, s.GetStmt())
	}
	return all, nil
}

// BeyondParams is a parameter in a statement whose number is above n, nil if there is none.
func BeyondParams(n *pg.Node, count int) *pg.ParamRef { return beyondParams(n.ProtoReflect(), count) }

func beyondParams(m protoreflect.Message, count int) (found *pg.ParamRef) {
	if p, ok := m.Interface().(*pg.ParamRef); ok && int(p.GetNumber()) > count {
		return p
	}
	eachMessage(m, func(child protoreflect.Message) {
		if found == nil {
			found = beyondParams(child, count)
		}
	})
	return found
}

// PositionInString turns a position in a string into one in the statement that has it, once,
// as a literal; 0 if it has not.
func PositionInString(statement, s string, position int) int {
	found := 0
	for i := range len(statement) {
		begins, rest := 0, statement[i+1:]
		switch {
		case statement[i] == '$' && strings.HasPrefix(rest, s+"$"):
			begins = position
		case statement[i] == '\'':
			begins = inLiteral(rest, s, position)
		}
		if begins > 0 && found > 0 {
			return 0
		}
		if begins > 0 {
			found = utf8.RuneCountInString(statement[:i+1]) + begins
		}
	}
	return found
}

// inLiteral is the position in what is between quotes that a position in s, which it stands
// for, is at; 0 if it stands for something else.
func inLiteral(quoted, s string, position int) int {
	at, left := position, position
	for _, r := range s {
		if len(quoted) > 1 && (quoted[0] == '\\' || quoted[:2] == "''") {
			if quoted = quoted[1:]; left > 0 {
				at++
			}
		} else if strings.HasPrefix(quoted, "'") {
			return 0
		}
		if !strings.HasPrefix(quoted, string(r)) {
			return 0
		}
		quoted = quoted[utf8.RuneLen(r):]
		left--
	}
	if !strings.HasPrefix(quoted, "'") || strings.HasPrefix(quoted, "''") {
		return 0
	}
	return at
}

// Subquery is the first subquery in a call's arguments, nil if there is none.
func Subquery(n *pg.FuncCall) *pg.SubLink { return subquery(n.ProtoReflect()) }

func subquery(m protoreflect.Message) (found *pg.SubLink) {
	if s, ok := m.Interface().(*pg.SubLink); ok {
		return s
	}
	eachMessage(m, func(child protoreflect.Message) {
		if found == nil {
			found = subquery(child)
		}
	})
	return found
}

// Calls reports whether a statement calls a function with one of some names, whatever its schema.
func Calls(n *pg.InsertStmt, names map[string]bool) bool { return calls(n.ProtoReflect(), names) }

func calls(m protoreflect.Message, names map[string]bool) (found bool) {
	if f, ok := m.Interface().(*pg.FuncCall); ok {
		name := f.GetFuncname()
		found = len(name) > 0 && names[name[len(name)-1].GetString_().GetSval()]
	}
	eachMessage(m, func(child protoreflect.Message) { found = found || calls(child, names) })
	return found
}
