package query

import (
	"context"
	"errors"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// alterProjection is ALTER PROJECTION.
type alterProjection struct{ statement *parse.AlterProjection }

const alterProjectionTag = "ALTER PROJECTION"

func (k *alterProjection) run(ctx context.Context, s *Session, x *call) (result, error) {
	if err := s.writable(alterProjectionTag); err != nil {
		return result{}, err
	}
	if err := k.apply(&projection.Settings{}); err != nil {
		return result{}, err
	}
	for range alterTriesMax {
		d, exists := s.catalog().Lookup(k.statement.Name)
		if !exists {
			return result{tag: alterProjectionTag}, k.missing(s, x)
		}
		err := k.change(ctx, s, d)
		var lost *event.RecordError
		if !errors.As(err, &lost) {
			return result{tag: alterProjectionTag}, err
		}
		if lost.Name == projection.RecordName(d.Name) {
			return result{tag: alterProjectionTag}, k.missing(s, x)
		}
	}
	return result{}, sqlstate.New(sqlstate.SerializationFailure, "projection %q was altered by others at the same time", k.statement.Name)
}

// apply changes settings as the statement says.
func (k *alterProjection) apply(to *projection.Settings) error {
	for i := range k.statement.Settings {
		set := &k.statement.Settings[i]
		at := parse.Position(k.statement.Text, set.Pos)
		if set.Name != "warm" {
			return sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized parameter %q", set.Name).At(at).
				WithHint("Projections have the parameter \"warm\".")
		}
		if set.Reset {
			if set.Value != "" {
				return sqlstate.New(sqlstate.SyntaxError, "RESET must not include values for parameters").At(at)
			}
			to.Warm = 0
			continue
		}
		mode, err := projection.ParseWarmMode(set.Value)
		if err != nil {
			return sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter \"warm\": %q", set.Value).At(at).
				WithDetail("Valid values are \"off\", \"lazy\" and \"on\".")
		}
		to.Warm = mode
	}
	return nil
}

// change commits the settings' record, on the condition that it is what the new one was
// made of, and that the projection is not dropped meanwhile: the next of its name has
// none of its settings. Nobody drops one that is written in Go.
func (k *alterProjection) change(ctx context.Context, s *Session, d *projection.Definition) (err error) {
	old := s.catalog().Settings(k.statement.Name)
	to := old
	if err := k.apply(&to); err != nil || to == old {
		return err
	}
	change := event.Change{Name: projection.SettingsRecordName(k.statement.Name), Expect: event.NoRecord}
	if old.Version != 0 {
		change.Expect, change.Version = event.ThisRecord, old.Version
	}
	if d.Language == projection.SQL {
		change.Needs = projection.RecordName(d.Name)
	}
	if change.Value, err = projection.SettingsRecordValue(to); err != nil {
		return err
	}
	return s.change(ctx, &edited{changes: []event.Change{change}})
}

func (k *alterProjection) missing(s *Session, x *call) error {
	n := k.statement
	switch at := parse.Position(n.Text, n.NamePos); {
	case n.Name == "events":
		return sqlstate.New(sqlstate.WrongObjectType, "%q is not a projection", n.Name).At(at)
	case n.IfExists:
		return s.notice(x.out, "projection %q does not exist, skipping", n.Name)
	default:
		return sqlstate.New(sqlstate.UndefinedTable, "projection %q does not exist", n.Name).At(at)
	}
}
