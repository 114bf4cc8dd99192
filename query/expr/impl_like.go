package expr

import (
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// likeMatch reports whether s matches a LIKE pattern: % any characters, _ one, a
// backslash takes the next literally.
func likeMatch(s, p string) (bool, error) {
	for p != "" {
		switch p[0] {
		case '%':
			return likeRest(s, p)
		case '_':
			if s == "" {
				return false, nil
			}
			_, n := utf8.DecodeRuneInString(s)
			s, p = s[n:], p[1:]
			continue
		case '\\':
			if s == "" {
				return false, nil
			}
			if p = p[1:]; p == "" {
				return false, errTrailingEscape()
			}
		}
		if s == "" || s[0] != p[0] {
			return false, nil
		}
		s, p = s[1:], p[1:]
	}
	return s == "", nil
}

func errTrailingEscape() error {
	return sqlstate.New(sqlstate.InvalidEscapeSequence, "LIKE pattern must not end with escape character")
}

// likeRest matches a pattern that begins with %: it tries every rest of s.
func likeRest(s, p string) (bool, error) {
	for p != "" && (p[0] == '%' || p[0] == '_') {
		if p[0] == '_' {
			if s == "" {
				return false, nil
			}
			_, n := utf8.DecodeRuneInString(s)
			s = s[n:]
		}
		p = p[1:]
	}
	if p == "" {
		return true, nil
	}
	if p == `\` {
		return false, errTrailingEscape()
	}
	first := p[0]
	if first == '\\' {
		first = p[1]
	}
	for {
		i := strings.IndexByte(s, first)
		if i < 0 {
			return false, nil
		}
		ok, err := likeMatch(s[i:], p)
		if ok || err != nil {
			return ok, err
		}
		s = s[i+1:]
	}
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
		return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			s, p := a.Str(), b.Str()
			if anyCase {
				s, p = fold(s), fold(p)
			}
			ok, err := likeMatch(s, p)
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
