package query

import (
	"context"
	"errors"
	"slices"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createProjection is CREATE [OR REPLACE] PROJECTION, dropProjection DROP PROJECTION.
type (
	createProjection struct{ statement *parse.CreateProjection }
	dropProjection   struct{ statement *parse.DropProjection }
)

// alone refuses a command of the session's own that must not stand among others.
func (s *Session) alone(command string) error {
	if s.tx.state == block || !s.tx.alone {
		return sqlstate.New(sqlstate.ActiveSQLTransaction, "%s cannot run inside a transaction block", command)
	}
	return nil
}

// outsideTransaction refuses a command that cannot be undone with others.
func (s *Session) outsideTransaction(command string) error {
	if s.tx.state == block || len(s.tx.pending.Drafts) > 0 {
		return sqlstate.New(sqlstate.ActiveSQLTransaction, "%s cannot run inside a transaction block", command)
	}
	return s.writable(command)
}

func (k *createProjection) run(ctx context.Context, s *Session, x *call) (result, error) {
	if err := s.outsideTransaction("CREATE PROJECTION"); err != nil {
		return result{}, err
	}
	n := k.statement
	if n.Name == "events" || catalog.Lookup("pg_catalog", n.Name) != nil {
		return result{}, k.taken(x)
	}
	if d, ok := s.server.options.Definitions.Lookup(n.Name); ok && d.Language == projection.Go {
		return result{}, k.taken(x).WithDetail(registeredDetail)
	}
	d, err := fold.Compile(n)
	if err != nil {
		return result{}, err
	}
	for range alterTriesMax {
		if err := k.governs(s); err != nil {
			return result{}, err
		}
		err = k.define(ctx, s, d)
		var lost *event.RecordError
		if !errors.As(err, &lost) {
			return result{tag: "CREATE PROJECTION"}, err
		}
		if lost.Name == projection.RecordName(n.Name) && !n.OrReplace {
			return result{}, k.taken(x)
		}
	}
	return result{}, sqlstate.New(sqlstate.SerializationFailure, "projection %q was altered by others at the same time", n.Name)
}

// define commits the definition, with what roles may do with it, and takes away the comments on columns that it does not
// have. Views go on reading it as they did.
func (k *createProjection) define(ctx context.Context, s *Session, d *projection.Definition) error {
	c := s.server.options.Definitions.Current()
	if c.View(d.Name) != nil {
		return &event.RecordError{Name: projection.RecordName(d.Name), Exists: true}
	}
	if err := s.readable(c, d); err != nil {
		return err
	}
	changes := []event.Change{k.change(s, c)}
	comments, changed, err := keptComments(c, d)
	switch {
	case err != nil:
		return err
	case changed:
		changes = append(changes, comments)
	}
	changes, err = withRoles(c, holdingViews(c, changes), s.keptPrivileges(c, d))
	if err != nil {
		return err
	}
	return s.server.options.Backend.Change(ctx, changes...)
}

// change puts the definition, in the place of none but the one that the session may replace.
func (k *createProjection) change(s *Session, c *projection.Catalog) event.Change {
	made := event.Change{Name: projection.RecordName(k.statement.Name), Value: projection.RecordValue(k.statement.Source), Expect: event.NoRecord}
	if !k.statement.OrReplace {
		return made
	}
	old, exists := c.Lookup(k.statement.Name)
	switch {
	case s.may().all: // also what this node does not understand
		made.Expect = event.AnyRecord
	case exists:
		made.Expect, made.Version = event.ThisRecord, old.Record
	}
	return made
}

const registeredDetail = "It is written in Go, and registered by the program that runs this node."

func (k *createProjection) taken(x *call) *sqlstate.Error {
	return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", k.statement.Name).
		At(parse.Position(x.sql, k.statement.NamePos))
}

func (k *dropProjection) run(ctx context.Context, s *Session, x *call) (result, error) {
	if err := s.outsideTransaction("DROP PROJECTION"); err != nil {
		return result{}, err
	}
	for range alterTriesMax {
		more, missing, err := k.drop(ctx, s, x)
		var lost *event.RecordError
		if errors.As(err, &lost) {
			continue
		}
		if err == nil {
			err = k.tell(s, x, missing, more)
		}
		return result{tag: "DROP PROJECTION"}, err
	}
	return result{}, sqlstate.New(sqlstate.SerializationFailure, "projections were changed by others at the same time")
}

// drop drops the projections that there are, and with CASCADE the views that read them, with what roles may do with them.
func (k *dropProjection) drop(ctx context.Context, s *Session, x *call) (more []dependent, missing []string, err error) {
	if err := k.governs(s); err != nil {
		return nil, nil, err
	}
	c := s.server.options.Definitions.Current()
	var names []string
	var changes []event.Change
	for i, name := range k.statement.Names {
		d, ok := c.Lookup(name)
		switch {
		case ok && d.Language == projection.Go:
			return nil, nil, k.inGo(x, i)
		case !ok && !k.statement.IfExists:
			return nil, nil, k.missing(s, x, i)
		case !ok:
			missing = append(missing, name)
		case !slices.Contains(names, name):
			names = append(names, name)
			changes = append(changes, dropChanges(d, !s.may().all)...)
		}
	}
	if len(changes) == 0 {
		return nil, missing, nil
	}
	gone, more := withReaders(c, names)
	if len(more) > 0 && !k.statement.Cascade {
		what := "desired object(s)"
		if len(names) == 1 {
			what = "projection " + expr.QuoteIdent(names[0])
		}
		return nil, nil, needed(what, more)
	}
	changes, err = withRoles(c, append(changes, withoutViews(c, gone)...), withoutPrivileges(c.Roles, gone))
	switch {
	case err != nil:
		return nil, nil, err
	case len(more) == 0:
		return nil, missing, s.server.options.Backend.Change(ctx, holdingViews(c, changes)...)
	}
	return more, missing, s.server.options.Backend.Change(ctx, onViews(c, changes)...)
}

// withoutPrivileges takes away what roles may do with relations that go.
func withoutPrivileges(left *role.Set, names []string) *role.Set {
	for _, name := range names {
		if left.Relation(name) != nil {
			left = left.WithRelation(name, nil)
		}
	}
	return left
}

// withRoles adds to changes that of the roles with which they are made all or not at all, once nodes know how
// to hold records.
func withRoles(c *projection.Catalog, changes []event.Change, next *role.Set) ([]event.Change, error) {
	if next == c.Roles {
		return changes, nil
	}
	change, err := rolesChange(c.Roles, next)
	if c.ViewsVersion > 0 && len(changes) > 0 {
		change.Holds = slices.Clone(changes[0].Holds)
		for i := range changes {
			changes[i].Holds = append(changes[i].Holds, event.Hold{Name: role.RecordName, Version: c.Roles.Of()})
		}
	}
	return append(changes, change), err
}

func (k *dropProjection) tell(s *Session, x *call, missing []string, more []dependent) error {
	for _, name := range missing {
		if err := s.notice(x.out, "projection %q does not exist, skipping", name); err != nil {
			return err
		}
	}
	return s.tellCascade(x, more)
}

func (k *dropProjection) inGo(x *call, i int) error {
	return sqlstate.New(sqlstate.WrongObjectType, "projection %q is not dropped by SQL", k.statement.Names[i]).
		WithDetail(registeredDetail).
		At(parse.Position(x.sql, k.statement.NamePos[i]))
}

func (k *dropProjection) missing(s *Session, x *call, i int) error {
	name := k.statement.Names[i]
	if name == "events" || s.server.options.Definitions.Current().View(name) != nil {
		return sqlstate.New(sqlstate.WrongObjectType, "%q is not a projection", name).At(parse.Position(x.sql, k.statement.NamePos[i]))
	}
	return sqlstate.New(sqlstate.UndefinedTable, "projection %q does not exist", name).At(parse.Position(x.sql, k.statement.NamePos[i]))
}
