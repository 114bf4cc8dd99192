package query

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/exec"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/settings"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// textEnv is what reading and writing values depends on.
func textEnv(set *settings.Settings) *types.Env {
	env := types.NewEnv()
	if zone, err := settings.Location(set.Raw("TimeZone")); err == nil {
		env.TimeZone = zone
	}
	style, order, _ := strings.Cut(set.Raw("DateStyle"), ", ")
	env.Date = map[string]types.DateFormat{
		"SQL": types.DateSQL, "Postgres": types.DatePostgres, "German": types.DateGerman,
	}[style]
	env.Order = map[string]types.DateOrder{"DMY": types.OrderDMY, "YMD": types.OrderYMD}[order]
	env.Interval = map[string]types.IntervalFormat{
		"postgres_verbose": types.IntervalPostgresVerbose, "sql_standard": types.IntervalSQLStandard,
		"iso_8601": types.IntervalISO8601,
	}[set.Raw("IntervalStyle")]
	env.ByteaEscape = set.Raw("bytea_output") == "escape"
	env.ExtraFloatDigits, _ = strconv.Atoi(set.Raw("extra_float_digits"))
	return env
}

// signature names the settings that a plan or an encoded row depends on.
func signature(set *settings.Settings) string {
	names := []string{"TimeZone", "DateStyle", "IntervalStyle", "bytea_output", "extra_float_digits", "search_path"}
	for i, name := range names {
		names[i] = set.Raw(name)
	}
	return strings.Join(names, "\x00")
}

// limits are the bounds of one statement's memory and temporary files.
func limits(set *settings.Settings, o *Options) exec.Limits {
	l := exec.Limits{BytesMax: o.QueryBytesMax, WorkBytes: kilobytes(set.Raw("work_mem"))}
	if o.WorkBytesMax > 0 {
		l.WorkBytes = min(l.WorkBytes, o.WorkBytesMax)
	}
	times, err := strconv.ParseFloat(set.Raw("hash_mem_multiplier"), 64)
	if err != nil {
		times = 1
	}
	l.HashBytes = int64(float64(l.WorkBytes) * times)
	if most := kilobytes(set.Raw("temp_file_limit")); most >= 0 {
		l.TempBytesMax = max(most, 1) // 0 lets nothing be written
	}
	return l
}

func kilobytes(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return -1
	}
	return n << 10
}

func milliseconds(text string) time.Duration {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return time.Duration(n) * time.Millisecond
}

// known are the schemas there are; the first is always searched.
var known = [...]string{"pg_catalog", "public", "information_schema", "projsql"}

// schemas returns the schemas of a search_path that exist, pg_catalog first
// unless the path places it, and those before temp, which is first unless it does.
func schemas(path, temp string) (all, before []string) {
	all = namedSchemas(path, temp)
	if !slices.Contains(all, known[0]) {
		all = slices.Insert(all, 0, known[0])
	}
	i := slices.Index(all, temp)
	if i < 0 {
		return all, nil
	}
	return slices.Delete(slices.Clone(all), i, i+1), all[:i]
}

// namedSchemas are the schemas that a search_path names, each once; temp is that of the
// temporary tables, if there is one. $user names none: no schema is a user's own, and projsql's
// must not be the current one of a user of that name, whose tables tools then look for there.
func namedSchemas(path, temp string) []string {
	var found []string
	for _, name := range settings.Identifiers(path) {
		if name == temptable.Schema && temp != "" {
			name = temp
		}
		if (slices.Contains(known[:], name) || name == temp && temp != "") && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	return found
}

// searchPath implements expr.Env.SearchPath.
func (s *Session) searchPath(implicit bool) []string {
	temp := s.tables.Schema
	path := s.settings.Raw("search_path")
	if s.tables.None() && !slices.Equal(settings.Identifiers(path)[:min(1, len(settings.Identifiers(path)))], []string{temptable.Schema}) {
		temp = ""
	}
	named := namedSchemas(path, temp)
	if !implicit {
		return named
	}
	var before []string
	for _, schema := range []string{temp, known[0]} {
		if schema != "" && !slices.Contains(named, schema) {
			before = append(before, schema)
		}
	}
	return append(before, named...)
}

// surroundings is what a statement's expressions know of the session.
func (s *Session) surroundings(ctx context.Context) *expr.Env {
	o := &s.server.options
	text := *s.env
	text.Now = s.txStart()
	return &expr.Env{
		Env:             &text,
		Context:         ctx,
		StatementTime:   s.now(),
		TransactionTime: text.Now,
		Clock:           o.Now,
		User:            s.user,
		SessionUser:     s.sessionUser,
		Database:        o.Database,
		SearchPath:      s.searchPath,
		Random:          &s.random,
		Version:         s.server.version(),
		Query:           func() string { return strings.Clone(s.text) },
		PID:             int32(s.start.ProcessID),
		Remote:          s.start.Remote,
		Local:           s.start.Local,
		StartTime:       s.server.started,
		Setting:         s.settingValue,
		Set:             s.setConfig(&text),
		Listening:       func() []string { return slices.Clone(s.listening.channels) },
		HLC:             func() int64 { return s.nodeHLC(ctx) },
	}
}

// nodeHLC is the stamp up to which this node has applied everything.
func (s *Session) nodeHLC(ctx context.Context) int64 {
	anyAge := projection.Freshness{Level: projection.MaybeStale, AgeMax: 1 << 62, Wait: projection.WaitDefault}
	c, err := s.server.options.Backend.Cut(ctx, anyAge, 0)
	if err != nil {
		return int64(s.lastHLC)
	}
	return int64(c.HLC)
}
