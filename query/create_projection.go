package query

import (
	"context"
	"errors"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createProjection is CREATE [OR REPLACE] PROJECTION.
type createProjection struct{ statement *parse.CreateProjection }

func (k *createProjection) run(ctx context.Context, s *Session, x *call) (result, error) {
	if err := s.writable("CREATE PROJECTION"); err != nil {
		return result{}, err
	}
	n := k.statement
	if n.Name == "events" || catalog.Lookup("pg_catalog", n.Name) != nil {
		return result{}, k.taken(x)
	}
	if d, ok := s.catalog().Lookup(n.Name); ok && d.Language == projection.Go {
		return result{}, k.taken(x).WithDetail(registeredDetail)
	}
	d, err := fold.Compile(n)
	if err != nil {
		return result{}, err
	}
	for tries := range alterTriesMax {
		if tries == 1 {
			defer s.turn(ctx)()
		}
		if err := k.governs(s); err != nil {
			return result{}, err
		}
		err = k.define(ctx, s, s.catalog(), d)
		var lost *event.RecordError
		switch {
		case err == nil:
			return result{tag: "CREATE PROJECTION"}, k.warn(s, x.out, d)
		case !errors.As(err, &lost):
			return result{}, err
		case lost.Name == projection.RecordName(n.Name) && !n.OrReplace:
			return result{}, k.taken(x)
		}
	}
	return result{}, sqlstate.New(sqlstate.SerializationFailure, "projection %q was altered by others at the same time", n.Name)
}

// warn tells of columns that make every state fail. That is no error: definitions of the past are made again from dumps.
func (k *createProjection) warn(s *Session, out Out, d *projection.Definition) error {
	for _, column := range fold.Unset(d) {
		text := sqlstate.New(sqlstate.Warning, "column %q of projection %q is NOT NULL without DEFAULT, and no WHEN sets it", column, d.Name).
			WithHint("No state can be read so (23502). Give it a DEFAULT, or set it in the WHEN of each kind that an entity begins with.")
		if err := s.tell(out, notice{"WARNING", text}); err != nil {
			return err
		}
	}
	return nil
}

// define commits the definition, with what roles may do with it, and takes away the comments on columns that it does not
// have. Views go on reading it as they did.
func (k *createProjection) define(ctx context.Context, s *Session, c *projection.Catalog, d *projection.Definition) error {
	if _, exists := c.Lookup(d.Name); c.View(d.Name) != nil || exists && !k.statement.OrReplace {
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
	return s.change(ctx, withRoles(c, changes, s.keptPrivileges(c, d)).holdingViews(c))
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
