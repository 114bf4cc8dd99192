package catalog

import (
	"slices"
	"strconv"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// sizes are the functions that measure storage. Relations have none of their own here:
// their size is not known.
func sizes() map[string]call {
	all := map[string]call{}
	for _, name := range []string{
		"pg_relation_size", "pg_relation_size(regclass)", "pg_table_size", "pg_indexes_size", "pg_total_relation_size",
		"pg_database_size_name", "pg_database_size_oid", "pg_tablespace_size_name", "pg_tablespace_size_oid",
	} {
		all[name] = always(types.Null)
	}
	return all
}

// sizePretty writes a number of bytes in the largest unit that leaves more than 10, rounded
// half away from zero.
func sizePretty(_ *expr.Env, d types.Datum) (types.Datum, error) {
	n := d.Int()
	if abs(n) < 10*1024 {
		return types.String(strconv.FormatInt(n, 10) + " bytes"), nil
	}
	n /= 512 // one bit more than the unit, to round by
	units := []string{"kB", "MB", "GB", "TB", "PB"}
	i := 0
	for ; i < len(units)-1 && abs(n) >= 20*1024-1; i++ {
		n /= 1024
	}
	if n > 0 {
		n++
	} else {
		n--
	}
	return types.String(strconv.FormatInt(n/2, 10) + " " + units[i]), nil
}

func abs(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func encodingName(_ *expr.Env, d types.Datum) (types.Datum, error) {
	if n := d.Int(); n >= 0 && int(n) < len(expr.Encodings) {
		return types.String(expr.Encodings[n]), nil
	}
	return types.String(""), nil
}

func encodingNumber(_ *expr.Env, d types.Datum) (types.Datum, error) {
	return types.Int(int64(expr.EncodingNumber(d.Str()))), nil
}

// encodingLength is the number of bytes that a character takes at most.
func encodingLength(_ *expr.Env, d types.Datum) (types.Datum, error) {
	lengths := []int64{1, 3, 3, 3, 4, 3, 4, 4}
	switch n := d.Int(); {
	case n < 0 || int(n) >= len(expr.Encodings):
		return types.Null, nil
	case int(n) < len(lengths):
		return types.Int(lengths[n]), nil
	case expr.Encodings[n] == "GB18030":
		return types.Int(4), nil
	case expr.Encodings[n] == "JOHAB":
		return types.Int(3), nil
	case slices.Contains([]string{"SJIS", "BIG5", "GBK", "UHC", "SHIFT_JIS_2004"}, expr.Encodings[n]):
		return types.Int(2), nil
	}
	return types.Int(1), nil
}
