package catalog

import (
	"context"
	"maps"
	"strings"
	"sync"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Find returns the session whose statement a context belongs to.
type Find func(context.Context) (Session, bool)

func (f Find) session(env *expr.Env) (Session, error) {
	if env.Context != nil {
		if s, ok := f(env.Context); ok {
			return s, nil
		}
	}
	return nil, sqlstate.New(sqlstate.FeatureNotSupported, "catalogs are not supported here")
}

// call is a function that asks the session's catalogs.
type call = func(s Session, args []types.Datum) (types.Datum, error)

func (f Find) bind(c call) expr.FuncN {
	return func(env *expr.Env, args []types.Datum) (types.Datum, error) {
		s, err := f.session(env)
		if err != nil {
			return types.Null, err
		}
		return c(s, args)
	}
}

// Functions are PostgreSQL's functions that read catalogs, by pg_proc's prosrc, or by
// signature for those that PostgreSQL writes in SQL.
func Functions(find Find) map[string]any {
	all := map[string]any{}
	for _, part := range []map[string]call{visibility(), definitions(), descriptions(), privileges(), routines(), sizes(), sequenceFunctions(), statistics(), ages(), addresses()} {
		for name, c := range part {
			all[name] = find.bind(c)
		}
	}
	maps.Copy(all, find.monitors())
	maps.Copy(all, find.searches())
	all["pg_settings_get_flags"] = find.bind(settingFlags)
	all["acldefault_sql"] = find.bind(defaultACL)
	maps.Copy(all, map[string]any{
		"pg_get_keywords": expr.SetFunc(keywordRows), "show_all_settings": find.bindRelation(settingRows),
		"pg_cursor": find.bindRelation(cursorRows), "pg_prepared_statement": find.bindRelation(preparedRows),
		"pg_options_to_table": find.bindSet(optionRows), "pg_stat_get_activity": find.bindSet(backendRows),
		"pg_cancel_backend": find.bindEnv(cancelBackend), "pg_terminate_backend": find.bindEnv(endBackend),
		"aclexplode": find.bindSet(explodeACL), "pg_timezone_names": expr.SetFunc(zoneRows), "pg_timezone_abbrevs": expr.SetFunc(abbreviationRows),
		"nameconcatoid":              expr.Func2(nameWithOID),
		"pg_encoding_max_length_sql": expr.Func1(encodingLength),
		"PG_encoding_to_char":        expr.Func1(encodingName), "PG_char_to_encoding": expr.Func1(encodingNumber),
		"pg_size_pretty":          expr.Func1(sizePretty),
		"pg_stat_get_wal_senders": expr.SetFunc(noRows), "pg_stat_get_progress_info": expr.SetFunc(noRows),
		"pg_lock_status": expr.SetFunc(noRows), "pg_get_replication_slots": expr.SetFunc(noRows), "pg_available_extensions": expr.SetFunc(noRows),
		"pg_partition_ancestors": expr.SetFunc(noRows), "pg_partition_tree": expr.SetFunc(noRows),
	})
	return all
}

// bindSet is bind for a function that returns rows.
func (f Find) bindSet(c func(Session, []types.Datum) ([][]types.Datum, error)) expr.SetFunc {
	return func(env *expr.Env, args []types.Datum) (expr.Rows, error) {
		s, err := f.session(env)
		if err != nil {
			return nil, err
		}
		rows, err := c(s, args)
		return each(rows), err
	}
}

// bindRelation is for the function under a view whose rows are made.
func (f Find) bindRelation(rows rowsOf) expr.SetFunc {
	return func(env *expr.Env, _ []types.Datum) (expr.Rows, error) {
		s, err := f.session(env)
		if err != nil {
			return nil, err
		}
		all, err := rows(env.Context, s)
		return each(all), err
	}
}

// each yields given rows.
func each(rows [][]types.Datum) expr.Rows {
	return func() ([]types.Datum, error) {
		if len(rows) == 0 {
			return nil, nil
		}
		row := rows[0]
		rows = rows[1:]
		return row, nil
	}
}

// encodingQuery asks for the database's encoding without a subquery, which these bodies
// cannot have here.
var encodingQuery = strings.NewReplacer("(SELECT pg_database.encoding FROM pg_database WHERE (pg_database.datname = current_database()))",
	"pg_char_to_encoding(getdatabaseencoding())")

// InformationFunctions are those of information_schema that its views use. They are
// queries, as in PostgreSQL.
func InformationFunctions() []expr.Function {
	all := expandArrayFunctions()
	eachRow("functions", func(f []field) {
		row := pgdata.Proc{
			OID: f[0].oid(), Name: f[1].text, Kind: 'f', Volatile: f[2].text[0], Strict: f[3].text == "t", Result: types.OID(f[4].oid()),
			Names: strings.Split(strings.Trim(f[6].text, "{}"), ","), Source: f[1].text + " " + f[0].text,
		}
		for arg := range strings.FieldsSeq(f[5].text) {
			row.Args = append(row.Args, types.OID(field{text: arg}.oid()))
		}
		all = append(all, expr.Function{Row: row, Impl: expr.SQLBody{Text: "SELECT " + encodingQuery.Replace(f[7].text)}, Schema: "information_schema"})
	})
	return all
}

// expandedTypes are those of arrays that _pg_expandarray takes; PostgreSQL's takes any.
var expandedTypes = []types.OID{
	types.Int2VectorOID, types.OIDVectorOID, types.ArrayOf(types.Int2OID), types.ArrayOf(types.Int4OID), types.ArrayOf(types.Int8OID), types.ArrayOf(types.OIDOID),
	types.TextArrayOID, types.ArrayOf(types.NameOID), types.ArrayOf(types.VarcharOID), types.ArrayOf(types.CharOID),
}

// expandArrayFunctions are information_schema's _pg_expandarray, which JDBC's drivers ask for
// the columns of keys.
func expandArrayFunctions() (all []expr.Function) {
	for i, t := range expandedTypes {
		all = append(all, expr.Function{Schema: "information_schema", Impl: expr.SetFunc(expandArrayRows), Row: pgdata.Proc{
			OID: expandArrayOID + uint32(i), Name: "_pg_expandarray", Kind: 'f', Volatile: 'i', Strict: true, Set: true, Result: types.RecordOID,
			Args: []types.OID{t}, AllArgs: []types.OID{t, types.ElemOf(t), types.Int4OID}, Modes: "ioo", Names: []string{"", "x", "n"}, Source: "_pg_expandarray",
		}})
	}
	return all
}

// expandArrayOID is where the OIDs of these begin, beyond PostgreSQL's own.
const expandArrayOID = 15_000

func expandArrayRows(_ *expr.Env, args []types.Datum) (expr.Rows, error) {
	var rows [][]types.Datum
	for i, item := range args[0].Array().Items {
		rows = append(rows, []types.Datum{item, types.Int(int64(i + 1))})
	}
	return each(rows), nil
}

// keywords are PostgreSQL's with what they may be used for.
var keywords = sync.OnceValue(func() (all [][]types.Datum) {
	eachRow("keywords", func(f []field) {
		all = append(all, []types.Datum{types.String(f[0].text), types.Int(int64(f[1].text[0])), types.Bool(f[2].text == "t"), types.String(f[3].text), types.String(f[4].text)})
	})
	return all
})

func keywordRows(*expr.Env, []types.Datum) (expr.Rows, error) { return each(keywords()), nil }

// optionRows answers pg_options_to_table(text[]): options and their values.
func optionRows(_ Session, args []types.Datum) ([][]types.Datum, error) {
	var rows [][]types.Datum
	for _, option := range args[0].Array().Items {
		if option.IsNull() {
			return nil, sqlstate.New(sqlstate.NullValueNotAllowed, "null array element not allowed in this context")
		}
		name, value, found := strings.Cut(option.Str(), "=")
		row := []types.Datum{types.String(name), types.Null}
		if found {
			row[1] = types.String(value)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func noRows(*expr.Env, []types.Datum) (expr.Rows, error) {
	return func() ([]types.Datum, error) { return nil, nil }, nil
}

// noPIDs are the sessions that another waits for: there are no locks.
var noPIDs = types.Pointer(types.NewArray(types.Int4OID, nil))

// always is a function with one answer.
func always(d types.Datum) call {
	return func(Session, []types.Datum) (types.Datum, error) { return d, nil }
}

func argOID(d types.Datum) uint32 { return uint32(d.Int()) }

func textOrNull(s string, ok bool) (types.Datum, error) {
	if !ok {
		return types.Null, nil
	}
	return types.String(s), nil
}

// visibility are the functions that tell whether a bare name means an object.
func visibility() map[string]call {
	all := map[string]call{
		"pg_table_is_visible": func(s Session, args []types.Datum) (types.Datum, error) {
			yes, known := visible(s, argOID(args[0]))
			if !known {
				return types.Null, nil
			}
			return types.Bool(yes), nil
		},
		"pg_type_is_visible":           typeVisible,
		"pg_statistics_obj_is_visible": always(types.Null),
		"pg_my_temp_schema": func(s Session, _ []types.Datum) (types.Datum, error) {
			if s.TempSchema() == "" {
				return oid(0), nil
			}
			return oid(namespaceOID(s.TempSchema())), nil
		},
		"pg_is_other_temp_schema": always(types.Bool(false)),
		"pg_blocking_pids":        always(noPIDs), "pg_safe_snapshot_blocking_pids": always(noPIDs),
	}
	for name, relation := range map[string]string{
		"function": "pg_proc", "operator": "pg_operator", "opclass": "pg_opclass", "opfamily": "pg_opfamily", "collation": "pg_collation",
		"conversion": "pg_conversion", "ts_config": "pg_ts_config", "ts_dict": "pg_ts_dict", "ts_parser": "pg_ts_parser", "ts_template": "pg_ts_template",
	} {
		all["pg_"+name+"_is_visible"] = visibleIn(relation)
	}
	own := all["pg_function_is_visible"]
	all["pg_function_is_visible"] = func(s Session, args []types.Datum) (types.Datum, error) {
		if r := s.Objects().routine(argOID(args[0])); r != nil {
			return types.Bool(!r.Hidden), nil
		}
		return own(s, args)
	}
	return all
}

// visibleIn is for objects that are all in pg_catalog, which is always searched.
func visibleIn(relation string) call {
	known := fixedOIDs(relation)
	return func(_ Session, args []types.Datum) (types.Datum, error) {
		if !known()[argOID(args[0])] {
			return types.Null, nil
		}
		return types.Bool(true), nil
	}
}

func typeVisible(s Session, args []types.Datum) (types.Datum, error) {
	oid := argOID(args[0])
	row, ok := rowTypes()[oid]
	switch info := types.Info(types.OID(oid)); {
	case types.IsRow(types.OID(oid)):
		return tableTypeVisible(s, oid), nil
	case ok:
	case info == nil:
		return types.Null, nil
	case oid >= sessionTypes:
		row = typeRow{s.TempSchema(), info.Name}
	default:
		row = typeRow{"pg_catalog", info.Name}
	}
	return types.Bool(row.visible(s)), nil
}

func tableTypeVisible(s Session, oid uint32) types.Datum {
	for _, t := range s.Objects().tables {
		if oid == t.row || oid == t.array {
			return types.Bool(search(s, t.Name) == t.OID)
		}
	}
	return types.Null
}

// privileges are the functions that tell what a role may do with what exists.
func privileges() map[string]call {
	all := map[string]call{
		"row_security_active": always(types.Bool(false)), "row_security_active_name": rowSecurityActive,
	}
	for object, allowed := range privilegeTypes {
		for _, form := range []string{"name", "id", "name_name", "name_id", "id_name", "id_id"} {
			all["has_"+object+"_privilege_"+form] = objectPrivilege(object, form, allowed)
		}
	}
	for _, form := range []string{"name", "id"} {
		for _, column := range []string{"name", "attnum"} {
			all["has_column_privilege_"+form+"_"+column] = columnPrivilege(form, column, "")
			for _, role := range []string{"name", "id"} {
				all["has_column_privilege_"+role+"_"+form+"_"+column] = columnPrivilege(form, column, role)
			}
		}
	}
	for _, form := range []string{"name", "id", "name_name", "name_id", "id_name", "id_id"} {
		all["pg_has_role_"+form] = hasRole(form)
	}
	return all
}
