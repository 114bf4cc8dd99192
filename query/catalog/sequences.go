package catalog

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func sequences(s Session, add func(values)) {
	for _, t := range s.Objects().tables {
		if q := t.Sequence; q != nil {
			add(values{
				"seqrelid": oid(t.OID), "seqtypid": oid(uint32(q.Type)), "seqstart": types.Int(q.Start), "seqincrement": types.Int(q.Increment),
				"seqmax": types.Int(q.Max), "seqmin": types.Int(q.Min), "seqcache": types.Int(1), "seqcycle": types.Bool(q.Cycle),
			})
		}
	}
}

// column is the place of a column; -1 if there is none of that name.
func (t *Table) column(name string) int {
	for i, c := range t.visible() {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// sequenceFunctions are the functions that look sequences up.
func sequenceFunctions() map[string]call {
	return map[string]call{"pg_get_serial_sequence": serialSequence, "pg_sequence_last_value": sequenceLast}
}

// serialSequence names the sequence of a column.
func serialSequence(s Session, args []types.Datum) (types.Datum, error) {
	id, err := Registry{s}.RegOID(types.RegclassOID, args[0].Str())
	if err != nil {
		return types.Null, err
	}
	table := s.Objects().byOID[id]
	if table == nil {
		return types.Null, nil
	}
	if table.column(args[1].Str()) < 0 {
		return types.Null, sqlstate.New(sqlstate.UndefinedColumn, "column \"%s\" of relation \"%s\" does not exist", args[1].Str(), table.Name)
	}
	for _, t := range s.Objects().tables {
		if q := t.Sequence; q != nil && q.Owner == id && q.Column == args[1].Str() {
			return types.String(qualifiedName(shownSchema(s, t.Schema), t.Name)), nil
		}
	}
	return types.Null, nil
}

// sequenceLast is the number that a sequence gave last; NULL if it gave none.
func sequenceLast(s Session, args []types.Datum) (types.Datum, error) {
	t := s.Objects().byOID[argOID(args[0])]
	if t == nil || t.Sequence == nil {
		e, there := s.Objects().relation(argOID(args[0]))
		if !there {
			return types.Null, sqlstate.New(sqlstate.InternalError, "could not open relation with OID %d", argOID(args[0]))
		}
		return types.Null, sqlstate.New(sqlstate.WrongObjectType, "\"%s\" is not a sequence", e.name)
	}
	last, called := t.Sequence.Last()
	if !called {
		return types.Null, nil
	}
	return types.Int(last), nil
}
