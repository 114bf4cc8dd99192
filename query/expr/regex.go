package expr

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/wire/sqlstate"
)

// regexTranslator rewrites PostgreSQL's advanced regular expressions for Go's
// engine. What Go cannot do with the same meaning (back references, lookahead,
// word constraints) is refused with 0A000.
type regexTranslator struct {
	in         string
	out        strings.Builder
	groups     int
	depth      int
	quantified bool // the last atom has a quantifier
	atom       bool // an atom stands before
	newline    bool // newline-sensitive: . and [^ ] leave out line ends
	// What decides whether Go finds the same match, not just any.
	lazy, greedy, alternation, repeatedGroup bool
	begin                                    bool // has ^ or \A
}

// regexOptions are those of the flags argument and of (?...) at the start.
type regexOptions struct {
	fold, newline, literal, global bool
}

func errRegex(m string) error {
	return sqlstate.New(sqlstate.InvalidRegularExpression, "invalid regular expression: %s", m)
}

func regexUnsupported(what string) error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "regular expression with %s is not supported yet", what)
}

// regex is a compiled expression; exact says that the match found, and not only
// whether there is one, is PostgreSQL's.
type regex struct {
	re       *regexp.Regexp
	exact    bool
	captures bool // the groups are PostgreSQL's too
	begin    bool // the beginning of the text matters
}

func compileRegex(pattern string, o regexOptions) (*regex, error) {
	if o.literal {
		return &regex{re: regexp.MustCompile(prefixOf(o) + regexp.QuoteMeta(pattern)), exact: true, captures: true}, nil
	}
	pattern, o, err := embeddedOptions(pattern, o)
	if err != nil {
		return nil, err
	}
	t := &regexTranslator{in: pattern, newline: o.newline}
	if err := t.run(); err != nil {
		return nil, err
	}
	re, err := regexp.Compile(prefixOf(o) + t.out.String())
	if err != nil {
		return nil, errRegex("invalid argument to regex function")
	}
	if !t.lazy {
		re.Longest()
	}
	return &regex{
		re:       re,
		exact:    !t.lazy || !t.greedy && !t.alternation && t.groups == 0 || !t.greedy && !t.alternation && strings.Count(pattern, "?") == 1,
		begin:    t.begin,
		captures: t.groups == 0 || !t.alternation && !t.repeatedGroup,
	}, nil
}

func prefixOf(o regexOptions) string {
	flags := "s"
	if o.newline {
		flags = "m"
	}
	if o.fold {
		flags += "i"
	}
	return "(?" + flags + ")"
}

// embeddedOptions reads (?letters) at the start.
func embeddedOptions(p string, o regexOptions) (string, regexOptions, error) {
	if strings.HasPrefix(p, "***") {
		return p, o, regexUnsupported("a director (***)")
	}
	if !strings.HasPrefix(p, "(?") || len(p) < 3 || p[2] < 'a' || p[2] > 'z' {
		return p, o, nil
	}
	end := strings.IndexByte(p, ')')
	if end < 0 {
		return p, o, errRegex("invalid embedded option")
	}
	o, err := regexFlags(p[2:end], o, false)
	return p[end+1:], o, err
}

func regexFlags(flags string, o regexOptions, allowGlobal bool) (regexOptions, error) {
	for _, f := range flags {
		switch f {
		case 'i':
			o.fold = true
		case 'c':
			o.fold = false
		case 'n', 'm':
			o.newline = true
		case 's':
			o.newline = false
		case 'q':
			o.literal = true
		case 'g':
			if !allowGlobal {
				return o, badFlag(f)
			}
			o.global = true
		case 't':
		case 'b', 'e', 'p', 'w', 'x':
			return o, regexUnsupported("flag \"" + string(f) + "\"")
		default:
			return o, badFlag(f)
		}
	}
	return o, nil
}

func badFlag(f rune) error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "invalid regular expression option: \"%c\"", f)
}

func (t *regexTranslator) run() error {
	for t.in != "" {
		if err := t.step(); err != nil {
			return err
		}
	}
	if t.depth > 0 {
		return errRegex("parentheses () not balanced")
	}
	return nil
}

// emit writes one atom.
func (t *regexTranslator) emit(s string) {
	t.out.WriteString(s)
	t.atom, t.quantified = true, false
}

func (t *regexTranslator) step() error {
	c := t.in[0]
	switch c {
	case '(':
		return t.open()
	case ')':
		return t.close()
	case '|':
		t.in = t.in[1:]
		t.out.WriteByte('|')
		t.atom, t.alternation = false, true
	case '^', '$':
		t.begin = t.begin || c == '^'
		t.in = t.in[1:]
		t.out.WriteByte(c)
		t.atom = false
	case '*', '+', '?':
		t.in = t.in[1:]
		return t.quantify(string(c))
	case '{':
		return t.braces()
	case '[':
		return t.bracket()
	case '\\':
		return t.escape()
	case '.':
		t.in = t.in[1:]
		t.emit(".")
	default:
		_, n := utf8.DecodeRuneInString(t.in)
		t.emit(regexp.QuoteMeta(t.in[:n]))
		t.in = t.in[n:]
	}
	return nil
}

func (t *regexTranslator) open() error {
	if strings.HasPrefix(t.in, "(?") {
		if !strings.HasPrefix(t.in, "(?:") {
			if len(t.in) > 2 && strings.ContainsRune("=!<", rune(t.in[2])) {
				return regexUnsupported("lookahead or lookbehind")
			}
			return errRegex("quantifier operand invalid")
		}
		t.in = t.in[3:]
		t.out.WriteString("(?:")
	} else {
		t.in = t.in[1:]
		t.groups++
		t.out.WriteByte('(')
	}
	t.depth++
	t.atom = false
	return nil
}

func (t *regexTranslator) close() error {
	if t.depth == 0 {
		return errRegex("parentheses () not balanced")
	}
	t.depth--
	t.in = t.in[1:]
	t.emit(")")
	if t.in != "" && strings.ContainsRune("*+{", rune(t.in[0])) && t.groups > 0 {
		t.repeatedGroup = true
	}
	return nil
}

func (t *regexTranslator) quantify(q string) error {
	if !t.atom || t.quantified {
		return errRegex("quantifier operand invalid")
	}
	t.out.WriteString(q)
	if strings.HasPrefix(t.in, "?") {
		t.in = t.in[1:]
		t.out.WriteByte('?')
		t.lazy = true
	} else {
		t.greedy = true
	}
	t.quantified = true
	return nil
}

// braces reads {m}, {m,} or {m,n}; a brace before anything else is itself.
func (t *regexTranslator) braces() error {
	if len(t.in) < 2 || t.in[1] < '0' || t.in[1] > '9' {
		t.in = t.in[1:]
		t.emit(`\{`)
		return nil
	}
	end := strings.IndexByte(t.in, '}')
	if end < 0 {
		return errRegex("braces {} not balanced")
	}
	body := t.in[1:end]
	t.in = t.in[end+1:]
	low, high, ok := bounds(body)
	if !ok || low > 255 || high > 255 || high >= 0 && high < low {
		return errRegex("invalid repetition count(s)")
	}
	return t.quantify("{" + body + "}")
}

func bounds(s string) (low, high int, ok bool) {
	first, second, both := strings.Cut(s, ",")
	low, ok = count(first)
	switch {
	case !ok || !both:
		return low, low, ok
	case second == "":
		return low, -1, true
	}
	high, ok = count(second)
	return low, high, ok
}

func count(s string) (int, bool) {
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' || n > 1000 {
			return 0, false
		}
		n = n*10 + int(r-'0')
	}
	return n, s != ""
}

// classes are the shorthands as contents of a bracket expression.
var regexClasses = map[byte]string{
	'd': "0-9", 's': `\s\x0b\x85\x{1680}\x{2000}-\x{2006}\x{2008}-\x{200a}\x{2028}\x{2029}\x{205f}\x{3000}`, 'w': `\p{L}\p{Nd}_`,
}

var regexEscapes = map[byte]string{
	'a': `\x07`, 'b': `\x08`, 'B': `\\`, 'e': `\x1b`, 'f': `\f`, 'n': `\n`, 'r': `\r`, 't': `\t`, 'v': `\v`,
}

func (t *regexTranslator) escape() error {
	if len(t.in) < 2 {
		return errRegex("invalid escape \\ sequence")
	}
	c := t.in[1]
	rest := t.in[2:]
	switch {
	case regexClasses[c] != "":
		t.in = rest
		t.emit("[" + regexClasses[c] + "]")
	case c < 'a' && regexClasses[c|0x20] != "" && c >= 'A':
		t.in = rest
		t.emit("[^" + regexClasses[c|0x20] + "]")
	case regexEscapes[c] != "":
		t.in = rest
		t.emit(regexEscapes[c])
	case c == 'A' || c == 'Z':
		t.in, t.atom = rest, false
		t.begin = t.begin || c == 'A'
		t.out.WriteString(map[byte]string{'A': `\A`, 'Z': `\z`}[c])
	case strings.IndexByte("mMyY", c) >= 0:
		return regexUnsupported("word constraints")
	case c >= '1' && c <= '9':
		return regexUnsupported("back references")
	case c == 'x' || c == 'u' || c == 'U' || c == '0' || c == 'c':
		return regexUnsupported("numeric escapes")
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
		return errRegex("invalid escape \\ sequence")
	default:
		t.in = t.in[1:]
		_, n := utf8.DecodeRuneInString(t.in)
		t.emit(regexp.QuoteMeta(t.in[:n]))
		t.in = t.in[n:]
	}
	return nil
}

var posixClasses = map[string]string{
	"alpha": `\p{L}`, "digit": "0-9", "alnum": `\p{L}\p{Nd}`, "upper": `\p{Lu}`, "lower": `\p{Ll}`, "space": regexClasses['s'],
	"punct": `!-/:-@\[-` + "`" + `{-~`, "xdigit": "0-9A-Fa-f", "cntrl": `\x00-\x1f\x7f`, "blank": " \\t", "word": regexClasses['w'],
	"graph": "!-~", "print": " -~",
}

func (t *regexTranslator) bracket() error {
	var set strings.Builder
	set.WriteByte('[')
	s := t.in[1:]
	if strings.HasPrefix(s, "^") {
		set.WriteByte('^')
		s = s[1:]
		if t.newline {
			set.WriteString(`\n`)
		}
	}
	for first := true; ; first = false {
		if s == "" {
			return errRegex("brackets [] not balanced")
		}
		if s[0] == ']' && !first {
			break
		}
		item, rest, err := bracketItem(s)
		if err != nil {
			return err
		}
		if strings.HasPrefix(rest, "-") && len(rest) > 1 && rest[1] != ']' && len(item.text) > 0 && item.single {
			end, after, err := bracketItem(rest[1:])
			if err != nil {
				return err
			}
			if !end.single || end.char < item.char {
				return errRegex("invalid character range")
			}
			set.WriteString(item.text + "-" + end.text)
			s = after
			continue
		}
		set.WriteString(item.text)
		s = rest
	}
	t.in = s[1:]
	t.emit(set.String() + "]")
	return nil
}

// setItem is one member of a bracket expression.
type setItem struct {
	text   string
	char   rune
	single bool
}

func single(r rune) setItem { return setItem{text: quoteSet(r), char: r, single: true} }

func quoteSet(r rune) string {
	if strings.ContainsRune(`\]^-[`, r) {
		return `\` + string(r)
	}
	return string(r)
}

func bracketItem(s string) (item setItem, rest string, err error) {
	switch {
	case strings.HasPrefix(s, "[:"):
		name, after, closed := strings.Cut(s[2:], ":]")
		if !closed {
			return item, "", errRegex("brackets [] not balanced")
		}
		class, ok := posixClasses[name]
		if !ok {
			if name == "<" || name == ">" {
				return item, "", regexUnsupported("word constraints")
			}
			return item, "", errRegex("invalid character class")
		}
		return setItem{text: class}, after, nil
	case strings.HasPrefix(s, "[.") || strings.HasPrefix(s, "[="):
		return item, "", regexUnsupported("collating elements")
	case s[0] == '\\':
		return bracketEscape(s)
	}
	r, n := utf8.DecodeRuneInString(s)
	return single(r), s[n:], nil
}

func bracketEscape(s string) (setItem, string, error) {
	if len(s) < 2 {
		return setItem{}, "", errRegex("invalid escape \\ sequence")
	}
	c := s[1]
	switch {
	case regexClasses[c] != "":
		return setItem{text: regexClasses[c]}, s[2:], nil
	case regexEscapes[c] != "":
		return setItem{text: regexEscapes[c]}, s[2:], nil
	case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
		return setItem{}, "", regexUnsupported("escapes in brackets")
	}
	r, n := utf8.DecodeRuneInString(s[1:])
	return single(r), s[1+n:], nil
}
