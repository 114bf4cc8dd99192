package expr

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func value(f func(*Env) types.Datum) Func0 {
	return func(env *Env) (types.Datum, error) { return f(env), nil }
}

func sessions() map[string]any {
	return map[string]any{
		"now":                      value(func(e *Env) types.Datum { return types.Int(micros(e.TransactionTime)) }),
		"statement_timestamp":      value(func(e *Env) types.Datum { return types.Int(micros(e.StatementTime)) }),
		"clock_timestamp":          Func0(clockTimestamp),
		"timeofday":                Func0(timeOfDay),
		"current_user":             value(func(e *Env) types.Datum { return types.String(e.User) }),
		"session_user":             value(func(e *Env) types.Datum { return types.String(e.SessionUser) }),
		"current_database":         value(func(e *Env) types.Datum { return types.String(e.Database) }),
		"current_schema":           Func0(currentSchema),
		"current_schemas":          Func1(currentSchemas),
		"pgsql_version":            value(func(e *Env) types.Datum { return types.String(e.Version) }),
		"pg_backend_pid":           value(func(e *Env) types.Datum { return types.Int(int64(e.PID)) }),
		"pg_postmaster_start_time": value(func(e *Env) types.Datum { return types.Int(micros(e.StartTime)) }),
		"pg_conf_load_time":        value(func(e *Env) types.Datum { return types.Int(micros(e.StartTime)) }),
		"pg_is_in_recovery":        value(func(*Env) types.Datum { return types.Bool(false) }),
		"getdatabaseencoding":      value(func(*Env) types.Datum { return types.String("UTF8") }),
		"pg_client_encoding":       value(clientEncoding),
		"inet_client_addr":         addressOf(func(e *Env) string { return e.Remote }),
		"inet_client_port":         portOf(func(e *Env) string { return e.Remote }),
		"inet_server_addr":         addressOf(func(e *Env) string { return e.Local }),
		"inet_server_port":         portOf(func(e *Env) string { return e.Local }),
		"show_config_by_name":      Func1(currentSetting), "show_config_by_name_missing_ok": Func2(currentSettingMissing),
		"set_config_by_name": Func3(setConfig),
		"pg_typeof":          maker(pgTypeof),
		"pg_column_size":     maker(columnSize), "pg_collation_for": Func1(notCalled),
		"current_query":   Func0(currentQuery),
		"format_type":     Func2(formatType),
		"drandom":         value(func(e *Env) types.Datum { return types.Float(e.Random.float()) }),
		"setseed":         Func1(setSeed),
		"gen_random_uuid": Func0(randomUUID),
		"pg_num_nulls":    maker(countNulls(true)), "pg_num_nonnulls": maker(countNulls(false)),
		"to_regtype": Func1(toReg(types.RegtypeOID)), "to_regclass": Func1(toReg(types.RegclassOID)),
		"to_regproc": Func1(toReg(types.RegprocOID)), "to_regoper": Func1(toReg(types.RegoperOID)),
		"to_regprocedure": Func1(toReg(types.RegprocedureOID)), "to_regoperator": Func1(toReg(types.RegoperatorOID)),
		"to_regcollation": Func1(toReg(types.RegcollationOID)),
		"to_regnamespace": Func1(toReg(types.RegnamespaceOID)), "to_regrole": Func1(toReg(types.RegroleOID)),
		"text_regclass": Func1(func(env *Env, a types.Datum) (types.Datum, error) { return regNamed(env, types.RegclassOID, a) }),
		"pg_sleep":      Func1(pgSleep),
		// Sessions take no advisory locks, so there is never one to release.
		"pg_advisory_unlock_all": value(func(*Env) types.Datum { return types.String("") }),
	}
}

// addressOf is the address of an end of the connection, NULL if it has none.
func addressOf(end func(*Env) string) Func0 {
	return func(env *Env) (types.Datum, error) {
		at, err := types.ParseEndpoint(end(env))
		if err != nil {
			return types.Null, nil
		}
		return types.Inet(at.Addr()), nil
	}
}

func portOf(end func(*Env) string) Func0 {
	return func(env *Env) (types.Datum, error) {
		at, err := types.ParseEndpoint(end(env))
		if err != nil {
			return types.Null, nil
		}
		return integer(int(at.Port()))
	}
}

// currentQuery is the text that the client sent, of however many statements.
func currentQuery(env *Env) (types.Datum, error) {
	if env.Query == nil {
		return types.Null, unavailable("function current_query()")
	}
	return text(env.Query())
}

// notCalled is for a function that the binder answers.
func notCalled(*Env, types.Datum) (types.Datum, error) {
	return types.Null, unavailable("this call of a function")
}

func clockTimestamp(env *Env) (types.Datum, error) {
	if env.Clock == nil {
		return types.Null, unavailable("function clock_timestamp()")
	}
	return types.Int(micros(env.Clock())), nil
}

func timeOfDay(env *Env) (types.Datum, error) {
	if env.Clock == nil {
		return types.Null, unavailable("function timeofday()")
	}
	zone := env.TimeZone
	if zone == nil {
		zone = time.UTC
	}
	return text(env.Clock().In(zone).Format("Mon Jan 02 15:04:05.000000 2006 MST"))
}

func currentSchema(env *Env) (types.Datum, error) {
	if env.SearchPath == nil {
		return types.Null, unavailable("function current_schema()")
	}
	path := env.SearchPath(false)
	if len(path) == 0 {
		return types.Null, nil
	}
	return text(path[0])
}

func currentSchemas(env *Env, a types.Datum) (types.Datum, error) {
	if env.SearchPath == nil {
		return types.Null, unavailable("function current_schemas(boolean)")
	}
	var all []types.Datum
	for _, s := range env.SearchPath(a.Bool()) {
		all = append(all, types.String(s))
	}
	return types.Pointer(types.NewArray(types.NameOID, all)), nil
}

func lookup(env *Env, name string) (string, bool, error) {
	if env.Setting == nil {
		return "", false, unavailable("function current_setting(text)")
	}
	v, ok := env.Setting(name)
	return v, ok, nil
}

// clientEncoding names UTF8 so, however the client has asked for it.
func clientEncoding(env *Env) types.Datum {
	if v, ok, _ := lookup(env, "client_encoding"); ok && v == "SQL_ASCII" {
		return types.String(v)
	}
	return types.String("UTF8")
}

func currentSetting(env *Env, a types.Datum) (types.Datum, error) {
	v, ok, err := lookup(env, a.Str())
	if err == nil && !ok {
		err = sqlstate.New(sqlstate.UndefinedObject, "unrecognized configuration parameter \"%s\"", a.Str())
	}
	return types.String(v), err
}

func currentSettingMissing(env *Env, a, missing types.Datum) (types.Datum, error) {
	if !missing.Bool() {
		return currentSetting(env, a)
	}
	v, ok, err := lookup(env, a.Str())
	if err != nil {
		return types.Null, err
	}
	return orNull(v, ok)
}

func setConfig(env *Env, a, b, c types.Datum) (types.Datum, error) {
	switch {
	case a.IsNull():
		return types.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "SET requires parameter name")
	case env.Set == nil:
		return types.Null, unavailable("function set_config(text, text, boolean)")
	}
	var value *string
	if !b.IsNull() {
		text := b.Str()
		value = &text
	}
	return doc(env.Set(a.Str(), value, !c.IsNull() && c.Bool()))
}

func pgTypeof(c *Call) any {
	t := c.Proc.Args[0]
	return FuncN(func(*Env, []types.Datum) (types.Datum, error) { return types.Int(int64(t)), nil })
}

// bareTypes are those that are named alike with any modifier.
var bareTypes = map[string]bool{
	"boolean": true, "smallint": true, "integer": true, "bigint": true, "real": true, "double precision": true, "interval": true,
	"numeric": true, "character varying": true, "character": true,
}

// formatType writes a type; without a modifier character is not bpchar.
func formatType(env *Env, a, b types.Datum) (types.Datum, error) {
	if a.IsNull() {
		return types.Null, nil
	}
	t := types.OID(a.Int())
	info := types.Info(t)
	switch {
	case t == 0:
		return text("-")
	case info == nil || types.IsRow(t):
		if env.Env != nil && env.Registry != nil {
			if name, ok := env.Registry.RegName(types.RegtypeOID, uint32(t)); ok {
				return text(name)
			}
		}
		return text("???")
	case b.IsNull():
		return text(info.SQLName)
	}
	made := types.FormatType(types.Type{OID: t, Mod: int32(b.Int())})
	if b.Int() < 0 || made != info.SQLName || bareTypes[strings.TrimSuffix(made, "[]")] {
		return text(made)
	}
	own, array := strings.CutSuffix(made, "[]") // a type without modifiers
	if made = fmt.Sprintf("%s(%d)", own, b.Int()); array {
		made += "[]"
	}
	return text(made)
}

func randomUUID(*Env) (types.Datum, error) {
	u := uuid.New()
	return text(string(u[:]))
}

func countNulls(nulls bool) maker {
	return func(c *Call) any {
		return FuncN(func(_ *Env, args []types.Datum) (types.Datum, error) {
			if c.Proc.Spread {
				if args[0].IsNull() {
					return types.Null, nil
				}
				args = args[0].Array().Items
			}
			n := 0
			for _, a := range args {
				if a.IsNull() == nulls {
					n++
				}
			}
			return integer(n)
		})
	}
}

func orMissing(v types.Datum, err error) (types.Datum, error) {
	if err == nil {
		return v, nil
	}
	switch sqlstate.Of(err).Code {
	case sqlstate.UndefinedObject, sqlstate.UndefinedTable, sqlstate.InvalidSchemaName, sqlstate.UndefinedFunction, sqlstate.AmbiguousFunction:
		return types.Null, nil
	}
	return v, err
}

// toReg finds an object by its name. That a type of its arguments is not there is an error.
func toReg(t types.OID) Func1 {
	return func(env *Env, a types.Datum) (types.Datum, error) {
		v, err := regNamed(env, t, a)
		if err != nil && sqlstate.Of(err).Code == sqlstate.UndefinedObject && (t == types.RegprocedureOID || t == types.RegoperatorOID) {
			return types.Null, err
		}
		return orMissing(v, err)
	}
}

// regNamed takes a number for a name, other than the input of reg types.
func regNamed(env *Env, t types.OID, name types.Datum) (types.Datum, error) {
	if env.Registry == nil {
		return types.Parse(env.Env, types.Of(t), name.Str())
	}
	oid, err := env.Registry.RegOID(t, name.Str())
	return types.Int(int64(oid)), err
}

// pgSleep waits, or gives up with the statement.
func pgSleep(env *Env, a types.Datum) (types.Datum, error) {
	wait := time.Duration(a.Float() * float64(time.Second))
	if env.Context == nil {
		return types.Null, unavailable("function pg_sleep(double precision)")
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return types.String(""), nil
	case <-env.Context.Done():
		return types.Null, context.Cause(env.Context)
	}
}
