package main

import (
	"fmt"
	"regexp"
	"strings"
)

// Queries of this file call one function, of constants that its own little grammar makes:
// patterns, templates, paths, texts of types. Of one call it is said what it answers, so an
// error of another code or message is a difference too.

// calls are those functions; {name} stands for what makers make of the name.
var calls = []string{
	"{text} ~ {regex}", "{text} ~* {regex}", "regexp_like({text}, {regex}, {flags})", "regexp_match({text}, {regex}, {flags})",
	"regexp_matches({text}, {regex}, {flags})", "regexp_matches({text}, {regex}, 'g')", "regexp_replace({text}, {regex}, {replacement})",
	"regexp_replace({text}, {regex}, {replacement}, 'g')", "regexp_replace({text}, {regex}, {replacement}, {flags})",
	"regexp_replace({text}, {regex}, {replacement}, {int}, {int}, {flags})", "regexp_replace({text}, {regex}, {replacement}, {int}, {int})",
	"regexp_count({text}, {regex}, {int}, {flags})", "regexp_count({text}, {regex})", "regexp_instr({text}, {regex}, {int}, {int}, {int}, {flags}, {int})",
	"regexp_substr({text}, {regex}, {int}, {int}, {flags}, {int})", "regexp_substr({text}, {regex})", "regexp_split_to_array({text}, {regex}, {flags})",
	"regexp_split_to_table({text}, {regex})", "substring({text} FROM {regex})", "substring({text} SIMILAR {similar} ESCAPE {escape})", "{text} SIMILAR TO {similar}",
	"{text} SIMILAR TO {similar} ESCAPE {escape}", "{text} LIKE {like}", "{text} ILIKE {like}", "{text} LIKE {like} ESCAPE {escape}", "{text} ~ {soup}", "regexp_match({text}, {soup})",
	"similar_to_escape({similar}, {escape})", "{bytea} LIKE {bytea}",

	"{jsonb} -> {key}", "{jsonb} ->> {key}", "{jsonb} -> {int}", "{jsonb} ->> {int}", "{jsonb} #> {path}", "{jsonb} #>> {path}", "{json} #> {path}", "{json} -> {key}", "{json} ->> {int}",
	"{jsonb} - {key}", "{jsonb} - {int}", "{jsonb} - {path}", "{jsonb} #- {path}", "{jsonb} || {jsonb}", "{jsonb} @> {jsonb}", "{jsonb} ? {key}", "{jsonb} ?| {path}", "{jsonb} ?& {path}",
	"{jsonb} < {jsonb}", "{jsonb} = {jsonb}", "sign(jsonb_cmp({jsonb}, {jsonb}))", "jsonb_set({jsonb}, {path}, {jsonb}, {bool})", "jsonb_set_lax({jsonb}, {path}, {jsonb}, {bool}, {nulls})",
	"jsonb_insert({jsonb}, {path}, {jsonb}, {bool})", "jsonb_pretty({jsonb})", "jsonb_strip_nulls({jsonb})", "json_strip_nulls({json})", "jsonb_typeof({jsonb})", "json_typeof({json})",
	"jsonb_array_length({jsonb})", "json_array_length({json})", "jsonb_each({jsonb})", "json_each_text({json})", "jsonb_each_text({jsonb})", "jsonb_object_keys({jsonb})", "json_object_keys({json})",
	"jsonb_array_elements({jsonb})", "json_array_elements_text({json})", "jsonb_array_elements_text({jsonb})", "jsonb_path_query({jsonb}, {jsonpath})", "jsonb_path_query({jsonb}, {jsonpath}, {jsonb}, {bool})",
	"jsonb_path_query_tz({jsonb}, {jsonpath})", "jsonb_path_query_array({jsonb}, {jsonpath})", "jsonb_path_exists({jsonb}, {jsonpath})", "jsonb_path_match({jsonb}, {jsonpath}, '{}', {bool})", "{jsonb} @? {jsonpath}", "{jsonb} @@ {jsonpath}",
	"{jsonpath}::text", "json_object({texts})", "jsonb_object({texts}, {texts})", "to_json({text}::text)", "to_jsonb({numeric})", "to_jsonb({timestamptz})", "to_json({texts})", "array_to_json({ints}, {bool})",
	"jsonb_build_object({text}, {numeric}, {text}, {ints})", "json_build_array({jsonb}, {text}, NULL, {timestamp})", "{jsonb}::int", "{jsonb}::numeric", "{jsonb}::boolean", "{jsonb}::float8", "({jsonb})[{key}]", "({jsonb})[{int}]", "row_to_json(ROW({text}, {numeric}, {date}))",
	"jsonb_to_tsvector('english', {jsonb}, {classes})", "json_to_tsvector({json}, {classes})", "jsonb_to_record({jsonb}) AS x(a int, b text, c int[], d jsonb)", "json_to_recordset({json}) AS x(a text, b json, c numeric)", "jsonb_to_recordset({jsonb}) AS x(a text, b jsonb, c date)", "json_populate_record(NULL::m, {json})::text",

	"to_tsvector({config}, {document})", "to_tsquery({config}, {tsquery})", "plainto_tsquery({config}, {document})", "phraseto_tsquery({config}, {document})", "websearch_to_tsquery({config}, {web})", "{tsquery}::tsquery",
	"{tsvector}::tsvector", "to_tsvector({config}, {document}) @@ websearch_to_tsquery({config}, {web})", "ts_headline({config}, {document}, {tsquery}::tsquery)", "ts_headline({config}, {document}, websearch_to_tsquery({config}, {web}), {headline})",
	"ts_rank(to_tsvector({config}, {document}), {tsquery}::tsquery, {int})", "ts_rank_cd(to_tsvector({config}, {document}), {tsquery}::tsquery, {int})", "ts_rank({weights}, {tsvector}::tsvector, {tsquery}::tsquery)", "ts_rank_cd({weights}, {tsvector}::tsvector, {tsquery}::tsquery)", "ts_parse('default', {document})", "ts_debug({config}, {document})", "ts_lexize({dictionary}, {text})", "setweight({tsvector}::tsvector, {weight})",
	"setweight({tsvector}::tsvector, {weight}, {texts})", "ts_filter({tsvector}::tsvector, {chars})", "ts_delete({tsvector}::tsvector, {text})", "ts_delete({tsvector}::tsvector, {texts})", "unnest({tsvector}::tsvector)", "tsvector_to_array({tsvector}::tsvector)", "array_to_tsvector({texts})",
	"strip({tsvector}::tsvector)", "{tsvector}::tsvector || {tsvector}::tsvector", "{tsvector}::tsvector @@ {tsquery}::tsquery", "tsquery_phrase({tsquery}::tsquery, {tsquery}::tsquery, {int})", "ts_rewrite({tsquery}::tsquery, {tsquery}::tsquery, {tsquery}::tsquery)",
	"querytree({tsquery}::tsquery)", "numnode({tsquery}::tsquery)", "{tsquery}::tsquery && {tsquery}::tsquery", "!! {tsquery}::tsquery", "{tsquery}::tsquery <-> {tsquery}::tsquery", "{tsquery}::tsquery @> {tsquery}::tsquery", "{tsquery}::tsquery < {tsquery}::tsquery",

	"substr({text}, {int})", "substr({text}, {int}, {int})", "substring({text} FROM {int} FOR {int})", "substring({bytea} FROM {int} FOR {int})", "overlay({text} PLACING {text} FROM {int})", "overlay({text} PLACING {text} FROM {int} FOR {int})",
	"overlay({bytea} PLACING {bytea} FROM {int} FOR {int})", "position({text} IN {text})", "position({bytea} IN {bytea})", "split_part({text}, {text}, {int})", "lpad({text}, {int}, {text})", "rpad({text}, {int}, {text})", "ltrim({text}, {text})", "rtrim({text}, {text})",
	"btrim({text}, {text})", "btrim({bytea}, {bytea})", "translate({text}, {text}, {text})", "replace({text}, {text}, {text})", "initcap({text})", "upper({text})", "lower({text})", "left({text}, {int})", "right({text}, {int})", "strpos({text}, {text})", "starts_with({text}, {text})",
	"repeat({text}, {int})", "reverse({text})", "ascii({text})", "chr({codepoint})", "concat_ws({text}, {text}, NULL, {int}, {texts})", "quote_ident({text})", "quote_literal({text})", "quote_nullable({text})", "to_hex({int})", "unistr({unistr})", "normalize({text}, {form})",
	"{text} IS {form} NORMALIZED", "string_to_array({text}, {text})", "string_to_array({text}, {text}, {text})", "string_to_table({text}, {text}, {text})", "parse_ident({ident})", "parse_ident({ident}, false)", "encode({bytea}, {encoding})", "decode({encoded}, {encoding})", "bit_length({text})", "octet_length({text})",
	"get_bit({bytea}, {int})", "set_bit({bytea}, {int}, {int})", "get_byte({bytea}, {int})", "set_byte({bytea}, {int}, {int})", "bit_count({bytea})", "convert_to({text}, {charset})", "convert_from({bytea}, {charset})", "convert({bytea}, {charset}, {charset})", "format({format}, {text}, {int}, {texts})", "format({format}, VARIADIC {texts})", "format({format})",
	"length({bytea}, {charset})", "md5({text})", "sha256({bytea})", "{text}::name", "{text}::char(3)", "{text}::varchar(2)", `{text}::"char"`, "substring({bits} FROM {int} FOR {int})", "overlay({bits} PLACING {bits} FROM {int})", "set_bit({bits}, {int}, {int})", "position({bits} IN {bits})", "{bits}::int", "{int}::bit(5)", "{bits}::bit(7)", "{bits}::varbit(3)", "{bits} << {int}", "{bits} & {bits}",
	"to_ascii({text})",

	"array_append({ints}, {int})", "array_prepend({text}, {texts})", "array_cat({ints}, {ints})", "{ints} || {ints}", "{texts} || {texts}", "array_position({texts}, {text})", "array_position({ints}, {int}, {int})", "array_positions({ints}, {int})", "array_remove({ints}, {int})", "array_replace({texts}, {text}, {text})",
	"trim_array({ints}, {int})", "array_fill({int}, {dims})", "array_fill({text}, {dims}, {dims})", "array_dims({ints})", "array_ndims({ints})", "array_length({ints}, {int})", "array_lower({ints}, {int})", "array_upper({texts}, {int})", "cardinality({ints})", "array_to_string({texts}, {text})", "array_to_string({texts}, {text}, {text})",
	"({ints})[{int}]", "({ints})[{int}:{int}]", "({ints})[{int}:]", "({ints})[:{int}]", "({ints})[{int}][{int}]", "({ints})[{int}:{int}][{int}:{int}]", "({ints})[{int}][:{int}]", "unnest({ints})", "unnest({texts})", "generate_subscripts({ints}, {int}, {bool})", "{ints} @> {ints}", "{ints} && {ints}", "{ints} < {ints}", "{ints} = {ints}", "{int} = ANY ({ints})", "{int} < ALL ({ints})",
	"width_bucket({int}, {ints})", "width_bucket({numeric}, {numeric}, {numeric}, {int})", "width_bucket({float}, {float}, {float}, {int})", "{ints}::text[]", "{texts}::int[]", "{arraytext}::text[]", "{arraytext}::int[]", "generate_series({int}, {int}, {int})", "generate_series({numeric}, {numeric}, {numeric}) LIMIT 20", "generate_series({timestamp}, {timestamp}, {interval}) LIMIT 20", "{ints}::int2vector",

	"to_char({timestamp}, {moment})", "to_char({timestamptz}, {moment})", "to_char({interval}, {moment})", "to_char({numeric}, {number})", "to_char({float}, {number})", "to_char({int}, {number})", "to_char({float}::real, {number})", "to_number({numbertext}, {number})", "to_number(to_char({numeric}, {number}), {number})", "to_date({momenttext}, {moment})", "to_timestamp({momenttext}, {moment})",
	"{same moment}", "{same number}", "date_trunc({field}, {timestamp})", "date_trunc({field}, {timestamptz}, {zone})", "date_trunc({field}, {interval})", "date_part({field}, {timestamp})", "extract({field plain} FROM {timestamptz})", "extract({field plain} FROM {interval})", "extract({field plain} FROM {date})", "extract({field plain} FROM {time})", "extract({field plain} FROM {timetz})", "date_bin({interval}, {timestamp}, {timestamp})", "age({timestamp}, {timestamp})", "age({timestamptz}, {timestamptz})", "make_date({int}, {int}, {int})", "make_timestamp({int}, {int}, {int}, {int}, {int}, {float})",
	"make_timestamptz({int}, {int}, {int}, {int}, {int}, {float}, {zone})", "make_interval({int}, {int}, {int}, {int}, {int}, {int}, {float})", "make_time({int}, {int}, {float})", "justify_interval({interval})", "justify_days({interval})", "justify_hours({interval})", "{timestamp} + {interval}", "{timestamptz} - {interval}", "{date} + {int}", "{date} - {date}", "{interval} * {float}", "{interval} / {float}", "{interval} < {interval}", "{timestamp} - {timestamp}", "{timestamptz} AT TIME ZONE {zone}", "{timestamp} AT TIME ZONE {zone}", "{timetz} AT TIME ZONE {zone}", "({timestamp}, {interval}) OVERLAPS ({timestamp}, {timestamp})", "to_timestamp({float})", "isfinite({timestamp})", "{time} + {interval}", "{time} - {time}",

	"{datetext}::date", "{datetext}::timestamp", "{datetext}::timestamptz", "{datetext}::time", "{datetext}::timetz", "{intervaltext}::interval", "{intervaltext}::interval {intervaltype}", "{datetext}::timestamp({precision})", "{numbertext}::numeric", "{numbertext}::float8", "{numbertext}::float4", "{numbertext}::int", "{numbertext}::bigint", "{numbertext}::smallint", "{numbertext}::money", "{numbertext}::numeric({precision}, {precision})", "{jsontext}::json", "{jsontext}::jsonb", "{pathtext}::jsonpath", "{inettext}::inet", "{inettext}::cidr", "{inettext}::macaddr", "{inettext}::macaddr8", "{uuidtext}::uuid", "{rangetext}::int4range", "{rangetext}::numrange", "{rangetext}::daterange", "{rangetext}::int4multirange", "{rangetext}::nummultirange", "{booltext}::boolean", "{bitstext}::bit(4)", "{bitstext}::varbit", "{byteatext}::bytea", "{shapetext}::point", "{shapetext}::lseg", "{shapetext}::box", "{shapetext}::path", "{shapetext}::polygon", "{shapetext}::circle", "{shapetext}::line", "{lsntext}::pg_lsn", "{tidtext}::tid", "{tidtext}::pg_snapshot", "{tidtext}::xid8", "{tidtext}::oid", "{ident}::regclass::text", "{ident}::regtype::text", "to_regtype({ident})::text", "{rowtext}::m::text", "{ident}::regproc::text", "format_type({int}, {int})",

	"round({numeric}, {int})", "trunc({numeric}, {int})", "{numeric} / {numeric}", "{numeric} % {numeric}", "{numeric} * {numeric}", "{numeric} ^ {numeric}", "{numeric} + {numeric}", "{numeric} - {numeric}", "div({numeric}, {numeric})", "mod({int}, {int})", "log({numeric}, {numeric})", "ln({numeric})", "exp({numeric})", "sqrt({numeric})", "gcd({numeric}, {numeric})", "lcm({int}, {int})", "factorial({int})", "scale({numeric})", "min_scale({numeric})", "trim_scale({numeric})", "ceil({numeric})", "floor({float})", "round({float})", "sign({numeric})", "{numeric}::int", "{float}::int", "{float}::bigint", "{float}::numeric", "{numeric}::float8", "{numeric}::float4", "{float} ^ {float}", "{float} / {float}", "{float} * {float}", "{int} * {int}", "{int} / {int}", "{int} % {int}", "{int} << {int}", "power({float}, {float})", "exp({float})", "{numeric}::money", "{numeric}::numeric(5, 2)", "sind({float})", "cosd({float})", "tand({float})", "asind({float})", "atan2d({float}, {float})", "cbrt({float})", "sinh({float})", "degrees({float})", "log10({float})", "{numeric} = {float}", "hashtext({text})", "hash_numeric({numeric})", "hashfloat8({float})", "hash_array({ints})", "jsonb_hash({jsonb})", "timestamp_hash({timestamp})", "interval_hash({interval})",

	"{network} << {network}", "{network} && {network}", "{network} + {int}", "{network} - {network}", "host({network})", "abbrev({network})", "broadcast({network})", "netmask({network})", "hostmask({network})", "network({network})", "set_masklen({network}, {int})", "inet_merge({network}, {network})", "inet_same_family({network}, {network})", "{network}::cidr", "abbrev({network}::cidr)", "{network} & {network}", "~ {network}", "{network}::text",
	"{range} + {range}", "{range} * {range}", "{range} - {range}", "{range} -|- {range}", "{range} << {range}", "{range} &< {range}", "{range} @> {int}", "range_merge({range}, {range})", "int4range({int}, {int}, {bounds})", "numrange({numeric}, {numeric}, {bounds})", "multirange({range})", "int4multirange({range}, {range})", "int4multirange({range}, {range}) - int4multirange({range})", "unnest(int4multirange({range}, {range}, {range}))", "range_merge(int4multirange({range}, {range}))",
}

var placeholder = regexp.MustCompile(`\{[a-z]+(?: [a-z]+)?\}`)

// call asks for one function's answer. What a setof function returns is told row by row.
func (g *generator) call() query {
	form := pick(g, calls)
	text := placeholder.ReplaceAllStringFunc(form, func(name string) string { return g.made(name[1 : len(name)-1]) })
	if strings.Contains(form, ") AS x(") || strings.HasPrefix(form, "ts_debug") || strings.HasPrefix(form, "ts_parse") {
		return query{text: "SELECT * FROM " + text, form: form}
	}
	return query{text: "SELECT " + text, form: form}
}

// made is a constant; one in twenty of those that have a type is NULL.
func (g *generator) made(name string) string {
	if of, typed := typedMakers[name]; typed {
		if g.IntN(25) == 0 {
			return "NULL::" + of.kind
		}
		return quote(of.make(g)) + "::" + of.kind
	}
	if of, known := textMakers[name]; known {
		return quote(of(g))
	}
	switch name {
	case "int":
		return fmt.Sprint(g.integer())
	case "bool":
		return pick(g, []string{"true", "false"})
	case "codepoint":
		return pick(g, []string{"0", "65", "252", "26085", "128512", "1114111", "1114112", "55296", "-1"})
	case "precision":
		return fmt.Sprint(g.IntN(8))
	case "field plain":
		return quote(g.field())
	case "intervaltype":
		return pick(g, []string{"", "year", "month", "day", "hour", "minute", "second", "second(2)", "year to month", "day to hour", "day to second", "hour to minute", "minute to second(1)"})
	case "form":
		return pick(g, []string{"NFC", "NFD", "NFKC", "NFKD"})
	case "same moment":
		f := quote(g.moment())
		return fmt.Sprintf("%s(to_char(%s, %s), %s)", pick(g, []string{"to_timestamp", "to_date"}), g.made(pick(g, []string{"timestamp", "timestamptz"})), f, f)
	case "same number":
		f := quote(g.number())
		return fmt.Sprintf("to_number(to_char(%s, %s), %s)", g.made(pick(g, []string{"numeric", "int"})), f, f)
	}
	panic("no maker of {" + name + "}")
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
