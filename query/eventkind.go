package query

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// alterEventKind is ALTER EVENT KIND.
type alterEventKind struct{ statement *parse.AlterEventKind }

const alterEventKindTag = "ALTER EVENT KIND"

// alterTriesMax is how often a statement or a COMMIT is judged again after another session has
// changed the same record at the same time: as many may change it together, since each time one of them is done.
const alterTriesMax = 100

func (k *alterEventKind) run(ctx context.Context, s *Session, x *call) (result, error) {
	if err := s.writable(alterEventKindTag); err != nil {
		return result{}, err
	}
	if err := k.check(); err != nil {
		return result{}, err
	}
	var err error
	for range alterTriesMax {
		var skipped []string
		if skipped, err = k.change(ctx, s); err == nil {
			return result{tag: alterEventKindTag}, cmp.Or(k.tell(s, x, skipped), k.doubt(ctx, s, x))
		}
		var lost *event.RecordError
		if !errors.As(err, &lost) {
			return result{}, err
		}
	}
	return result{}, sqlstate.New(sqlstate.SerializationFailure, "event kind %q was altered by others at the same time", k.statement.Kind)
}

// check judges what does not depend on what there is.
func (k *alterEventKind) check() error {
	n := k.statement
	switch at := parse.Position(n.Text, n.KindPos); {
	case n.Kind == "":
		return sqlstate.New(sqlstate.InvalidParameterValue, "kind of an event cannot be empty").At(at)
	case len(n.Kind) > event.KindBytesMax:
		return sqlstate.New(sqlstate.NameTooLong, "kind of an event cannot be longer than %d bytes", event.KindBytesMax).At(at)
	}
	for i := range n.Actions {
		if n.Actions[i].Expr == nil {
			continue
		}
		if err := fold.CheckUpcast(n, &n.Actions[i]); err != nil {
			return err
		}
	}
	return nil
}

// change commits the kind's record, on the condition that it is what the new one was
// made of. skipped are the notices.
func (k *alterEventKind) change(ctx context.Context, s *Session) (skipped []string, err error) {
	name := event.Kind(k.statement.Kind)
	old := s.catalog().Kinds()[name]
	change := event.Change{Name: projection.KindRecordName(name), Expect: event.NoRecord}
	a := alteration{statement: k.statement}
	if old != nil {
		change.Expect, change.Version = event.ThisRecord, old.Version
		a.upcasts = slices.Clone(old.Upcasts)
	}
	for i := range k.statement.Actions {
		if err := a.act(&k.statement.Actions[i]); err != nil {
			return nil, err
		}
	}
	if !a.changed {
		return a.skipped, nil
	}
	if change.Value, err = projection.KindRecordValue(a.upcasts); err != nil {
		return nil, err
	}
	return a.skipped, s.change(ctx, &edited{changes: []event.Change{change}})
}

func (k *alterEventKind) tell(s *Session, x *call, skipped []string) error {
	for _, text := range skipped {
		if err := s.notice(x.out, "%s, skipping", text); err != nil {
			return err
		}
	}
	return nil
}

// doubt tells of a kind that no event has: it may be a slip of the pen.
func (k *alterEventKind) doubt(ctx context.Context, s *Session, x *call) error {
	if k.statement.Actions[0].Verb == parse.DropUpcast {
		return nil
	}
	cut, err := s.server.options.Backend.Cut(ctx, s.freshness, s.floor)
	if err != nil {
		return nil // what was asked is done
	}
	lister, ok := s.server.options.Backend.Log(cut).(event.KindLister)
	if !ok {
		return nil
	}
	all := lister.AllKinds()
	if slices.Contains(all, event.Kind(k.statement.Kind)) {
		return nil
	}
	notice := sqlstate.New(sqlstate.SuccessfulCompletion, "there is no event of kind %q", k.statement.Kind)
	if near := nearKinds(k.statement.Kind, all); near != "" {
		notice.Hint = "Perhaps you meant " + near + "."
	}
	return s.tellNotice(x.out, notice)
}

const (
	nearKindsMax = 3 // kinds in a hint
	farKind      = 4 // edits that make another name of a name
)

// nearKinds lists the kinds whose names are nearest to one that no event has, "" if none
// is near.
func nearKinds(name string, all []event.Kind) string {
	distance := min(farKind, 1+utf8.RuneCountInString(name)/2)
	var near []string
	for _, k := range all {
		d := analyze.EditDistance(name, string(k))
		if strings.EqualFold(name, string(k)) {
			d = 1
		}
		if d < distance {
			distance, near = d, nil
		}
		if d == distance && d < farKind {
			near = append(near, strconv.Quote(string(k)))
		}
	}
	slices.Sort(near)
	return strings.Join(near[:min(len(near), nearKindsMax)], " or ")
}

// alteration applies actions to the upcasts of a kind: one from version 1, one from
// version 2, and so on, without gaps.
type alteration struct {
	statement *parse.AlterEventKind
	upcasts   []string
	changed   bool
	skipped   []string
}

func (a *alteration) act(n *parse.UpcastAction) error {
	exists, newest := n.From <= len(a.upcasts), len(a.upcasts)
	switch {
	case n.Verb == parse.AddUpcast && exists && n.Lenient:
		a.skip("upcast of event kind %q from version %d already exists", n)
		return nil
	case n.Verb == parse.AddUpcast && exists:
		return a.errorAt(n, sqlstate.DuplicateObject, "upcast of event kind %q from version %d already exists").
			WithHint("ALTER UPCAST replaces it.")
	case n.Verb == parse.AddUpcast && n.From > newest+1:
		return a.errorAt(n, sqlstate.ObjectNotInPrerequisiteState, "upcast of event kind %q from version %d leaves a gap").
			WithHint("Add the one from version %d first; AS (data) changes nothing.", newest+1)
	case n.Verb == parse.AddUpcast:
		a.upcasts = append(a.upcasts, n.Source)
	case !exists && n.Verb == parse.DropUpcast && n.Lenient:
		a.skip("upcast of event kind %q from version %d does not exist", n)
		return nil
	case !exists:
		return a.errorAt(n, sqlstate.UndefinedObject, "upcast of event kind %q from version %d does not exist")
	case n.Verb == parse.DropUpcast && n.From < newest:
		return a.errorAt(n, sqlstate.DependentObjectsStillExist, "cannot drop upcast of event kind %q from version %d because a later one depends on it").
			WithDetail("The upcasts go up to the one from version %d.", newest).
			WithHint("Drop the later ones first, or let ALTER UPCAST make it AS (data), which changes nothing.")
	case n.Verb == parse.DropUpcast:
		a.upcasts = a.upcasts[:newest-1]
	default:
		a.upcasts[n.From-1] = n.Source
	}
	a.changed = true
	return nil
}

func (a *alteration) skip(format string, n *parse.UpcastAction) {
	a.skipped = append(a.skipped, sqlstate.New(sqlstate.SuccessfulCompletion, format, a.statement.Kind, n.From).Message)
}

func (a *alteration) errorAt(n *parse.UpcastAction, code sqlstate.Code, format string) *sqlstate.Error {
	return sqlstate.New(code, format, a.statement.Kind, n.From).At(parse.Position(a.statement.Text, n.FromPos))
}
