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
	if err := s.outsideTransaction(alterProjectionTag); err != nil {
		return result{}, err
	}
	if err := k.apply(&projection.Settings{}); err != nil {
		return result{}, err
	}
	for range alterTriesMax {
		if _, exists := s.server.options.Definitions.Lookup(k.statement.Name); !exists {
			return result{tag: alterProjectionTag}, k.missing(s, x)
		}
		err := k.change(ctx, s)
		if err == nil {
			return result{tag: alterProjectionTag}, k.confirm(ctx, s, x)
		}
		var lost *event.RecordError
		if !errors.As(err, &lost) {
			return result{}, err
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
// made of.
func (k *alterProjection) change(ctx context.Context, s *Session) (err error) {
	old := s.server.options.Definitions.Current().Settings(k.statement.Name)
	to := old
	if err := k.apply(&to); err != nil || to == old {
		return err
	}
	change := event.Change{Name: projection.SettingsRecordName(k.statement.Name), Expect: event.NoRecord}
	if old.Version != 0 {
		change.Expect, change.Version = event.ThisRecord, old.Version
	}
	if change.Value, err = projection.SettingsRecordValue(to); err != nil {
		return err
	}
	return s.server.options.Backend.Change(ctx, change)
}

// confirm takes the settings back of a projection that was dropped meanwhile, for the next
// of its name has none of them.
func (k *alterProjection) confirm(ctx context.Context, s *Session, x *call) error {
	now := s.server.options.Definitions.Current()
	if _, exists := now.Lookup(k.statement.Name); exists {
		return nil
	}
	if own := now.Settings(k.statement.Name); own.Version != 0 {
		err := s.server.options.Backend.Change(ctx, event.Change{
			Name: projection.SettingsRecordName(k.statement.Name), Expect: event.ThisRecord, Version: own.Version,
		})
		var changed *event.RecordError
		if err != nil && !errors.As(err, &changed) {
			return err
		}
	}
	return k.missing(s, x)
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
