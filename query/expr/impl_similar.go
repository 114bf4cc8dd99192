package expr

import (
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// similarEscape is similar_to_escape for whom the default is NULL.
func similarEscape(_ *Env, a, b types.Datum) (types.Datum, error) {
	switch {
	case a.IsNull():
		return types.Null, nil
	case b.IsNull():
		return doc(similarPattern(a.Str(), `\`))
	}
	return doc(similarPattern(a.Str(), b.Str()))
}

// similarSubstring is substring(text similar pattern escape character).
func similarSubstring(env *Env, c *regexCache, args []types.Datum) (types.Datum, error) {
	p, err := similarPattern(args[1].Str(), args[2].Str())
	if err != nil {
		return types.Null, err
	}
	return regexSubstring(env, c, []types.Datum{args[0], types.String(p)})
}

// similarPattern turns a SIMILAR TO pattern into a regular expression.
func similarPattern(p, escape string) (string, error) {
	if utf8.RuneCountInString(escape) > 1 {
		return "", sqlstate.New(sqlstate.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	s := similar{escape: escape}
	s.out.WriteString("^(?:")
	for p != "" {
		_, n := utf8.DecodeRuneInString(p)
		if err := s.step(p[:n]); err != nil {
			return "", err
		}
		p = p[n:]
	}
	s.out.WriteString(")$")
	return s.out.String(), nil
}

// similar reads a pattern character by character.
type similar struct {
	out        strings.Builder
	escape     string
	escaped    bool // the escape character was before
	depth      int  // of brackets
	sinceStart int  // 1 behind [, 2 behind [^, then more: where ] is itself
	separators int
}

func (s *similar) step(c string) error {
	switch {
	case s.escaped:
		s.escaped = false
		if c == `"` && s.depth == 0 {
			return s.separate()
		}
		s.out.WriteString(`\` + c)
	case s.escape != "" && c == s.escape:
		s.escaped = true
	case s.depth > 0:
		s.inBrackets(c)
	case c == "[":
		s.out.WriteString(c)
		s.depth, s.sinceStart = 1, 1
	case c == "%":
		s.out.WriteString(".*")
	case c == "_":
		s.out.WriteByte('.')
	case c == "(":
		s.out.WriteString("(?:")
	case strings.Contains(`\.^$`, c):
		s.out.WriteString(`\` + c)
	default:
		s.out.WriteString(c)
	}
	return nil
}

func (s *similar) inBrackets(c string) {
	if c == `\` {
		s.out.WriteByte('\\')
	}
	s.out.WriteString(c)
	switch {
	case c == "]" && s.sinceStart > 2:
		s.depth--
	case c == "[":
		s.depth++
	}
	if c == "^" {
		s.sinceStart++
	} else {
		s.sinceStart = 3
	}
}

// separate ends one of the three parts of a pattern for substring: the first is as
// short as may be, the second is the result.
func (s *similar) separate() error {
	switch s.separators++; s.separators {
	case 1:
		s.out.WriteString("){1,1}?(")
	case 2:
		s.out.WriteString("){1,1}(?:")
	default:
		return sqlstate.New(sqlstate.InvalidUseOfEscapeCharacter, "SQL regular expression may not contain more than two escape-double-quote separators")
	}
	return nil
}
