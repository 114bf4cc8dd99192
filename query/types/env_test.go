package types_test

import (
	"testing"
	"time"

	"github.com/projsql/projsql/query/types"
)

// Words that mean a time are read by the statement's own clock and zone.
func TestWordsOfNow(t *testing.T) {
	env := types.NewEnv()
	env.TimeZone = zone("America/New_York")
	env.Now = time.Date(2024, 3, 10, 3, 30, 0, 0, time.UTC) // still the 9th in New York
	for _, c := range []struct{ typ, in, want string }{
		{"timestamptz", "now", "2024-03-09 22:30:00-05"},
		{"timestamp", "now", "2024-03-09 22:30:00"},
		{"date", "today", "2024-03-09"},
		{"date", "tomorrow", "2024-03-10"},
		{"timestamptz", "yesterday", "2024-03-08 00:00:00-05"},
		{"timestamptz", "tomorrow 04:05", "2024-03-10 04:05:00-04"},
		{"time", "now", "22:30:00"},
		{"timetz", "12:00", "12:00:00-05"},
	} {
		typ := typeOf(c.typ)
		d, err := types.Parse(env, types.Of(typ), c.in)
		if err != nil || types.Text(env, typ, d) != c.want {
			t.Errorf("%s %q = %q (%v), want %q", c.typ, c.in, types.Text(env, typ, d), err, c.want)
		}
	}
	if _, err := types.Parse(nil, types.Of(types.DateOID), "today"); err == nil {
		t.Error("today was read without a clock")
	}
}

func TestTypmodRefusals(t *testing.T) {
	for _, c := range []struct {
		typ  string
		args []int32
		want string
	}{
		{"numeric", []int32{0}, "NUMERIC precision 0 must be between 1 and 1000"},
		{"numeric", []int32{5, 1001}, "NUMERIC scale 1001 must be between -1000 and 1000"},
		{"varchar", []int32{0}, "length for type varchar must be at least 1"},
		{"bpchar", []int32{10485761}, "length for type char cannot exceed 10485760"},
	} {
		if _, err := types.Typmod(typeOf(c.typ), c.args); err == nil || err.Error() != c.want {
			t.Errorf("%s%v: %v", c.typ, c.args, err)
		}
	}
	if mod, err := types.Typmod(types.NumericOID, []int32{10, 2}); err != nil || types.FormatType(types.Type{OID: types.NumericOID, Mod: mod}) != "numeric(10,2)" {
		t.Error(mod, err)
	}
}

func TestRecords(t *testing.T) {
	r := types.Pointer(&types.Record{
		Types:  []types.OID{types.Int4OID, types.TextOID, types.TextOID, types.TextOID, types.BoolOID},
		Fields: []types.Datum{types.Int(1), types.String(`a "b\`), types.Null, types.String(""), types.Bool(true)},
	})
	if got := types.Text(nil, types.RecordOID, r); got != `(1,"a ""b\\",,"",t)` {
		t.Error(got)
	}
	_, err := types.DecodeBinary(types.Of(types.RecordOID), types.AppendBinary(nil, types.RecordOID, r))
	if err == nil || err.Error() != "input of anonymous composite types is not implemented" { // as in PostgreSQL
		t.Error(err)
	}
}
