package query

import (
	"context"
	"errors"
	"slices"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// dropProjection is DROP PROJECTION.
type dropProjection struct{ statement *parse.DropProjection }

func (k *dropProjection) run(ctx context.Context, s *Session, x *call) (result, error) {
	if err := s.writable("DROP PROJECTION"); err != nil {
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
	c := s.catalog()
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
	g := goingWith(c, names, nil)
	if more = g.more; len(more) > 0 && !k.statement.Cascade {
		what := "desired object(s)"
		if len(names) == 1 {
			what = "projection " + expr.QuoteIdent(names[0])
		}
		return nil, nil, needed(what, more)
	}
	made := withRoles(c, append(changes, g.changes(c)...), g.privileges(c.Roles))
	if len(more) == 0 {
		return nil, missing, s.change(ctx, made.holdingViews(c))
	}
	return more, missing, s.change(ctx, made.onViews(c))
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
	if name == "events" || s.catalog().View(name) != nil {
		return sqlstate.New(sqlstate.WrongObjectType, "%q is not a projection", name).At(parse.Position(x.sql, k.statement.NamePos[i]))
	}
	return sqlstate.New(sqlstate.UndefinedTable, "projection %q does not exist", name).At(parse.Position(x.sql, k.statement.NamePos[i]))
}
