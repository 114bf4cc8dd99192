package expr

import (
	"strings"
	"unicode/utf8"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/regex"
	"github.com/projsql/projsql/wire/sqlstate"
)

// numberArg is the whole number at i of a regex function's arguments, or the default
// where they are fewer.
func numberArg(args []types.Datum, i int, name string, least, missing int64) (int64, error) {
	if len(args) <= i {
		return missing, nil
	}
	n := args[i].Int()
	if n < least {
		return 0, sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter \"%s\": %d", name, n)
	}
	return n, nil
}

// startOf is the place in bytes of a character, beyond the text if there are fewer.
func startOf(s string, start int64) int {
	at := 0
	for ; start > 1; start-- {
		if at >= len(s) {
			return len(s) + 1
		}
		_, n := utf8.DecodeRuneInString(s[at:])
		at += n
	}
	return at
}

func regexCount(env *Env, c *regexCache, args []types.Datum) (types.Datum, error) {
	start, err := numberArg(args, 2, "start", 1, 1)
	if err != nil {
		return types.Null, err
	}
	r, err := c.args(args, 3, "regexp_count()")
	if err != nil {
		return types.Null, err
	}
	s := args[0].Str()
	h := hits{regex: r, s: s, from: startOf(s, start), goOn: goesOn(env)}
	for n := 0; ; n++ {
		if m, err := h.next(); err != nil || m == nil {
			return types.Int(int64(n)), err
		}
	}
}

// nth finds the place of the n-th match behind start, or of one of its groups; nil if
// there is none.
func (c *regexCache) nth(env *Env, args []types.Datum, flagsAt int, function string) ([]int, error) {
	start, err := numberArg(args, 2, "start", 1, 1)
	if err != nil {
		return nil, err
	}
	n, err := numberArg(args, 3, "n", 1, 1)
	if err != nil {
		return nil, err
	}
	if flagsAt == 5 {
		if end, err := numberArg(args, 4, "endoption", 0, 0); err != nil || end > 1 {
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter \"endoption\": %d", args[4].Int())
		}
	}
	group, err := numberArg(args, flagsAt+1, "subexpr", 0, 0)
	if err != nil {
		return nil, err
	}
	r, err := c.args(args, flagsAt, function)
	if err != nil {
		return nil, err
	}
	if group == 1 && r.Groups() == 0 {
		group = 0
	}
	s := args[0].Str()
	h := hits{regex: r, s: s, from: startOf(s, start), groups: group > 0, goOn: goesOn(env)}
	m, err := h.next()
	for ; m != nil && n > 1; n-- {
		m, err = h.next()
	}
	if m == nil || int(group) > r.Groups() {
		return nil, err
	}
	if m = m[2*group:]; m[0] < 0 {
		return nil, nil
	}
	return m[:2], nil
}

func regexInstr(env *Env, c *regexCache, args []types.Datum) (types.Datum, error) {
	m, err := c.nth(env, args, 5, "regexp_instr()")
	if err != nil || m == nil {
		return types.Int(0), err
	}
	at := m[0]
	if len(args) > 4 && args[4].Int() == 1 {
		at = m[1]
	}
	return integer(utf8.RuneCountInString(args[0].Str()[:at]) + 1)
}

func regexSubstr(env *Env, c *regexCache, args []types.Datum) (types.Datum, error) {
	m, err := c.nth(env, args, 4, "regexp_substr()")
	if err != nil || m == nil {
		return types.Null, err
	}
	return groupText(args[0].Str(), m), nil
}

func regexReplace(env *Env, c *regexCache, args []types.Datum) (types.Datum, error) {
	if len(args) < 4 {
		return c.replace(env, args, regex.Options{}, 0, 1)
	}
	flags := args[3].Str()
	if flags != "" && flags[0] >= '0' && flags[0] <= '9' {
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "invalid regular expression option: \"%c\"", flags[0]).
			WithHint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.")
	}
	o, global, err := regex.Options{}.WithFlags(flags)
	if err != nil {
		return types.Null, err
	}
	n := int64(1)
	if global {
		n = 0
	}
	return c.replace(env, args, o, 0, n)
}

func regexReplaceNth(env *Env, c *regexCache, args []types.Datum) (types.Datum, error) {
	start, err := numberArg(args, 3, "start", 1, 1)
	if err != nil {
		return types.Null, err
	}
	n, err := numberArg(args, 4, "n", 0, 1)
	if err != nil {
		return types.Null, err
	}
	var o regex.Options
	if len(args) > 5 {
		if o, _, err = o.WithFlags(args[5].Str()); err != nil {
			return types.Null, err
		}
	}
	return c.replace(env, args, o, startOf(args[0].Str(), start), n)
}

// replace replaces the n-th match behind from, or all of them if n is 0.
func (c *regexCache) replace(env *Env, args []types.Datum, o regex.Options, from int, n int64) (types.Datum, error) {
	s, made := args[0].Str(), args[2].Str()
	r, err := c.get(args[1].Str(), o)
	if err != nil {
		return types.Null, err
	}
	h := hits{regex: r, s: s, from: from, groups: strings.Contains(made, `\`), goOn: goesOn(env)}
	var out strings.Builder
	at := 0
	for i := int64(1); n == 0 || i <= n; i++ {
		m, err := h.next()
		if err != nil {
			return types.Null, err
		}
		if m == nil {
			break
		}
		if n > 0 && i < n {
			continue
		}
		out.WriteString(s[at:m[0]])
		if !appendReplacement(&out, s, made, m) {
			return types.Null, errTooLarge()
		}
		at = m[1]
	}
	if out.Len()+len(s)-at > stringBytesMax {
		return types.Null, errTooLarge()
	}
	out.WriteString(s[at:])
	return text(out.String())
}

// appendReplacement writes a replacement: \1 to \9 are groups, \& the match, \\ a
// backslash. It is false where the text becomes too long.
func appendReplacement(out *strings.Builder, s, made string, m []int) bool {
	for made != "" {
		if out.Len() > stringBytesMax {
			return false
		}
		if made[0] != '\\' || len(made) == 1 {
			_, n := utf8.DecodeRuneInString(made)
			out.WriteString(made[:n])
			made = made[n:]
			continue
		}
		switch c := made[1]; {
		case c == '&':
			out.WriteString(s[m[0]:m[1]])
		case c >= '1' && c <= '9':
			if i := 2 * int(c-'0'); i < len(m) && m[i] >= 0 {
				out.WriteString(s[m[i]:m[i+1]])
			}
		case c == '\\':
			out.WriteByte('\\')
		default:
			out.WriteByte('\\')
			made = made[1:]
			continue
		}
		made = made[2:]
	}
	return true
}
