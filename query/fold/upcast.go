package fold

import (
	"fmt"
	"strconv"
	"sync"
	"unsafe"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/wire/sqlstate"
)

// SchemaVersionKey is where an event's metadata tells the schema version of its data.
// An event that does not tell is of version 1.
const SchemaVersionKey = "schema_version"

// CompileUpcasts makes what applies the upcasts of a kind, the first of which makes
// version 2 of 1. Errors have SQLSTATE.
func CompileUpcasts(kind event.Kind, sources []string) (projection.Upcaster, error) {
	u := &upcaster{}
	for i, source := range sources {
		text := fmt.Sprintf("ALTER EVENT KIND 'x' ADD UPCAST FROM VERSION %d AS (%s\n)", i+1, source)
		statements, err := parse.Parse(text)
		if err != nil {
			return nil, err
		}
		alter, ok := statements[0].Own.(*parse.AlterEventKind)
		if len(statements) != 1 || !ok || len(alter.Actions) != 1 {
			return nil, sqlstate.New(sqlstate.SyntaxError, "not one expression: %s", source)
		}
		s, err := compileUpcast(text, &alter.Actions[0])
		if err != nil {
			return nil, err
		}
		u.steps = append(u.steps, s)
	}
	return u, nil
}

// CheckUpcast reports what forbids the expression of an upcast, with a position in the
// statement's Text.
func CheckUpcast(s *parse.AlterEventKind, a *parse.UpcastAction) error {
	_, err := compileUpcast(s.Text, a)
	return err
}

// upcast is a compiled step from one schema version to the next.
type upcast struct {
	value   expr.Eval
	reads   []int  // the event's columns
	version string // of its result, as metadata of its own
}

func compileUpcast(text string, a *parse.UpcastAction) (upcast, error) {
	b := expr.Binder{Text: text, Place: "upcast expression", Reach: reach, Deterministic: true, Scope: eventScope{text}}
	e, err := b.Bind(a.Expr)
	if err != nil {
		return upcast{}, err
	}
	switch e.Type().OID {
	case types.JSONBOID, types.JSONOID, types.UnknownOID:
		e, err = b.Coerce(e, types.Of(types.JSONBOID), expr.Assignment)
	default:
		err = errorAt(text, e.Pos(), sqlstate.DatatypeMismatch, "upcast must be of type jsonb, not type %s", types.FormatType(e.Type())).
			WithHint("Build the event's new data, e.g. data || jsonb_build_object('key', value).")
	}
	if err != nil {
		return upcast{}, err
	}
	u := upcast{reads: columnsOf(e), value: e.Compile(&expr.Compiler{Env: fixedEnv})}
	u.version, err = jsonb.Parse(fmt.Sprintf("{%q: %d}", SchemaVersionKey, a.From+1))
	return u, err
}

func columnsOf(e expr.Expr) (columns []int) {
	seen := map[int]bool{}
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok && c.Level == 0 && !seen[c.Index] {
			seen[c.Index] = true
			columns = append(columns, c.Index)
		}
		return true
	})
	return columns
}

func errorAt(text string, pos int, code sqlstate.Code, format string, args ...any) *sqlstate.Error {
	return sqlstate.New(code, format, args...).At(parse.Position(text, pos))
}

// eventScope finds the columns of an event alone.
type eventScope struct{ text string }

// Column implements expr.Scope.
func (s eventScope) Column(parts []string, pos int) (expr.Expr, error) {
	name := parts[len(parts)-1]
	if len(parts) > 2 || len(parts) == 2 && parts[0] != eventQualifier {
		return nil, errorAt(s.text, pos, sqlstate.UndefinedTable, "missing FROM-clause entry for table \"%s\"", parts[len(parts)-2])
	}
	i := eventColumn(name)
	if i < 0 {
		return nil, errorAt(s.text, pos, sqlstate.UndefinedColumn, "column \"%s\" does not exist", name)
	}
	return expr.NewColumn(i, name, types.Of(eventColumns[i].oid), pos), nil
}

// upcaster implements projection.Upcaster. It is immutable, but for its pool.
type upcaster struct {
	steps []upcast
	pool  sync.Pool // of *expr.Frame
}

// Upcast implements projection.Upcaster. The data of the copy may share e's memory.
func (u *upcaster) Upcast(e, into *event.Event) (*event.Event, error) {
	version, err := schemaVersion(e)
	if err != nil {
		return nil, upcastError(err, e, 0)
	}
	if version > len(u.steps) {
		return e, nil
	}
	frame, ok := u.pool.Get().(*expr.Frame)
	if !ok {
		frame = &expr.Frame{Row: make([]types.Datum, len(eventColumns)), Env: fixedEnv}
	}
	*into = *e
	for v := version; v <= len(u.steps); v++ {
		if err := u.steps[v-1].apply(frame, into); err != nil {
			return nil, upcastError(err, e, v)
		}
	}
	clear(frame.Row)
	u.pool.Put(frame)
	return into, nil
}

// apply makes data, and the version that metadata tells, those of the next version.
func (u *upcast) apply(frame *expr.Frame, e *event.Event) error {
	for _, i := range u.reads {
		frame.Row[i] = eventValue(e, i)
	}
	v, err := u.value(frame)
	if err != nil {
		return err
	}
	if v.IsNull() {
		return sqlstate.New(sqlstate.NullValueNotAllowed, "upcast must not give null").
			WithHint("Give data for events that need no change, and let a WHEN condition pass over those that mean nothing.")
	}
	e.Data = bytesShared(v.Str())
	e.Metadata, err = u.mark(e.Metadata)
	return err
}

// mark writes the version into metadata. What is no object cannot tell it.
func (u *upcast) mark(metadata []byte) ([]byte, error) {
	if metadata == nil {
		return bytesShared(u.version), nil
	}
	doc := bytesOf(metadata).Str()
	if jsonb.TypeOf(doc) != jsonb.Object {
		return metadata, nil
	}
	marked, err := jsonb.Concat(doc, u.version)
	return bytesShared(marked), err
}

// bytesShared returns the bytes of a text, which nobody changes.
func bytesShared(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// eventValue is a column of an event. One that is not committed yet has no position.
func eventValue(e *event.Event, i int) types.Datum {
	if e.HLC == 0 && eventColumns[i].assigned {
		return types.Null
	}
	return eventColumns[i].of(e)
}

// schemaVersion reads the schema version that the event's metadata tells.
func schemaVersion(e *event.Event) (int, error) {
	if e.Metadata == nil {
		return 1, nil
	}
	doc := bytesOf(e.Metadata).Str()
	text, ok := jsonb.GetText(doc, SchemaVersionKey)
	if !ok {
		return 1, nil
	}
	version, err := strconv.Atoi(text)
	if err != nil || version < 1 {
		return 0, sqlstate.New(sqlstate.InvalidParameterValue, "%s in the metadata of an event must be a positive integer, not %q", SchemaVersionKey, text)
	}
	return version, nil
}

// upcastError says which event cannot be shown. The error's place in the statement
// that defined the upcast would be read as one in the statement that asks, so it goes. from is
// the schema version whose upcast fails, 0 if that cannot be told.
func upcastError(err error, e *event.Event, from int) error {
	own := *sqlstate.Of(err)
	own.Position = 0
	detail := fmt.Sprintf("While upcasting version %d of entity %q, kind %q", e.Version, e.Entity, e.Kind)
	if from > 0 {
		detail += fmt.Sprintf(", from schema version %d", from)
		if own.Hint == "" {
			own.WithHint("Make the upcast fit such events with ALTER EVENT KIND ... ALTER UPCAST FROM VERSION %d.", from)
		}
	}
	if own.Detail != "" {
		detail = own.Detail + " " + detail
	}
	own.Detail = detail + "."
	return &own
}
