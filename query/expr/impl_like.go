package expr

import (
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// likeStepsBetweenChecks is how often a match asks whether to go on.
const likeStepsBetweenChecks = 1 << 16

// likeMatch reports whether s matches a LIKE pattern: % any characters, _ one, a
// backslash takes the next literally. What stands behind a % is taken where it is found
// first, so that only the last % is ever gone back to.
func likeMatch(env *Env, s, p string) (bool, error) {
	var after, from string // behind the last %, and the text where that was tried
	for steps := 1; s != ""; steps++ {
		if steps%likeStepsBetweenChecks == 0 {
			if err := ended(env); err != nil {
				return false, err
			}
		}
		literal := p
		switch {
		case p == "":
		case p[0] == '%':
			var ok bool
			if s, p, ok = likeAny(s, p); !ok || p == "" {
				return ok, nil
			}
			if p == `\` {
				return false, errTrailingEscape()
			}
			if s, ok = likeFirst(s, p); !ok {
				return false, nil
			}
			after, from = p, s
			continue
		case p[0] == '_':
			_, n := utf8.DecodeRuneInString(s)
			s, p = s[n:], p[1:]
			continue
		case p[0] == '\\':
			if literal = p[1:]; literal == "" {
				return false, errTrailingEscape()
			}
		}
		if literal != "" && s[0] == literal[0] {
			s, p = s[1:], literal[1:]
			continue
		}
		ok := after != ""
		if ok {
			s, ok = likeFirst(from[1:], after)
		}
		if !ok {
			return false, nil
		}
		p, from = after, s
	}
	return strings.Trim(p, "%") == "", nil
}

// likeAny passes over % and what else of a pattern only counts characters, false if there are too few.
func likeAny(s, p string) (text, pattern string, ok bool) {
	for ; p != "" && (p[0] == '%' || p[0] == '_'); p = p[1:] {
		if p[0] == '%' {
			continue
		}
		if s == "" {
			return "", "", false
		}
		_, n := utf8.DecodeRuneInString(s)
		s = s[n:]
	}
	return s, p, true
}

// likeFirst is the text from where it may match a pattern that begins with a character.
func likeFirst(s, p string) (string, bool) {
	if p[0] == '\\' {
		p = p[1:]
	}
	i := strings.IndexByte(s, p[0])
	return s[max(i, 0):], i >= 0
}

func errTrailingEscape() error {
	return sqlstate.New(sqlstate.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
}

// like makes the four operators of LIKE; fold ignores case.
func like(want, anyCase bool) maker {
	return func(c *Call) any {
		fold := lower
		if c.ASCII {
			fold = lowerASCII
		}
		if pattern, ok := c.Args[1].(*Const); ok && !pattern.Value.IsNull() && !anyCase {
			if f := simpleLike(pattern.Value.Str(), want); f != nil {
				return f
			}
		}
		return Func2(func(env *Env, a, b types.Datum) (types.Datum, error) {
			s, p := a.Str(), b.Str()
			if anyCase {
				s, p = fold(s), fold(p)
			}
			ok, err := likeMatch(env, s, p)
			return types.Bool(ok == want), err
		})
	}
}

// simpleLike takes patterns of plain text with % at the ends alone.
func simpleLike(p string, want bool) Func2 {
	inner := strings.Trim(p, "%")
	if strings.ContainsAny(inner, `%_\`) || len(p)-len(inner) > 2 || inner == "" {
		return nil
	}
	test := func(s, t string) bool { return s == t }
	switch before, after := p[0] == '%', p[len(p)-1] == '%'; {
	case before && after:
		test = strings.Contains
	case before:
		test = strings.HasSuffix
	case after:
		test = strings.HasPrefix
	}
	return func(_ *Env, a, _ types.Datum) (types.Datum, error) {
		return types.Bool(test(a.Str(), inner) == want), nil
	}
}

// likeEscape rewrites a pattern with its own escape character to the backslash.
func likeEscape(_ *Env, a, b types.Datum) (types.Datum, error) {
	p, escape := a.Str(), b.Str()
	if utf8.RuneCountInString(escape) > 1 {
		return types.Null, sqlstate.New(sqlstate.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	if escape == `\` {
		return a, nil
	}
	var out strings.Builder
	for p != "" {
		if escape != "" && strings.HasPrefix(p, escape) {
			p = p[len(escape):]
			out.WriteByte('\\')
			if p == "" {
				break
			}
			_, n := utf8.DecodeRuneInString(p)
			out.WriteString(p[:n])
			p = p[n:]
			continue
		}
		if p[0] == '\\' {
			out.WriteByte('\\')
		}
		_, n := utf8.DecodeRuneInString(p)
		out.WriteString(p[:n])
		p = p[n:]
	}
	return text(out.String())
}

func likes() map[string]any {
	all := map[string]any{"like_escape": Func2(likeEscape)}
	for _, t := range []string{"text", "name"} {
		all[t+"like"], all[t+"nlike"] = like(true, false), like(false, false)
		all[t+"iclike"], all[t+"icnlike"] = like(true, true), like(false, true)
	}
	return all
}
