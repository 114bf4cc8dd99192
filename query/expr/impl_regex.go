package expr

import (
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// regexCache keeps the last expression of one call: it is nearly always constant.
type regexCache struct{ last atomic.Pointer[cachedRegex] }

type cachedRegex struct {
	pattern string
	options regexOptions
	regex   *regex
}

func (c *regexCache) get(pattern string, o regexOptions) (*regex, error) {
	if l := c.last.Load(); l != nil && l.pattern == pattern && l.options == o {
		return l.regex, nil
	}
	r, err := compileRegex(pattern, o)
	if err != nil {
		return nil, err
	}
	c.last.Store(&cachedRegex{pattern, o, r})
	return r, nil
}

// finder is get for callers that need PostgreSQL's very match, and its groups.
func (c *regexCache) finder(pattern string, o regexOptions, groups bool) (*regex, error) {
	r, err := c.get(pattern, o)
	if err != nil {
		return nil, err
	}
	if !r.exact {
		return nil, regexUnsupported("mixed greediness")
	}
	if groups && !r.captures {
		return nil, regexUnsupported("ambiguous groups")
	}
	return r, nil
}

func regexTest(want, fold bool) maker {
	return func(*Call) any {
		cache := &regexCache{}
		return Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			r, err := cache.get(b.Str(), regexOptions{fold: fold})
			if err != nil {
				return types.Null, err
			}
			return types.Bool(r.re.MatchString(a.Str()) == want), nil
		})
	}
}

// withCache makes an N-ary regex function with a cache for each call.
func withCache(f func(*regexCache, []types.Datum) (types.Datum, error)) maker {
	return func(*Call) any {
		cache := &regexCache{}
		return FuncN(func(_ *Env, args []types.Datum) (types.Datum, error) { return f(cache, args) })
	}
}

func regexes() map[string]any {
	all := map[string]any{
		"textregexsubstr":        withCache(regexSubstring),
		"textregexreplace_noopt": withCache(regexReplace), "textregexreplace": withCache(regexReplace),
		"regexp_match": withCache(regexMatch), "regexp_match_no_flags": withCache(regexMatch),
		"regexp_matches": SetFunc(regexMatches), "regexp_matches_no_flags": SetFunc(regexMatches),
		"regexp_split_to_array": withCache(regexSplitArray), "regexp_split_to_array_no_flags": withCache(regexSplitArray),
		"regexp_split_to_table": SetFunc(regexSplitTable), "regexp_split_to_table_no_flags": SetFunc(regexSplitTable),
		"regexp_like": withCache(regexLike), "regexp_like_no_flags": withCache(regexLike),
		"regexp_count": withCache(regexCount), "regexp_count_no_start": withCache(regexCount), "regexp_count_no_flags": withCache(regexCount),
		"similar_to_escape_1": Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return doc(similarPattern(a.Str(), `\`)) }),
		"similar_to_escape_2": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return doc(similarPattern(a.Str(), b.Str())) }),
	}
	for _, t := range []string{"text", "name"} {
		all[t+"regexeq"], all[t+"regexne"] = regexTest(true, false), regexTest(false, false)
		all[t+"icregexeq"], all[t+"icregexne"] = regexTest(true, true), regexTest(false, true)
	}
	return all
}

// optionsAt reads the flags argument, if there is one.
func optionsAt(args []types.Datum, i int, global bool) (regexOptions, error) {
	if len(args) <= i {
		return regexOptions{}, nil
	}
	return regexFlags(args[i].Str(), regexOptions{}, global)
}

func regexLike(c *regexCache, args []types.Datum) (types.Datum, error) {
	o, err := optionsAt(args, 2, false)
	if err != nil {
		return types.Null, err
	}
	r, err := c.get(args[1].Str(), o)
	if err != nil {
		return types.Null, err
	}
	return types.Bool(r.re.MatchString(args[0].Str())), nil
}

func regexCount(c *regexCache, args []types.Datum) (types.Datum, error) {
	o, err := optionsAt(args, 3, false)
	if err != nil {
		return types.Null, err
	}
	r, err := c.finder(args[1].Str(), o, false)
	if err != nil {
		return types.Null, err
	}
	s, start := args[0].Str(), int64(1)
	if len(args) > 2 {
		if start = args[2].Int(); start <= 0 {
			return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter \"%s\": %d", "start", start)
		}
	}
	if start > 1 && strings.ContainsAny(args[1].Str(), "^\\") {
		return types.Null, regexUnsupported("an anchor and a start position")
	}
	found, err := matches(r, s[runeOffset(s, start-1):], -1)
	if err != nil {
		return types.Null, err
	}
	return integer(len(found))
}

// regexSubstring returns the first group of the match, the whole without groups.
func regexSubstring(c *regexCache, args []types.Datum) (types.Datum, error) {
	r, err := c.finder(args[1].Str(), regexOptions{}, true)
	if err != nil {
		return types.Null, err
	}
	m := r.re.FindStringSubmatchIndex(args[0].Str())
	if m == nil {
		return types.Null, nil
	}
	if len(m) > 2 {
		m = m[2:]
	}
	return groupText(args[0].Str(), m), nil
}

// groupText is the text of a group, NULL if it took no part.
func groupText(s string, m []int) types.Datum {
	if m[0] < 0 {
		return types.Null
	}
	return types.String(s[m[0]:m[1]])
}

func groupsOf(s string, m []int) types.Datum {
	if len(m) > 2 {
		m = m[2:]
	}
	var all []types.Datum
	for ; len(m) > 0; m = m[2:] {
		all = append(all, groupText(s, m))
	}
	return types.Pointer(types.NewArray(types.TextOID, all))
}

func regexMatch(c *regexCache, args []types.Datum) (types.Datum, error) {
	o, err := optionsAt(args, 2, true)
	if err != nil {
		return types.Null, err
	}
	if o.global {
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "regexp_match() does not support the \"global\" option").
			WithHint("Use the regexp_matches function instead.")
	}
	r, err := c.finder(args[1].Str(), o, true)
	if err != nil {
		return types.Null, err
	}
	m := r.re.FindStringSubmatchIndex(args[0].Str())
	if m == nil {
		return types.Null, nil
	}
	return groupsOf(args[0].Str(), m), nil
}

func regexMatches(_ *Env, args []types.Datum) (Rows, error) {
	o, err := optionsAt(args, 2, true)
	if err != nil {
		return nil, err
	}
	global := o.global
	o.global = false
	r, err := (&regexCache{}).finder(args[1].Str(), o, true)
	if err != nil {
		return nil, err
	}
	n := 1
	if global {
		n = -1
	}
	found, err := matches(r, args[0].Str(), n)
	if err != nil {
		return nil, err
	}
	var items []types.Datum
	for _, m := range found {
		items = append(items, groupsOf(args[0].Str(), m))
	}
	return singles(items), nil
}

// matches are successive matches, at most n (-1: all). An empty one right behind
// another counts, which Go leaves out.
func matches(r *regex, s string, n int) ([][]int, error) {
	if r.begin {
		return anchoredMatches(r, s, n)
	}
	var all [][]int
	for from := 0; from <= len(s) && len(all) != n; {
		m := r.re.FindStringSubmatchIndex(s[from:])
		if m == nil {
			break
		}
		for i := range m {
			if m[i] >= 0 {
				m[i] += from
			}
		}
		all = append(all, m)
		if from = m[1]; m[0] == m[1] {
			_, size := utf8.DecodeRuneInString(s[from:])
			from += max(size, 1)
		}
	}
	return all, nil
}

// anchoredMatches cannot look at a rest of the text alone: ^ would match there.
func anchoredMatches(r *regex, s string, n int) ([][]int, error) {
	all := r.re.FindAllStringSubmatchIndex(s, n)
	for _, m := range all {
		if n != 1 && m[0] < m[1] && r.re.MatchString("") {
			return nil, regexUnsupported("an anchor and empty matches")
		}
	}
	return all, nil
}

func regexSplitArray(c *regexCache, args []types.Datum) (types.Datum, error) {
	parts, err := regexSplit(c, args)
	if err != nil {
		return types.Null, err
	}
	return types.Pointer(types.NewArray(types.TextOID, parts)), nil
}

func regexSplitTable(_ *Env, args []types.Datum) (Rows, error) {
	parts, err := regexSplit(&regexCache{}, args)
	return singles(parts), err
}

// regexSplit cuts at matches; empty ones at the ends and beside a match do not cut.
func regexSplit(c *regexCache, args []types.Datum) ([]types.Datum, error) {
	o, err := optionsAt(args, 2, false)
	if err != nil {
		return nil, err
	}
	r, err := c.finder(args[1].Str(), o, false)
	if err != nil {
		return nil, err
	}
	s := args[0].Str()
	var parts []types.Datum
	from := 0
	for _, m := range r.re.FindAllStringIndex(s, -1) {
		if m[0] == m[1] && (m[0] == from || m[0] == len(s)) {
			continue
		}
		parts = append(parts, types.String(s[from:m[0]]))
		from = m[1]
	}
	return append(parts, types.String(s[from:])), nil
}

func regexReplace(c *regexCache, args []types.Datum) (types.Datum, error) {
	if len(args) > 3 && args[3].Str() != "" && args[3].Str()[0] >= '0' && args[3].Str()[0] <= '9' {
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "invalid regular expression option: \"%c\"", args[3].Str()[0]).
			WithHint("If you meant to use regexp_replace() with a start parameter, cast the fourth argument to integer explicitly.")
	}
	o, err := optionsAt(args, 3, true)
	if err != nil {
		return types.Null, err
	}
	n := 1
	if o.global {
		n = -1
	}
	o.global = false
	s, made := args[0].Str(), args[2].Str()
	r, err := c.finder(args[1].Str(), o, strings.Contains(made, `\`))
	if err != nil {
		return types.Null, err
	}
	found, err := matches(r, s, n)
	if err != nil {
		return types.Null, err
	}
	var out strings.Builder
	from := 0
	for _, m := range found {
		out.WriteString(s[from:m[0]])
		appendReplacement(&out, s, made, m)
		from = m[1]
	}
	out.WriteString(s[from:])
	return text(out.String())
}

// appendReplacement writes a replacement: \1 to \9 are groups, \& the match, \\ a
// backslash.
func appendReplacement(out *strings.Builder, s, made string, m []int) {
	for made != "" {
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
}

// similarPattern turns a SIMILAR TO pattern into a regular expression.
func similarPattern(p, escape string) (string, error) {
	if utf8.RuneCountInString(escape) > 1 {
		return "", sqlstate.New(sqlstate.InvalidEscapeSequence, "invalid escape string").
			WithHint("Escape string must be empty or one character.")
	}
	var out strings.Builder
	out.WriteString("^(?:")
	for inSet := false; p != ""; {
		_, n := utf8.DecodeRuneInString(p)
		c := p[:n]
		p = p[n:]
		switch {
		case escape != "" && c == escape:
			if p == "" {
				break
			}
			_, n := utf8.DecodeRuneInString(p)
			if p[:n] == `"` {
				return "", regexUnsupported("a SIMILAR separator")
			}
			out.WriteString(`\` + p[:n])
			p = p[n:]
		case inSet:
			if c == `\` {
				out.WriteByte('\\')
			}
			out.WriteString(c)
			inSet = c != "]"
		case c == "[":
			out.WriteString(c)
			inSet = true
			if strings.HasPrefix(p, "^") {
				out.WriteByte('^')
				p = p[1:]
			}
			if strings.HasPrefix(p, "]") {
				out.WriteByte(']')
				p = p[1:]
			}
		case c == "%":
			out.WriteString(".*")
		case c == "_":
			out.WriteByte('.')
		case c == "(":
			out.WriteString("(?:")
		case strings.Contains(`\.^$`, c):
			out.WriteString(`\` + c)
		default:
			out.WriteString(c)
		}
	}
	out.WriteString(")$")
	return out.String(), nil
}
