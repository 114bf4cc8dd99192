package catalog

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// own are the relations of the schema projsql by name; they never change.
var own = sync.OnceValue(func() map[string]*plan.Relation {
	byName := map[string]*plan.Relation{}
	for _, r := range []*plan.Relation{
		relation("projections", []column{
			{"name", types.TextOID},
			{"language", types.TextOID},
			{"version", types.Int8OID},
			{"since", types.Int8OID},
			{"kinds", types.TextArrayOID},
			{"columns", types.TextArrayOID},
			{"types", types.TextArrayOID},
			{"definition", types.TextOID},
		}, projections),
		relation("upcasts", []column{
			{"kind", types.TextOID},
			{"from_version", types.Int4OID},
			{"to_version", types.Int4OID},
			{"expression", types.TextOID},
			{"since", types.Int8OID},
		}, upcasts),
		relation("frontier", []column{
			{"node", types.TextOID},
			{"sequence", types.Int8OID},
			{"hlc", types.Int8OID},
			{"at", types.TimestamptzOID},
			{"events", types.Int8OID},
		}, frontier),
		relation("nodes", []column{
			{"name", types.TextOID},
			{"self", types.BoolOID},
			{"started_at", types.TimestamptzOID},
		}, nodes),
		relation("settings", settingColumns, settingRows),
		relation("statements", []column{
			{"name", types.TextOID},
			{"statement", types.TextOID},
			{"parameter_types", types.TextArrayOID},
		}, statements),
	} {
		byName[r.Name] = r
	}
	return byName
})

// Own returns the relations of the schema projsql.
func Own() []*plan.Relation { return slices.Collect(maps.Values(own())) }

func projections(_ context.Context, s Session) ([][]types.Datum, error) {
	var rows [][]types.Datum
	for _, d := range s.Definitions() {
		kinds := types.Null
		if d.Kinds != nil {
			kinds = textArray(d.Kinds)
		}
		var names, kindsOf []string
		for _, c := range d.Columns {
			names = append(names, c.Name)
			kindsOf = append(kindsOf, types.FormatType(types.Type{OID: types.OID(c.Type), Mod: c.TypeMod}))
		}
		version, since, definition := types.Int(int64(d.Version)), types.Int(int64(d.Since)), types.String(d.Source)
		switch {
		case d.Language == projection.Go:
			version, definition = types.Int(int64(d.Release)), types.Null
		case d.Uncommitted:
			version, since = types.Null, types.Null
		}
		rows = append(rows, []types.Datum{
			types.String(d.Name), types.String(d.Language.String()), version, since, kinds,
			textArray(names), textArray(kindsOf), definition,
		})
	}
	return rows, nil
}

func upcasts(_ context.Context, s Session) ([][]types.Datum, error) {
	var rows [][]types.Datum
	kinds := s.Kinds()
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		k := kinds[name]
		for i, expression := range k.Upcasts {
			rows = append(rows, []types.Datum{
				types.String(string(name)), types.Int(int64(i + 1)), types.Int(int64(i + 2)),
				types.String(strings.TrimSpace(expression)), types.Int(int64(k.Since)),
			})
		}
	}
	return rows, nil
}

func textArray[T ~string](all []T) types.Datum {
	items := make([]types.Datum, len(all))
	for i, s := range all {
		items[i] = types.String(string(s))
	}
	return types.Pointer(types.NewArray(types.TextOID, items))
}

func frontier(_ context.Context, s Session) ([][]types.Datum, error) {
	log := s.Log()
	sequence, stamp := log.Cut()
	events, err := log.Count()
	at := types.Null
	if stamp != 0 {
		at = types.Int(stamp.WallMS()*1000 + types.UnixEpochMicros)
	}
	return [][]types.Datum{{
		types.String(s.Node()), types.Int(int64(sequence)), types.Int(int64(stamp)), at, types.Int(int64(events)),
	}}, err
}

func nodes(_ context.Context, s Session) ([][]types.Datum, error) {
	return [][]types.Datum{{types.String(s.Node()), types.Bool(true), instant(s.Started())}}, nil
}

func instant(t time.Time) types.Datum { return types.Int(types.MicrosOf(t)) }

// settingColumns are those of PostgreSQL's pg_settings.
var settingColumns = []column{
	{"name", types.TextOID},
	{"setting", types.TextOID},
	{"unit", types.TextOID},
	{"category", types.TextOID},
	{"short_desc", types.TextOID},
	{"extra_desc", types.TextOID},
	{"context", types.TextOID},
	{"vartype", types.TextOID},
	{"source", types.TextOID},
	{"min_val", types.TextOID},
	{"max_val", types.TextOID},
	{"enumvals", types.TextArrayOID},
	{"boot_val", types.TextOID},
	{"reset_val", types.TextOID},
	{"sourcefile", types.TextOID},
	{"sourceline", types.Int4OID},
	{"pending_restart", types.BoolOID},
}

func settingRows(_ context.Context, s Session) ([][]types.Datum, error) {
	var rows [][]types.Datum
	for _, e := range s.Settings() {
		lowest, highest := e.Bounds()
		values := types.Null
		if e.Values != nil {
			values = textArray(e.Values)
		}
		file, line := types.Null, types.Null
		if e.From == e.Source && e.File != "" {
			file, line = types.String(e.File), types.Int(int64(e.Line))
		}
		rows = append(rows, []types.Datum{
			types.String(e.Name), types.String(e.Value), orNull(e.Unit), types.String(e.Category), types.String(e.Description),
			types.Null, types.String(e.Context), types.String(e.Kind.String()), types.String(e.From),
			orNull(lowest), orNull(highest), values, types.String(e.Boot), types.String(e.Reset),
			file, line, types.Bool(false),
		})
	}
	return rows, nil
}

// settingFlags are the flags of a parameter.
func settingFlags(s Session, args []types.Datum) (types.Datum, error) {
	p := s.Parameter(args[0].Str())
	if p == nil {
		return types.Null, nil
	}
	return textArray(p.Flags), nil
}

func orNull(s string) types.Datum {
	if s == "" {
		return types.Null
	}
	return types.String(s)
}

func statements(_ context.Context, s Session) ([][]types.Datum, error) {
	var rows [][]types.Datum
	for _, st := range s.Statements() {
		var names []string
		for _, t := range st.Parameters {
			names = append(names, types.TypeName(t))
		}
		rows = append(rows, []types.Datum{types.String(st.Name), types.String(strings.TrimSpace(st.SQL)), textArray(names)})
	}
	return rows, nil
}
