package query

import (
	"context"
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// alterSequence is ALTER SEQUENCE of a temporary one, or its RENAME.
type alterSequence struct {
	statement *pg.AlterSeqStmt
	name      string // that RENAME gives; "" = none
}

func (k *alterSequence) run(_ context.Context, s *Session, x *call) (result, error) {
	r := k.statement.GetSequence()
	q, err := s.sequenceToAlter(x, r)
	if err != nil && k.statement.GetMissingOk() && isMissing(err) {
		return result{tag: "ALTER SEQUENCE"}, s.skips(x, sqlstate.SuccessfulCompletion, "relation %q does not exist, skipping", r.GetRelname())
	}
	if err != nil {
		return result{}, err
	}
	to := *q
	if k.name != "" {
		err = s.renamed(x, q, &to, k.name)
	} else {
		err = k.options(s, x, &to)
	}
	if err != nil {
		return result{}, err
	}
	return result{tag: "ALTER SEQUENCE"}, s.tables.AlterSequence(q, to)
}

// sequenceToAlter is the session's own sequence by a name.
func (s *Session) sequenceToAlter(x *call, r *pg.RangeVar) (*temptable.Sequence, error) {
	if s.ownSchema(r) {
		o := s.tables.Object(r.GetRelname())
		if q, ok := o.(*temptable.Sequence); ok {
			return q, nil
		}
		if t, _ := s.tables.Index(r.GetRelname()); t != nil || o != nil && !isObject[*temptable.Type](o) {
			return nil, sqlstate.New(sqlstate.WrongObjectType, "%q is not a sequence", r.GetRelname())
		}
	}
	if s.namesIndex(r) {
		return nil, notA(r.GetRelname(), "a sequence")
	}
	if err := s.found(x.compiled, r); err != nil {
		return nil, err
	}
	return nil, unsupported(x.sql, int32(x.statement.Start), "ALTER SEQUENCE of what is not temporary is not supported")
}

func (k *alterSequence) options(s *Session, x *call, to *temptable.Sequence) error {
	options, owner, err := splitOwner(x.sql, k.statement.GetOptions())
	if err != nil {
		return err
	}
	if len(options) > 0 {
		to.Unlog()
	}
	if err := s.tableOptions(x.sql).AlterSequence(to, options); err != nil || owner == nil {
		return err
	}
	return s.ownSequence(x, to, owner.GetArg().GetList().GetItems())
}

// splitOwner takes OWNED BY from the options of a sequence; nil: there is none.
func splitOwner(sql string, all []*pg.Node) (options []*pg.Node, owner *pg.DefElem, err error) {
	for _, n := range all {
		d := n.GetDefElem()
		switch {
		case d.GetDefname() != "owned_by":
			options = append(options, n)
		case owner != nil:
			return nil, nil, at(sql, d.GetLocation(), sqlstate.SyntaxError, "conflicting or redundant options")
		default:
			owner = d
		}
	}
	return options, owner, nil
}

// ownSequence is OWNED BY.
func (s *Session) ownSequence(x *call, to *temptable.Sequence, names []*pg.Node) error {
	if len(names) == 1 {
		if names[0].GetString_().GetSval() != "none" {
			return sqlstate.New(sqlstate.SyntaxError, "invalid OWNED BY option").WithHint("Specify OWNED BY table.column or OWNED BY NONE.")
		}
		if err := s.unlinked(to); err != nil {
			return err
		}
		to.Owner, to.Column = 0, ""
		return nil
	}
	r, column := parse.RangeVar(names[:len(names)-1]), names[len(names)-1].GetString_().GetSval()
	t := s.tableOf(r)
	if t == nil {
		if err := s.found(x.compiled, r); err != nil {
			return err
		}
		return unsupported(x.sql, int32(x.statement.Start), "OWNED BY what is not a temporary table is not supported")
	}
	if t.Find(column) < 0 {
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", column, t.Name)
	}
	if err := s.unlinked(to); err != nil {
		return err
	}
	to.Owner, to.Column = t.OID, column
	return nil
}

// unlinked checks that a sequence is not that of an identity column.
func (s *Session) unlinked(q *temptable.Sequence) error {
	for _, t := range s.tables.All() {
		if i := t.Find(q.Column); t.OID == q.Owner && i >= 0 && t.Columns[i].Identity != temptable.NoIdentity {
			return sqlstate.New(sqlstate.FeatureNotSupported, "cannot change ownership of identity sequence").
				WithDetail("Sequence %q is linked to table %q.", q.Name, t.Name)
		}
	}
	return nil
}

// renamed gives a sequence a name, unless something may know it by the one that it has.
func (s *Session) renamed(x *call, q, to *temptable.Sequence, name string) error {
	uses := func(c temptable.Column) bool { return strings.Contains(c.Default, q.Name) }
	for _, t := range s.tables.All() {
		if slices.ContainsFunc(t.Columns, uses) {
			return unsupported(x.sql, int32(x.statement.Start), "renaming a sequence that a default names is not supported")
		}
	}
	if len(s.tables.Views()) > 0 {
		return unsupported(x.sql, int32(x.statement.Start), "renaming a sequence that a view may name is not supported").WithHint("Drop the views first.")
	}
	to.Name = name
	return nil
}
