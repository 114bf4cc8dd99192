package expr

import (
	"strings"
	"unicode/utf8"

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

// normalizedAtOnce is how many bytes are normalized before it is asked whether to go on.
const normalizedAtOnce = 1 << 20

// normalParts yields a text part by part, so that each part can be normalized by itself.
func normalParts(env *Env, f norm.Form, s string, visit func(part string) bool) error {
	for s != "" {
		if err := ended(env); err != nil {
			return err
		}
		end := min(len(s), normalizedAtOnce)
		for end < len(s) && !(utf8.RuneStart(s[end]) && f.PropertiesString(s[end:]).BoundaryBefore()) {
			end++
		}
		if !visit(s[:end]) {
			return nil
		}
		s = s[end:]
	}
	return nil
}

func normalize(env *Env, a, form types.Datum) (types.Datum, error) {
	f, err := normalForm(form)
	if err != nil || len(a.Str()) <= normalizedAtOnce {
		return types.String(normalString(f, a.Str())), err
	}
	var made strings.Builder
	err = normalParts(env, f, a.Str(), func(part string) bool {
		made.WriteString(normalString(f, part))
		return made.Len() <= stringBytesMax
	})
	if err == nil && made.Len() > stringBytesMax {
		err = errTooLarge()
	}
	return types.String(made.String()), err
}

func isNormalized(env *Env, a, form types.Datum) (types.Datum, error) {
	f, err := normalForm(form)
	if err != nil {
		return types.Null, err
	}
	normal := true
	err = normalParts(env, f, a.Str(), func(part string) bool {
		normal = f.IsNormalString(part) || normalString(f, part) == part
		return normal
	})
	return types.Bool(normal), err
}
