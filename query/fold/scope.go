package fold

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// eventQualifier is how expressions name the event's columns apart.
const eventQualifier = "event"

// scope finds the state's columns, then the event's, in one row: the state's come
// first.
type scope struct{ c *compiler }

// Column implements expr.Scope.
func (s scope) Column(parts []string, pos int) (expr.Expr, error) {
	switch len(parts) {
	case 1:
		return s.bare(parts[0], pos)
	case 2:
		return s.qualified(parts[0], parts[1], pos)
	default:
		return nil, s.missing(parts[len(parts)-2], pos)
	}
}

func (s scope) bare(name string, pos int) (expr.Expr, error) {
	own, of := s.state(name), eventColumn(name)
	switch {
	case own >= 0 && of >= 0:
		return nil, s.c.errorAt(pos, sqlstate.AmbiguousColumn, "column reference \"%s\" is ambiguous", name).
			WithHint("Write %s.%s or %s.%s.", s.c.stmt.Name, name, eventQualifier, name)
	case own >= 0:
		return s.stateColumn(own, pos), nil
	case of >= 0:
		return s.eventColumn(of, pos), nil
	}
	return nil, s.c.errorAt(pos, sqlstate.UndefinedColumn, "column \"%s\" does not exist", name)
}

func (s scope) qualified(table, name string, pos int) (expr.Expr, error) {
	if table != s.c.stmt.Name && table != eventQualifier {
		return nil, s.missing(table, pos)
	}
	own, of := -1, -1
	if table == s.c.stmt.Name {
		own = s.state(name)
	}
	if table == eventQualifier || name == "entity" {
		of = eventColumn(name)
	}
	switch {
	case own >= 0 && of >= 0:
		return nil, s.c.errorAt(pos, sqlstate.AmbiguousColumn, "column reference \"%s\" is ambiguous", name)
	case own >= 0:
		return s.stateColumn(own, pos), nil
	case of >= 0:
		return s.eventColumn(of, pos), nil
	}
	return nil, s.c.errorAt(pos, sqlstate.UndefinedColumn, "column %s.%s does not exist", table, name)
}

func (s scope) missing(table string, pos int) error {
	return s.c.errorAt(pos, sqlstate.UndefinedTable, "missing FROM-clause entry for table \"%s\"", table)
}

func (s scope) state(name string) int {
	for i := range s.c.fold.columns {
		if s.c.fold.columns[i].described.Name == name {
			return i
		}
	}
	return -1
}

func (s scope) stateColumn(i, pos int) expr.Expr {
	col := &s.c.fold.columns[i]
	return expr.NewColumn(i, col.described.Name, col.typ, pos)
}

func (s scope) eventColumn(i, pos int) expr.Expr {
	return expr.NewColumn(len(s.c.fold.columns)+i, eventColumns[i].name, types.Of(eventColumns[i].oid), pos)
}

// binderPosition is where an expression stands, as error positions have it.
func (c *compiler) binderPosition(e expr.Expr) int { return parse.Position(c.stmt.Text, e.Pos()) }
