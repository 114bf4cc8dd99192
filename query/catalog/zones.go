package catalog

import (
	"time"
	"unicode/utf8"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/settings"
	"github.com/projsql/projsql/query/types"
)

// zoneRows answers pg_timezone_names(): what each zone has at the transaction's time.
func zoneRows(env *expr.Env, _ []types.Datum) (expr.Rows, error) {
	names := settings.ZoneNames()
	return func() ([]types.Datum, error) {
		for len(names) > 0 {
			name := names[0]
			names = names[1:]
			zone, err := time.LoadLocation(name)
			if err != nil {
				continue // the machine's zone data has it not
			}
			at := env.TransactionTime.In(zone)
			abbreviation, offset := at.Zone()
			interval := types.Pointer(&types.Interval{Micros: int64(offset) * 1_000_000})
			return []types.Datum{types.String(name), types.String(abbreviation), interval, types.Bool(at.IsDST())}, nil
		}
		return nil, nil
	}, nil
}

// abbreviationRows answers pg_timezone_abbrevs().
func abbreviationRows(env *expr.Env, _ []types.Datum) (expr.Rows, error) {
	var rows [][]types.Datum
	for _, a := range types.ZoneAbbreviations(env.TransactionTime) {
		rows = append(rows, []types.Datum{types.String(a.Name), types.Pointer(&types.Interval{Micros: a.EastSeconds * 1_000_000}), types.Bool(a.DST)})
	}
	return each(rows), nil
}

// nameBytesMax is how long a name may be.
const nameBytesMax = 63

// nameWithOID answers nameconcatoid(name, oid), which cuts the name so that the OID fits.
func nameWithOID(_ *expr.Env, name, id types.Datum) (types.Datum, error) {
	suffix := "_" + types.Text(nil, types.OIDOID, id)
	text := name.Str()
	if end := nameBytesMax - len(suffix); len(text) > end {
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	return types.String(text + suffix), nil
}
