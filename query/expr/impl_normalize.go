package expr

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

var normalForms = map[string]norm.Form{"NFC": norm.NFC, "NFD": norm.NFD, "NFKC": norm.NFKC, "NFKD": norm.NFKD}

func normalForm(d types.Datum) (norm.Form, error) {
	form, ok := normalForms[strings.ToUpper(d.Str())]
	if !ok {
		return 0, sqlstate.New(sqlstate.InvalidParameterValue, "invalid normalization form: %s", d.Str())
	}
	return form, nil
}

func normalize(_ *Env, a, form types.Datum) (types.Datum, error) {
	f, err := normalForm(form)
	if err != nil {
		return types.Null, err
	}
	return text(f.String(a.Str()))
}

func isNormalized(_ *Env, a, form types.Datum) (types.Datum, error) {
	f, err := normalForm(form)
	if err != nil {
		return types.Null, err
	}
	return types.Bool(f.IsNormalString(a.Str())), nil
}
