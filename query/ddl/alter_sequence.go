package ddl

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

func (*alterSequence) tag() string { return "ALTER SEQUENCE" }

func (k *alterSequence) run(_ context.Context, c *call) error {
	r := k.statement.GetSequence()
	q, err := c.sequenceToAlter(r)
	if err != nil && k.statement.GetMissingOk() && IsMissing(err) {
		return c.skips(sqlstate.SuccessfulCompletion, "relation %q does not exist, skipping", r.GetRelname())
	}
	if err != nil {
		return err
	}
	to := *q
	if k.name != "" {
		err = c.renamed(q, &to, k.name)
	} else {
		err = k.options(c, &to)
	}
	if err != nil {
		return err
	}
	return c.Tables().AlterSequence(q, to)
}

// sequenceToAlter is the session's own sequence by a name.
func (c *call) sequenceToAlter(r *pg.RangeVar) (*temptable.Sequence, error) {
	if c.own(r) {
		o := c.Tables().Object(r.GetRelname())
		if q, ok := o.(*temptable.Sequence); ok {
			return q, nil
		}
		_, isType := o.(*temptable.Type)
		if t, _ := c.Tables().Index(r.GetRelname()); t != nil || o != nil && !isType {
			return nil, sqlstate.New(sqlstate.WrongObjectType, "%q is not a sequence", r.GetRelname())
		}
	}
	if c.NamesIndex(r) {
		return nil, notA(r.GetRelname(), "a sequence")
	}
	if err := c.found(r); err != nil {
		return nil, err
	}
	return nil, c.unsupported("ALTER SEQUENCE of what is not temporary is not supported")
}

func (k *alterSequence) options(c *call, to *temptable.Sequence) error {
	options, owner, err := c.splitOwner(k.statement.GetOptions())
	if err != nil {
		return err
	}
	if len(options) > 0 {
		to.Unlog()
	}
	if err := c.Options(c.Text).AlterSequence(to, options); err != nil || owner == nil {
		return err
	}
	return c.ownSequence(to, owner.GetArg().GetList().GetItems())
}

// splitOwner takes OWNED BY from the options of a sequence; nil: there is none.
func (c *call) splitOwner(all []*pg.Node) (options []*pg.Node, owner *pg.DefElem, err error) {
	for _, n := range all {
		d := n.GetDefElem()
		switch {
		case d.GetDefname() != "owned_by":
			options = append(options, n)
		case owner != nil:
			return nil, nil, c.at(d.GetLocation(), sqlstate.SyntaxError, "conflicting or redundant options")
		default:
			owner = d
		}
	}
	return options, owner, nil
}

// ownSequence is OWNED BY.
func (c *call) ownSequence(to *temptable.Sequence, names []*pg.Node) error {
	if len(names) == 1 {
		if names[0].GetString_().GetSval() != "none" {
			return sqlstate.New(sqlstate.SyntaxError, "invalid OWNED BY option").WithHint("Specify OWNED BY table.column or OWNED BY NONE.")
		}
		if err := c.unlinked(to); err != nil {
			return err
		}
		to.Owner, to.Column = 0, ""
		return nil
	}
	r, column := parse.RangeVar(names[:len(names)-1]), names[len(names)-1].GetString_().GetSval()
	t := c.tableOf(r)
	if t == nil {
		if err := c.found(r); err != nil {
			return err
		}
		return c.unsupported("OWNED BY what is not a temporary table is not supported")
	}
	if t.Find(column) < 0 {
		return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", column, t.Name)
	}
	if err := c.unlinked(to); err != nil {
		return err
	}
	to.Owner, to.Column = t.OID, column
	return nil
}

// unlinked checks that a sequence is not that of an identity column.
func (c *call) unlinked(q *temptable.Sequence) error {
	for _, t := range c.Tables().All() {
		if i := t.Find(q.Column); t.OID == q.Owner && i >= 0 && t.Columns[i].Identity != temptable.NoIdentity {
			return sqlstate.New(sqlstate.FeatureNotSupported, "cannot change ownership of identity sequence").
				WithDetail("Sequence %q is linked to table %q.", q.Name, t.Name)
		}
	}
	return nil
}

// renamed gives a sequence a name, unless something may know it by the one that it has.
func (c *call) renamed(q, to *temptable.Sequence, name string) error {
	uses := func(c temptable.Column) bool { return strings.Contains(c.Default, q.Name) }
	for _, t := range c.Tables().All() {
		if slices.ContainsFunc(t.Columns, uses) {
			return c.unsupported("renaming a sequence that a default names is not supported")
		}
	}
	if len(c.Tables().Views()) > 0 {
		return c.unsupported("renaming a sequence that a view may name is not supported").WithHint("Drop the views first.")
	}
	to.Name = name
	return nil
}
