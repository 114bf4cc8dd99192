package settings

import (
	"regexp"
	"strings"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// checks validate the text parameters whose values mean something.
var checks = map[string]func(string) (string, error){
	"client_encoding": checkEncoding,
	"datestyle":       checkDateStyle,
	"timezone":        checkTimeZone,
	"lc_messages":     checkLocale("lc_messages"),
	"lc_monetary":     checkLocale("lc_monetary"),
	"lc_numeric":      checkLocale("lc_numeric"),
	"lc_time":         checkLocale("lc_time"),

	"default_text_search_config": checkSearchConfig,
	"application_name":           cleanASCII,
}

// checkEffect refuses a value that would change what statements mean in a way
// that projsql does not follow: better no session than other answers.
func (p *Parameter) checkEffect(value string) error {
	wanted, ok := fixed[p.Name]
	if !ok || wanted == value {
		return nil
	}
	return sqlstate.New(sqlstate.FeatureNotSupported, "parameter %q supports the value %q only", p.Name, wanted)
}

var fixed = map[string]string{
	"standard_conforming_strings": "on",
	"array_nulls":                 "on",
	"transform_null_equals":       "off",
	"quote_all_identifiers":       "off",
	"lo_compat_privileges":        "off",
}

// checkEncoding takes UTF8, and SQL_ASCII, which converts nothing. UNICODE is shown as it was
// asked for: PostgreSQL keeps it for old clients that compare it.
func checkEncoding(value string) (string, error) {
	name := encodingKey(value)
	switch {
	case value == "UNICODE":
		return value, nil
	case name == "utf8", name == "unicode":
		return "UTF8", nil
	case name == "sqlascii":
		return "SQL_ASCII", nil
	case otherEncoding.MatchString(name):
		return "", sqlstate.New(sqlstate.FeatureNotSupported, "client_encoding %q is not supported", value).WithDetail("projsql speaks UTF8 only.")
	}
	return "", sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter %q: %q", "client_encoding", value)
}

// encodingKey is what PostgreSQL compares names of encodings by: their letters and digits.
func encodingKey(value string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			return r
		}
		return -1
	}, value)
}

// otherEncoding matches the keys of PostgreSQL's other encodings.
var otherEncoding = regexp.MustCompile(`^(abc|alt|big5|euc(cn|jis2004|jp|kr|tw)|gb18030|gbk|iso8859([1-9]|1[03-6])|johab|koi8[ru]?|latin([1-9]|10)|mskanji|muleinternal|(shiftjis|sjis)(2004)?|tcvn(5712)?|uhc|vscii|win(dows)?(125[0-8]|866|874|932|936|949|950)?)$`)

// cleanASCII puts ? in the place of bytes that are not printable in ASCII, as PostgreSQL does with
// names that it shows to everybody.
func cleanASCII(value string) (string, error) {
	clean := []byte(value)
	for i, c := range clean {
		if c < ' ' || c > '~' {
			clean[i] = '?'
		}
	}
	return string(clean), nil
}

// checkLocale takes the locales whose rules are C's.
func checkLocale(name string) func(string) (string, error) {
	return func(value string) (string, error) {
		switch strings.ToLower(value) {
		case "", "c", "posix", "c.utf-8", "c.utf8", "en_us.utf-8", "en_us.utf8":
			return value, nil
		}
		return "", sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter %q: %q", name, value)
	}
}

// checkSearchConfig shows where a configuration is; there are none but PostgreSQL's.
func checkSearchConfig(value string) (string, error) {
	if value == "" {
		return value, nil
	}
	name, there := strings.CutPrefix(value, "pg_catalog.")
	if !there {
		name = value
	}
	if name = strings.ToLower(name); !types.IsSearchConfiguration(name) {
		return "", sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter %q: %q", "default_text_search_config", value)
	}
	return "pg_catalog." + name, nil
}

// dateStyle is a date style in the making.
type dateStyle struct {
	style, order string
}

// checkDateStyle normalises DateStyle: a format, an order of fields, or both.
func checkDateStyle(value string) (string, error) {
	d := dateStyle{style: "ISO", order: "MDY"}
	var hasStyle, hasOrder bool
	for _, word := range strings.Split(value, ",") {
		word = strings.ToLower(strings.TrimSpace(word))
		style, order, ok := dateWord(word)
		conflict := (style != "" && hasStyle && style != d.style) || (order != "" && style == "" && hasOrder && order != d.order)
		if !ok {
			return "", badDateStyle(value).WithDetail("Unrecognized key word: %q.", word)
		}
		if conflict {
			return "", badDateStyle(value).WithDetail("Conflicting \"datestyle\" specifications.")
		}
		if style != "" {
			d.style, hasStyle = style, true
		}
		if order != "" && (style == "" || !hasOrder) {
			d.order = order
			hasOrder = hasOrder || style == ""
		}
	}
	return d.style + ", " + d.order, nil
}

// completeDateStyle adds what a value does not say from the present one.
func completeDateStyle(value, present string) string {
	if _, err := checkDateStyle(value); err != nil {
		return value
	}
	var hasStyle, hasOrder bool
	for _, word := range strings.Split(value, ",") {
		style, order, _ := dateWord(strings.ToLower(strings.TrimSpace(word)))
		hasStyle, hasOrder = hasStyle || style != "", hasOrder || order != ""
	}
	style, order, _ := strings.Cut(present, ", ")
	if !hasOrder {
		value += ", " + order
	}
	if !hasStyle {
		value += ", " + style
	}
	return value
}

// dateWord tells what one word of DateStyle sets; German implies an order.
func dateWord(word string) (style, order string, ok bool) {
	switch {
	case word == "iso":
		return "ISO", "", true
	case word == "sql":
		return "SQL", "", true
	case strings.HasPrefix(word, "postgres"):
		return "Postgres", "", true
	case word == "german":
		return "German", "DMY", true
	case word == "ymd":
		return "", "YMD", true
	case word == "dmy", strings.HasPrefix(word, "euro"):
		return "", "DMY", true
	case word == "mdy", word == "us", strings.HasPrefix(word, "noneuro"):
		return "", "MDY", true
	case word == "default":
		return "ISO", "MDY", true
	}
	return "", "", false
}

func badDateStyle(value string) *sqlstate.Error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter %q: %q", "DateStyle", value)
}
