package types_test

import (
	"strings"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/types"
)

// genShape draws a geometric value, by its text.
func genShape(t *rapid.T, oid types.OID) types.Datum {
	number := rapid.OneOf(rapid.StringMatching(`-?[0-9]{1,3}(\.[0-9]{1,3})?`), rapid.SampledFrom([]string{"NaN", "Infinity", "-0", "1e300", "5e-324"}))
	point := func() string { return "(" + number.Draw(t, "x") + "," + number.Draw(t, "y") + ")" }
	text := point()
	switch oid {
	case types.LsegOID, types.BoxOID:
		text += "," + point()
	case types.LineOID:
		text = "{1," + number.Draw(t, "b") + "," + number.Draw(t, "c") + "}"
	case types.CircleOID:
		text = "<" + text + "," + strings.TrimPrefix(number.Draw(t, "radius"), "-") + ">"
	case types.PathOID, types.PolygonOID:
		for range rapid.IntRange(0, 3).Draw(t, "more") {
			text += "," + point()
		}
		text = "(" + text + ")"
		if oid == types.PathOID && rapid.Bool().Draw(t, "open") {
			text = "[" + text[1:len(text)-1] + "]"
		}
	}
	d, err := types.Parse(nil, types.Of(oid), text)
	if err != nil {
		t.Fatal(text, err)
	}
	return d
}
