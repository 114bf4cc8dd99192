package main

import (
	"fmt"
	"strings"
)

// typed is a maker of texts of a type.
type typed struct {
	kind string
	make func(*generator) string
}

// pieces strings some together, least to most of them.
func (g *generator) pieces(least, most int, of ...string) string {
	var b strings.Builder
	for range least + g.IntN(most-least+1) {
		b.WriteString(pick(g, of))
	}
	return b.String()
}

// chars is pieces of single characters.
func (g *generator) chars(least, most int, of string) string {
	return g.pieces(least, most, strings.Split(of, "")...)
}

func (g *generator) integer() int64 {
	if g.IntN(12) == 0 {
		return pick(g, []int64{2147483647, -2147483647, 65536, 1000, 255, -255, 100, 31, 32, 64})
	}
	return int64(g.IntN(11) - 3)
}

// of makes a maker of pieces.
func of(least, most int, all ...string) func(*generator) string {
	return func(g *generator) string { return g.pieces(least, most, all...) }
}

func charsOf(least, most int, all string) func(*generator) string {
	return func(g *generator) string { return g.chars(least, most, all) }
}

// mutated are texts, of which a third has a character too many, too few, or another.
func mutated(make func(*generator) string) func(*generator) string {
	return func(g *generator) string {
		s := []rune(make(g))
		for g.IntN(3) == 0 {
			at := g.IntN(len(s) + 1)
			switch rest := s[at:]; {
			case len(rest) == 0 || g.IntN(3) == 0:
				s = append(append(s[:at:at], []rune(g.chars(1, 1, "0159-+.,:;/()[]{}<>\"'\\ eEaxnNT_%@#&*!|ü\t"))...), rest...)
			default:
				s = append(s[:at:at], rest[1:]...)
			}
		}
		return string(s)
	}
}

func oneOf(all ...string) func(*generator) string {
	return func(g *generator) string { return pick(g, all) }
}

// words are texts with what is odd in many functions.
func words(g *generator) string {
	return g.pieces(0, 6, "a", "b", "A", "B", "ab", "abc", "1", "23", " ", "  ", "ß", "ü", "É", "İ", "ǆ", "日", "😀", "e\u0301", "Σ", "\n", "\t", "-", "_", "%", ".", ",", "\\", "'", `"`, "{", "}", "x", "hello", "NULL")
}

func wordsOrFew(g *generator) string {
	if g.IntN(2) == 0 {
		return g.chars(0, 4, "ab,")
	}
	return words(g)
}

// regex makes an expression that is mostly right.
func (g *generator) regex(depth int) string {
	var b strings.Builder
	for range 1 + g.IntN(3) {
		atom := ""
		switch n := g.IntN(16); {
		case n < 6 || depth <= 0:
			atom = pick(g, []string{"a", "b", "A", "1", ".", "x", "ü", "ß", " ", "ab", "[ab]", "[^a]", "[a-c]", "日"})
		case n == 6:
			atom = pick(g, []string{"[[:alpha:]]", "[[:digit:]_]", "[^[:space:]]", "[[:upper:]]", "[]a]", "[^]a-]", `[\w]`, `[\d-]`, "[[.a.]-c]", "[[=a=]]", "[[:punct:]]", "[[:word:]]", "[A-Z]", "[а-я]"})
		case n == 7:
			atom = pick(g, []string{`\d`, `\w`, `\s`, `\D`, `\W`, `\S`, `\.`, `\\`, `\n`, `\x61`, `\u0061`, `\e`, `\141`, `\cA`, `\B`})
		case n == 8:
			atom = pick(g, []string{"^", "$", `\m`, `\M`, `\y`, `\Y`, `\A`, `\Z`, "[[:<:]]", "[[:>:]]"})
		case n == 9:
			atom = pick(g, []string{`\1`, `\2`})
		case n < 13:
			atom = "(" + g.regex(depth-1) + ")"
		case n == 13:
			atom = "(?:" + g.regex(depth-1) + ")"
		case n == 14:
			atom = pick(g, []string{"(?=", "(?!", "(?<=", "(?<!"}) + g.regex(depth-1) + ")"
		default:
			atom = "(" + g.regex(depth-1) + "|" + g.regex(depth-1) + ")"
		}
		b.WriteString(atom)
		if g.IntN(3) == 0 {
			b.WriteString(pick(g, []string{"*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,1}?", "{2,}", "{0}", "{,2}", "{1}?"}))
		}
	}
	if g.IntN(8) == 0 {
		return b.String() + "|" + g.regex(depth-1)
	}
	return b.String()
}

func regexes(g *generator) string {
	return pick(g, []string{"", "", "", "", "", "", "(?i)", "(?n)", "(?x)", "(?q)", "***=", "***:", "(?b)", "(?e)", "(?p)(", "(?w)"}) + g.regex(2)
}

// json makes a document; depth bounds it.
func (g *generator) json(depth int) string {
	if n := g.IntN(8); n > 4 && depth > 0 {
		var all []string
		for range g.IntN(4) {
			member := g.json(depth - 1)
			if n > 5 {
				member = g.member() + ":" + pick(g, []string{"", " "}) + member
			}
			all = append(all, member)
		}
		if n > 5 {
			return "{" + strings.Join(all, pick(g, []string{",", ", "})) + "}"
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	return pick(g, []string{"1", "0", "-1", "1.50", "1e3", "-0", "1e-7", "12345678901234567890.5", "true", "false", "null", `"x"`, `""`, `"a b"`, `"ü"`, `"\u00e9"`, `"\ud83d\ude00"`, `"2024-02-29"`, `"12:34:56+02"`, `"2024-02-29T12:00:00Z"`, `"a\nb"`, `"\"\\/"`, `"1"`, `"cat"`})
}

func (g *generator) member() string {
	return pick(g, []string{`"a"`, `"b"`, `"c"`, `"aa"`, `""`, `"1"`, `"ü"`})
}

func documents(g *generator) string { return g.json(3) }

// jsonpath makes a path; depth bounds its expressions.
func (g *generator) jsonpath(depth int) string {
	var b strings.Builder
	b.WriteString(pick(g, []string{"$", "$", "$", "$", "@", "$a", `$"b"`}))
	for range g.IntN(4) {
		b.WriteString(pick(g, []string{".a", ".b", `."aa"`, "[*]", "[0]", "[last]", "[0 to 1]", "[last - 1]", "[1, 0]", ".*", ".**", ".**{1}", ".**{1 to last}", ".size()", ".type()", ".double()", ".abs()", ".floor()", ".ceiling()", ".keyvalue()", ".datetime()", `.datetime("YYYY-MM-DD")`, ".keyvalue().key"}))
		if depth > 0 && g.IntN(4) == 0 {
			b.WriteString(" ? (" + g.predicate(depth-1) + ")")
		}
	}
	path := b.String()
	if g.IntN(6) == 0 && depth > 0 {
		return fmt.Sprintf("%s%s %s %s", pick(g, []string{"", "-", "+"}), path, pick(g, []string{"+", "-", "*", "/", "%"}), g.operand(depth-1))
	}
	return path
}

func (g *generator) operand(depth int) string {
	if g.IntN(2) == 0 {
		return pick(g, []string{"1", "0", "2.5", `"x"`, "true", "null", `"2024-02-29"`, `"ab"`, "1e2", "-1", `"1"`})
	}
	return g.jsonpath(depth)
}

func (g *generator) predicate(depth int) string {
	of := func() string { return strings.Replace(g.jsonpath(depth), "$", "@", 1) }
	if depth <= 0 || g.IntN(3) > 0 {
		switch g.IntN(8) {
		case 0:
			return "exists (" + of() + ")"
		case 1:
			return of() + " like_regex " + pick(g, []string{`"^a"`, `"X" flag "i"`, `"a b" flag "x"`, `"." flag "s"`, `"(" `, `"a.b" flag "q"`, `"a" flag "z"`})
		case 2:
			return of() + ` starts with ` + pick(g, []string{`"a"`, `""`, "$a", `"x"`})
		}
		return of() + " " + pick(g, []string{"==", "<", ">", "<=", ">=", "!=", "<>"}) + " " + g.operand(depth)
	}
	switch g.IntN(4) {
	case 0:
		return "!(" + g.predicate(depth-1) + ")"
	case 1:
		return "(" + g.predicate(depth-1) + ") is unknown"
	}
	return g.predicate(depth-1) + pick(g, []string{" && ", " || "}) + g.predicate(depth-1)
}

func paths(g *generator) string {
	p := pick(g, []string{"", "", "strict ", "lax "})
	if g.IntN(4) == 0 {
		return p + strings.ReplaceAll(g.predicate(2), "@", "$")
	}
	return p + g.jsonpath(2)
}

func array(least, most int, elements ...string) func(*generator) string {
	return func(g *generator) string {
		n := least + g.IntN(most-least+1)
		list := func() string {
			all := make([]string, n)
			for i := range all {
				all[i] = pick(g, elements)
			}
			return "{" + strings.Join(all, ",") + "}"
		}
		switch {
		case n > 0 && g.IntN(6) == 0:
			return "{" + list() + "," + list() + "}"
		case n > 0 && g.IntN(6) == 0:
			low := g.IntN(7) - 3
			return fmt.Sprintf("[%d:%d]=%s", low, low+n-1, list())
		}
		return list()
	}
}

// moments are the templates of to_char for times.
func (g *generator) moment() string {
	return g.pieces(1, 5, "YYYY", "YYY", "YY", "Y", "Y,YYY", "IYYY", "IYY", "IY", "I", "MM", "Month", "MONTH", "month", "Mon", "MON", "mon", "RM", "rm", "DD", "DDD", "D", "ID", "IDDD", "Day", "DAY", "day", "Dy", "DY", "dy", "W", "WW", "IW", "CC", "J", "Q", "HH", "HH12", "HH24", "MI", "SS", "MS", "US", "FF1", "FF3", "FF6", "SSSS", "SSSSS", "AM", "pm", "A.M.", "p.m.", "BC", "ad", "B.C.", "TZ", "tz", "OF", "TZH", "TZM",
		"FM", "FM", "FX", "TH", "th", "SP", "TM", "-", " ", ":", "/", ".", ",", `"x"`, `"a\"b"`, `\"`, "T", "ü", "  ")
}

func (g *generator) number() string {
	if g.IntN(3) == 0 {
		return pick(g, []string{"", "FM", "S", "MI"}) + g.chars(1, 6, "9909,") + pick(g, []string{"", ".", "D", "V"}) + g.chars(0, 4, "90") + pick(g, []string{"", "MI", "PL", "SG", "PR", "S", "TH", "th", "EEEE", "L"})
	}
	return g.pieces(1, 7, "9", "9", "9", "0", "0", ".", "D", "G", ",", "S", "MI", "PL", "SG", "PR", "TH", "th", "RN", "rn", "FM", "V", "EEEE", "L", `"x"`, " ", "x", "-", "ü")
}

func (g *generator) field() string {
	return pick(g, []string{"year", "month", "day", "hour", "minute", "second", "milliseconds", "microseconds", "week", "quarter", "decade", "century", "millennium", "epoch", "dow", "doy", "isodow", "isoyear", "julian", "timezone", "timezone_hour", "timezone_minute", "years", "Mon", "us", "ms", "d", "nosuch", ""})
}

func moments(g *generator) string {
	return pick(g, []string{"2024-02-29 12:34:56.789", "2000-01-01 00:00", "1969-12-31 23:59:59.999999", "0044-03-15 01:02:03 BC", "0001-01-01 00:00 BC", "9999-12-31 23:00", "20240-07-04 13:00:01", "2023-03-26 02:30", "2023-10-29 02:30", "1999-01-03 09:08:07.000001", "infinity", "-infinity", "2021-01-01", "1883-11-18 12:00", "4713-01-01 00:00 BC", "294276-12-31 00:00"})
}

func intervals(g *generator) string {
	return pick(g, []string{"0", "1 day", "1 mon -1 day 02:00", "-1 year 3 days 04:05:06.789", "36:00", "10 years", "-00:00:00.000001", "1 mon", "178000000 years", "-1.5 days", "100:59:59.5", "29 days 23:59:59.999999", "13 mons -40 days"})
}

func numerics(g *generator) string {
	return pick(g, []string{"0", "1", "-1", "0.5", "-0.05", "1.5", "2.500", "-12.345", "100", "1234567.891", "0.0001", "-99999.995", "1e20", "-1e-20", "9.9995", "0.00", "NaN", "Infinity", "-Infinity", "12", "3999", "4000", "0.1", "1e50", "1e-50", "32767.5", "2147483647.5", "-9223372036854775808.5"})
}

func floats(g *generator) string {
	return pick(g, []string{"0", "-0", "1", "-1.5", "0.1", "3.5", "2.5", "-2.5", "1e300", "1e-300", "-1e15", "123456.789", "NaN", "Infinity", "-Infinity", "1e15", "1234567890123456", "0.00001", "9.5", "2147483647.5", "9.223372036854775e18", "4.9e-324"})
}

func zones(g *generator) string {
	return pick(g, []string{"UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "EST5EDT", "+03", "-05:30", "PST", "est", "<+0130>-01:30", "nosuch", "Europe/berlin", "utc+2", ""})
}

// typedMakers make constants of a type.
var typedMakers = map[string]typed{
	"text": {"text", wordsOrFew}, "regex": {"text", regexes}, "replacement": {"text", of(0, 3, `\1`, `\2`, `\&`, `\\`, `\`, "x", "ü", "&")},
	"jsonb": {"jsonb", documents}, "json": {"json", documents}, "path": {"text[]", array(0, 3, "a", "b", "0", "1", "-1", "NULL", "aa", "1.5", "99999999999", `""`)},
	"texts": {"text[]", array(0, 4, "a", "b", "NULL", `"b c"`, `""`, "ab", `"\\"`, "ü", `"NULL"`)}, "ints": {"int[]", array(0, 4, "1", "2", "3", "-1", "NULL", "2147483647")}, "dims": {"int[]", array(0, 3, "1", "2", "0", "-1", "3", "NULL")},
	"weights": {"real[]", array(3, 5, "0.1", "1", "0", "-1", "0.5", "1.5", "NULL")}, "chars": {`"char"[]`, array(0, 3, "a", "b", "D", "c", "e", "NULL")},
	"bytea": {"bytea", oneOf(`\x`, `\x00ff10`, `\x616263`, `\x61`, `\xc3bc`, `\xff`, `\x2561`, `\xe697a5`)}, "bits": {"varbit", charsOf(0, 12, "01")},
	"numeric": {"numeric", numerics}, "float": {"float8", floats}, "date": {"date", oneOf("2024-02-29", "2000-01-01", "0044-03-15 BC", "infinity", "-infinity", "1999-12-31", "5874897-12-31")},
	"timestamp": {"timestamp", moments}, "timestamptz": {"timestamptz", moments}, "interval": {"interval", intervals}, "time": {"time", oneOf("00:00", "12:34:56.789", "23:59:59.999999", "24:00")}, "timetz": {"timetz", oneOf("00:00+00", "12:34:56.789-05:30", "23:59:59.999999+14")},
	"network": {"inet", oneOf("1.2.3.4", "10.1.2.3/8", "10.0.0.0/8", "0.0.0.0/0", "::1", "2001:db8::5/32", "::ffff:1.2.3.4", "255.255.255.255", "ff::/8")},
	"range":   {"int4range", oneOf("empty", "(,)", "[1,5)", "(,3]", "[5,2147483647)", "[2,2]", "(3,8)", "[5,9]")},
}

// textMakers make constants whose type the context gives.
var textMakers = map[string]func(*generator) string{
	"flags": charsOf(0, 2, "gimnpqswxtcbei"), "soup": charsOf(0, 8, `ab*+?{}()[]|\^$.-:=<>!,012dwsmMyYAZx `), "similar": of(0, 6, "a", "b", "%", "_", "|", "*", "+", "?", "(", ")", "[", "]", "^", "$", ".", `\`, "#", "{2}", "{1,2}", `#"`, `\"`, "[a-c]", "ü"), "escape": oneOf(`\`, "#", "", "ab", "ü", "a"),
	"like": of(0, 6, "a", "b", "%", "_", `\`, "ü", "A", "1", "ß", "%%", `\%`, "#", "日"), "key": oneOf("a", "b", "aa", "", "1", "ü", "0"), "nulls": oneOf("use_json_null", "delete_key", "return_target", "raise_exception", "nosuch"), "jsonpath": paths, "pathtext": mutated(paths), "jsontext": mutated(documents),
	"classes": oneOf(`"all"`, `["string"]`, `["numeric", "key"]`, `"boolean"`, `["nosuch"]`, `{}`, `"String"`, `[1]`, `[]`, `null`), "config": oneOf("english", "english", "simple", "german", "french", "nosuch"), "dictionary": oneOf("english_stem", "simple", "german_stem", "nosuch"), "weight": oneOf("A", "b", "D", "x", ""),
	"document": of(0, 7, "the ", "cat ", "cats ", "running ", "Hello", " world ", "foo-bar ", "foo.bar.com/x?y=1 ", "http://a.example.org:80/p/q#f ", "me@example.com ", "1.5e3 ", "-12 ", "12-13 ", "/usr/lib ", "<b>", "</b>", "<a href='x'>", "&amp;", "&#65;", " <!-- c --> ", "ünïcødé ", "日本 ", "O'Neil ", "a_b ", "v1.2.3 ", "1.2.3.4 ", ". ", ", ", "-", "+", "..", "x@y ", "é-è ", "A-1 ", "\n", "<?xml?>", "e.g. "),
	"tsquery":  func(g *generator) string { return g.tsquery(2) }, "tsvector": of(0, 4, "a ", "b ", "a:1 ", "b:2A ", "cat:3B,5 ", "'c d':4C ", "world:2 ", "hello:1 ", "abc:7D ", "a:16383 ", "'x''y' ", `"q" `, "a:0 "), "web": of(0, 5, "cat ", `"foo bar"`, " or ", "-", "the ", "world ", `"`, "running ", ":", "( ", " OR", "ünï ", "a-b ", "!", "&", "|", "x:* ", "'"),
	"headline": of(0, 3, "MaxWords=5,", " MinWords=2,", "MaxFragments=2,", "ShortWord=1,", "StartSel=<<,", "StopSel=>>,", `FragmentDelimiter=" | ",`, "HighlightAll=true,", "MaxWords=10, MinWords=3,", "nosuch=1,", "MinWords=20,", "HighlightAll", `StartSel="`, "MaxFragments=-1,"),
	"unistr":   of(0, 4, `\0061`, `\u0062`, `\+000063`, `\U00000064`, `\\`, `\d83d\de00`, `\d83d`, "x", `\`, `\zz`), "ident": mutated(oneOf("a", `"A b"`, "a.b", ` a . "c" `, `"x""y".z`, "pg_catalog.pg_am", "int", "integer[]", "numeric(5,2)", "a.b.c.d", "timestamp with time zone", "1a", "_text", "pg_class", "now", "varchar(3)", "int4[3]", "a.", `""`)),
	"encoding": oneOf("hex", "base64", "escape", "nosuch", "HEX"), "encoded": mutated(oneOf("", "616263", "YWJj", `a\\b\001`, "YQ==", "YWI=", "00ff", " 61 62 ", "Y W J j", "6")), "charset": oneOf("UTF8", "LATIN1", "SQL_ASCII", "WIN1252", "nosuch", "latin-9", "KOI8R"),
	"format": of(0, 5, "%s", "%I", "%L", "%%", "%1$s", "%2$L", "%3$s", "%-5s", "%5s|", "%*s", "%-*s", "%*1$s", "%2$*1$s", "%0$s", "%", "%x", "a", "ü", "%9$s", "%1$", "%1$-7s"), "arraytext": mutated(array(0, 4, "1", "2", "NULL", `"a b"`, `""`, " x ", `\\`, "a b", "{1}", `"x\"y"`)),
	"moment": (*generator).moment, "number": (*generator).number, "field": (*generator).field, "zone": zones,
	"numbertext":   mutated(of(1, 2, "1", "12", "1,234.5", "-3", "+4.50", "<5>", "12-", "1e5", "0x1F", " 7 ", "$1,000", "XIV", "1st", "NaN", "inf", "-Infinity", ".5", "5.", "99999999999999999999", "1e-400", "1e400", "007", "2147483648", "32768", "1_000", "x9")),
	"momenttext":   mutated(oneOf("2024-02-29", "20240229", "12:34:56", "2024 060", "Feb 29 2024", "29th February 2024", "2024-W09-4", "1999-12-31 23:59:59.123456 PM", "XII 2000", "2460370", "24-2-9", "44-03-15 BC", "12 a.m.", "2024-02-29 12:34 +02", "  2000    01", "x2000", "19991", "-5", "Thursday", "20th 2", "86399")),
	"datetext":     mutated(of(1, 2, "2024-02-29", "20240229", "12:34:56.789", " 12:34 PM", "Feb 29 2024", "29 February 2024 BC", "2024-060", "J2460370", "2024.060", "T12:34:56", "12:34:56+02:30", " Europe/Berlin", " EST", "epoch", "infinity", "-infinity", "1/2/2003", "01-02-03", "2024-02-30", "24:00:00", "23:59:60", "allballs", " Thu", "z", " AD", "00:00:00.9999999", "2024-13-01", "99999-01-01", "2147483648-01-01", "yesterday x", "Feb-29-2024", "2024-Feb-29", " +15:59:59", " -16", "2024-02-29T12:34:56Z", "235959", "1e5")),
	"intervaltext": mutated(of(1, 3, "1 day ", "2 hours", " 3:04:05.6", "-1 mon ", "P1Y2M3DT4H5M6.7S", "P0001-02-03T04:05:06", "1-2", "1.5 weeks ", "ago", " 1 2:3", "@ 4 min ", "1 century ", "0.1 mon ", "infinity", "-5", "1 us ", "2147483647 days ", "1e3 sec ", ".5 years ", "P1W", "PT1.5H", "999999999999 hours ", "+1 -2:00", "1 year 2 ")),
	"inettext":     mutated(oneOf("1.2.3.4", "10.1.2.3/8", "10", "10.1/16", "::1", "2001:db8::5/32", "::ffff:1.2.3.4", "1.2.3.256", "08:00:2b:01:02:03", "08002b:010203", "0800.2b01.0203", "08-00-2b-01-02-03-04-05", "1::2::3", "fe80::1%eth0", "1.2.3.0/24", "192.168.1/24", "08002b0102030405")),
	"uuidtext":     mutated(oneOf("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "{a0eebc999c0b4ef8bb6d6bb9bd380a11}", "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11")),
	"rangetext":    mutated(oneOf("empty", "(,)", "[1,5)", "(,3]", " [ 5 , 9 ] ", "[2,2]", "(2,2)", "[5,1]", `["1","2")`, "[2024-01-01,2024-02-01]", "{[1,5),[7,9]}", "{}", "{(,3],[2,)}", "[1.5,2.5]", "EMPTY", "[1,2147483647]", "{[5,6),[1,2)}", "{empty}", "[,]")),
	"booltext":     mutated(oneOf("t", "true", "TRUE", " yes ", "on", "of", "off", "0", "1", "fals", "n", "o", "")),
	"bitstext":     mutated(oneOf("0101", "x5", "b101", "X1F", "", "xG", "10101", "B")),
	"byteatext":    mutated(oneOf(`\x00ff`, `\x 61 62`, `abc\001`, `a\\b`, `\x6`, `\777`, `\xzz`, "ü")),
	"lsntext":      mutated(oneOf("0/0", "16/B374D848", "FFFFFFFF/FFFFFFFF", "1/", "123456789/1")),
	"tidtext":      mutated(oneOf("(0,1)", "(4294967295,65535)", "10:20:10,14,15", "1:1:", "12", "-1", "4294967296", "(1,65536)", "18446744073709551616", "0x10", "010")),
	"rowtext":      mutated(oneOf(`(a,1,2,c,t,2024-02-29)`, `(,,,,,)`, `("a b",1,2,"x""y",f,)`, `(1,a)`, `( 1 , 2 , 3 , a , t , epoch )`, "()", `(a,1,2,\,,t,) `)),
	"shapetext":    mutated((*generator).shapeText), "bounds": oneOf("[]", "()", "[)", "(]", "", "x"),
}

func (g *generator) tsquery(depth int) string {
	if depth <= 0 || g.IntN(3) == 0 {
		return pick(g, []string{"a", "b", "cat", "cat:*", "world:A", "hello:bc*", "'c d'", "the", "running", "foo-bar", "''", "a:x", "abc"})
	}
	switch g.IntN(6) {
	case 0:
		return "!" + g.tsquery(depth-1)
	case 1:
		return "(" + g.tsquery(depth-1) + ")"
	}
	return g.tsquery(depth-1) + pick(g, []string{" & ", " | ", " <-> ", " <2> ", " <0> ", "&", "|", " "}) + g.tsquery(depth-1)
}

func (g *generator) shapeText() string {
	number := func() string {
		return pick(g, []string{"0", "1", "-1", "2.5", "1e3", "3", "NaN", "Infinity", "-0", ".5"})
	}
	point := func() string { return "(" + number() + pick(g, []string{",", ", "}) + number() + ")" }
	switch g.IntN(8) {
	case 0:
		return point()
	case 1:
		return number() + "," + number()
	case 2:
		return "<" + point() + "," + number() + ">"
	case 3:
		return "{" + number() + "," + number() + "," + number() + "}"
	case 4:
		return "[" + point() + "," + point() + "]"
	case 5:
		return "(" + point() + "," + point() + "," + point() + ")"
	case 6:
		return number() + "," + number() + "," + number() + "," + number()
	}
	return point() + "," + point()
}
