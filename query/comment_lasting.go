package query

import (
	"context"
	"errors"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// commentLasting is COMMENT ON a projection, events, or a column of these: it is in the replicated
// catalog, as definitions are.
type commentLasting struct {
	relation string
	column   string // "" = the relation itself
	text     string // "" = NULL
}

const commentTag = "COMMENT"

// lasting is the comment on a relation that is not the session's own; nil if such relations have
// none of its kind.
func (k *commentCommand) lasting(r *plan.Relation) (command, error) {
	if r.Lasting {
		return k.onView(r)
	}
	if r.Kind != plan.EventsRelation && r.Kind != plan.ProjectionRelation {
		return nil, nil
	}
	made := &commentLasting{relation: r.Name, column: k.part, text: k.text}
	switch k.kind {
	case pg.ObjectType_OBJECT_TABLE:
		return made, nil
	case pg.ObjectType_OBJECT_VIEW, pg.ObjectType_OBJECT_SEQUENCE, pg.ObjectType_OBJECT_INDEX:
		return nil, notA(r.Name, dropKinds[k.kind].a)
	case pg.ObjectType_OBJECT_COLUMN:
		if slices.ContainsFunc(r.Columns, func(c plan.RelationColumn) bool { return c.Name == k.part && !c.Hidden }) {
			return made, nil
		}
		return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", k.part, r.Name)
	}
	return nil, nil
}

// onView is the comment on a view of all sessions.
func (k *commentCommand) onView(r *plan.Relation) (command, error) {
	switch k.kind {
	case pg.ObjectType_OBJECT_VIEW:
	case pg.ObjectType_OBJECT_TABLE, pg.ObjectType_OBJECT_SEQUENCE, pg.ObjectType_OBJECT_INDEX:
		return nil, notA(r.Name, dropKinds[k.kind].a)
	case pg.ObjectType_OBJECT_COLUMN:
		if !slices.ContainsFunc(r.Columns, func(c plan.RelationColumn) bool { return c.Name == k.part }) {
			return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", k.part, r.Name)
		}
	default:
		return nil, nil
	}
	return &alterView{view: r.Name, column: k.part, tag: commentTag, edit: func(_ *Session, _ *projection.Catalog, old *projection.View) (*edited, error) {
		made := *old
		made.Columns = slices.Clone(old.Columns)
		to := &made.Comment
		if k.part != "" {
			i := slices.IndexFunc(made.Columns, func(c projection.ViewColumn) bool { return c.Name == k.part })
			if i < 0 {
				return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", k.part, r.Name)
			}
			to = &made.Columns[i].Comment
		}
		*to = k.text
		changes, err := replaced(old, &made)
		return &edited{changes: changes}, err
	}}, nil
}

func (k *commentLasting) run(ctx context.Context, s *Session, _ *call) (result, error) {
	if err := s.writable(commentTag); err != nil {
		return result{}, err
	}
	for range alterTriesMax {
		err := k.change(ctx, s, s.catalog())
		var lost *event.RecordError
		if !errors.As(err, &lost) {
			return result{tag: commentTag}, err
		}
		if lost.Name == projection.RecordName(k.relation) {
			return result{}, k.missing()
		}
	}
	return result{}, sqlstate.New(sqlstate.SerializationFailure, "comments on %q were changed by others at the same time", k.relation)
}

func (k *commentLasting) missing() error {
	return sqlstate.New(sqlstate.UndefinedTable, "relation %q does not exist", k.relation)
}

// change commits the record of the relation's comments, on the condition that it is what the new one
// was made of, and that the projection is not dropped meanwhile.
func (k *commentLasting) change(ctx context.Context, s *Session, c *projection.Catalog) error {
	old := c.Comments(k.relation)
	if old.Of(k.column) == k.text {
		return nil
	}
	change, err := commentsChange(k.relation, old, old.With(k.column, k.text))
	if err != nil {
		return err
	}
	if k.relation != s.server.events.Name {
		d, ok := c.Lookup(k.relation)
		if !ok {
			return k.missing()
		}
		if d.Language == projection.SQL {
			change.Needs = projection.RecordName(d.Name)
		}
	}
	return s.change(ctx, &edited{changes: []event.Change{change}})
}

// commentsChange puts comments in the place of those that there are.
func commentsChange(relation string, old, to *projection.Comments) (event.Change, error) {
	change := event.Change{Name: projection.CommentsRecordName(relation), Expect: event.NoRecord}
	if old != nil {
		change.Expect, change.Version = event.ThisRecord, old.Version
	}
	var err error
	change.Value, err = to.Record()
	return change, err
}

// keptComments is the change of the comments on a projection that a definition leaves as they are
// where it has their columns; false: there is nothing to change. What was said of a projection that was
// dropped is said of none that is made later.
func keptComments(c *projection.Catalog, d *projection.Definition) (event.Change, bool, error) {
	old := c.Comments(d.Name)
	if old == nil {
		return event.Change{}, false, nil
	}
	to := &projection.Comments{}
	if _, replaced := c.Lookup(d.Name); replaced {
		to = old
		for column := range old.Columns {
			if column != entityColumn && !slices.ContainsFunc(d.Columns, func(c projection.Column) bool { return c.Name == column }) {
				to = to.With(column, "")
			}
		}
	}
	if to == old {
		return event.Change{}, false, nil
	}
	change, err := commentsChange(d.Name, old, to)
	return change, true, err
}

// entityColumn is the first column of every projection.
const entityColumn = "entity"
