package expr

import (
	"maps"
	"strings"
	"sync"
)

// implementations are what projsql evaluates, by pg_proc's prosrc (or by signature
// for functions that PostgreSQL writes in SQL). A value is a Func0 to Func3, FuncN,
// SetFunc, maker or setMaker.
var implementations = sync.OnceValue(func() map[string]any {
	all := map[string]any{}
	for _, chapter := range []map[string]any{
		comparisons(), integers(), floats(), numerics(), casts(), texts(), formats(), likes(), regexes(),
		dates(), intervals(), arrays(), jsons(), sets(), sessions(), hashes(), wholes(), supports(), listens(), inRangeFunctions(), numberChars(), jsonTexts(), jsonPaths(),
		byteFunctions(), degrees(), zonedTimes(), overlapsWithLengths(), miscellaneous(), populators(), recordImages(), ranges(), multiranges(), enums(), bitStrings(), networks(), macaddrs(), logPositions(),
		moneys(), snapshots(), shapes(), searches(), searchValues(),
	} {
		maps.Copy(all, chapter)
	}
	return all
})

// settingsOnly are the stable functions that depend on arguments and settings
// alone, so that they are deterministic once the settings are fixed.
var settingsOnly = words(`
	array_to_json array_to_json_pretty row_to_json_pretty array_to_text array_to_text_null anytextcat(anynonarray,text) textanycat(text,anynonarray)
	date_cmp_timestamptz date_eq_timestamptz date_ge_timestamptz date_gt_timestamptz date_le_timestamptz date_lt_timestamptz
	date_ne_timestamptz date_timestamptz extract_timestamptz generate_series_timestamptz
	interval_pl_timestamptz(interval,timestamp_with_time_zone) json_build_array json_build_array_noargs json_build_object
	json_build_object_noargs jsonb_build_array jsonb_build_array_noargs jsonb_build_object jsonb_build_object_noargs
	make_timestamptz make_timestamptz_at_timezone quote_literal(anyelement) quote_nullable(anyelement) row_to_json
	text_concat text_concat_ws text_format text_format_nv
	timestamp_cmp_timestamptz timestamp_eq_timestamptz timestamp_ge_timestamptz timestamp_gt_timestamptz timestamp_le_timestamptz
	timestamp_lt_timestamptz timestamp_ne_timestamptz timestamp_timestamptz timestamptz(date,time_without_time_zone)
	timestamptz_cmp_date timestamptz_cmp_timestamp timestamptz_date timestamptz_eq_date timestamptz_eq_timestamp timestamptz_ge_date
	timestamptz_ge_timestamp timestamptz_gt_date timestamptz_gt_timestamp timestamptz_le_date timestamptz_le_timestamp
	timestamptz_lt_date timestamptz_lt_timestamp timestamptz_ne_date timestamptz_ne_timestamp timestamptz_part timestamptz_time
	timestamptz_timestamp timestamptz_timetz timestamptz_trunc timestamptz_trunc_zone to_json to_jsonb pg_typeof format_type
	timestamptz_pl_interval timestamptz_mi_interval
	int4_cash int8_cash numeric_cash cash_numeric
	timestamptz_to_char timestamp_to_char interval_to_char numeric_to_char int4_to_char int8_to_char float4_to_char float8_to_char
	to_date to_timestamp numeric_to_number jsonb_path_exists_tz jsonb_path_match_tz jsonb_path_query_tz
	jsonb_path_query_array_tz jsonb_path_query_first_tz json_to_record json_to_recordset json_populate_record json_populate_recordset
	jsonb_to_record jsonb_to_recordset jsonb_populate_record jsonb_populate_recordset`)

// words are separated by blanks; _ stands for the blanks within a signature.
func words(s string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(s) {
		if i := strings.IndexByte(w, '('); i >= 0 {
			w = w[:i] + strings.ReplaceAll(w[i:], "_", " ")
		}
		all[w] = true
	}
	return all
}
