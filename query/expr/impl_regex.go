package expr

import (
	"context"
	"maps"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/regex"
	"github.com/projsql/projsql/wire/sqlstate"
)

// regexCache keeps the last expression of one call: it is nearly always constant.
type regexCache struct {
	ascii bool // see regex.Options
	last  atomic.Pointer[cachedRegex]
}

type cachedRegex struct {
	pattern string
	options regex.Options
	regex   *regex.Regex
}

func (c *regexCache) get(pattern string, o regex.Options) (*regex.Regex, error) {
	o.ASCII = c.ascii
	if l := c.last.Load(); l != nil && l.pattern == pattern && l.options == o {
		return l.regex, nil
	}
	r, err := regex.Compile(pattern, o)
	if err != nil {
		return nil, err
	}
	c.last.Store(&cachedRegex{strings.Clone(pattern), o, r})
	return r, nil
}

// goesOn is asked by long searches: they end with their statement.
func goesOn(env *Env) func() error {
	if env == nil || env.Context == nil {
		return nil
	}
	return func() error { return ended(env) }
}

// ended is why the statement has ended, nil while it has not.
func ended(env *Env) error {
	if env != nil && env.Context != nil && env.Context.Err() != nil {
		return context.Cause(env.Context)
	}
	return nil
}

func regexTest(want, fold bool) maker {
	return func(c *Call) any {
		cache := &regexCache{ascii: c.ASCII}
		return Func2(func(env *Env, a, b types.Datum) (types.Datum, error) {
			r, err := cache.get(b.Str(), regex.Options{Fold: fold})
			if err != nil {
				return types.Null, err
			}
			found, err := r.Match(a.Str(), goesOn(env))
			return types.Bool(found == want), err
		})
	}
}

type regexFunc func(*Env, *regexCache, []types.Datum) (types.Datum, error)

// withCache makes an N-ary regex function with a cache for each call.
func withCache(f regexFunc) maker {
	return func(c *Call) any {
		cache := &regexCache{ascii: c.ASCII}
		return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) { return f(env, cache, args) })
	}
}

func setWithCache(f func(*Env, *regexCache, []types.Datum) (items, error)) setMaker {
	return func(c *Call) SetFunc {
		cache := &regexCache{ascii: c.ASCII}
		return func(env *Env, args []types.Datum) (Rows, error) {
			next, err := f(env, cache, args)
			return next.rows(), err
		}
	}
}

// regexVariants are the forms of a function that pg_proc has, by what they leave out.
func regexVariants(name string, impl any, without ...string) map[string]any {
	all := map[string]any{name: impl}
	for _, w := range without {
		all[name+"_"+w] = impl
	}
	return all
}

func regexes() map[string]any {
	all := map[string]any{
		"textregexsubstr":     withCache(regexSubstring),
		"similar_to_escape_1": Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return doc(similarPattern(a.Str(), `\`)) }),
		"similar_to_escape_2": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return doc(similarPattern(a.Str(), b.Str())) }),
		"similar_escape":      Func2(similarEscape), `"substring"(text,text,text)`: withCache(similarSubstring),
	}
	for _, variants := range []map[string]any{
		regexVariants("textregexreplace", withCache(regexReplace), "noopt"),
		regexVariants("textregexreplace_extended", withCache(regexReplaceNth), "no_n", "no_flags"),
		regexVariants("regexp_match", withCache(regexMatch), "no_flags"),
		regexVariants("regexp_matches", setWithCache(regexMatches), "no_flags"),
		regexVariants("regexp_split_to_array", withCache(regexSplitArray), "no_flags"),
		regexVariants("regexp_split_to_table", setWithCache(regexSplitTable), "no_flags"),
		regexVariants("regexp_like", withCache(regexLike), "no_flags"),
		regexVariants("regexp_count", withCache(regexCount), "no_start", "no_flags"),
		regexVariants("regexp_instr", withCache(regexInstr), "no_start", "no_n", "no_endoption", "no_flags", "no_subexpr"),
		regexVariants("regexp_substr", withCache(regexSubstr), "no_start", "no_n", "no_flags", "no_subexpr"),
	} {
		maps.Copy(all, variants)
	}
	for _, t := range []string{"text", "name"} {
		all[t+"regexeq"], all[t+"regexne"] = regexTest(true, false), regexTest(false, false)
		all[t+"icregexeq"], all[t+"icregexne"] = regexTest(true, true), regexTest(false, true)
	}
	return all
}

// args compiles the pattern args[1] with the flags argument, if there is one.
func (c *regexCache) args(args []types.Datum, flagsAt int, function string) (r *regex.Regex, err error) {
	var o regex.Options
	if len(args) > flagsAt {
		var global bool
		if o, global, err = o.WithFlags(args[flagsAt].Str()); err != nil {
			return nil, err
		}
		if global {
			return nil, sqlstate.New(sqlstate.InvalidParameterValue, "%s does not support the \"global\" option", function)
		}
	}
	return c.get(args[1].Str(), o)
}

// hits finds one match behind the other. An empty one right behind another counts.
type hits struct {
	regex  *regex.Regex
	s      string
	from   int
	groups bool
	goOn   func() error
	found  int
}

// hitsBetween is how many matches are found before it is asked whether to go on.
const hitsBetween = 1 << 12

// next is the next match, nil behind the last one.
func (h *hits) next() ([]int, error) {
	if h.from > len(h.s) {
		return nil, nil
	}
	if h.found++; h.found%hitsBetween == 0 && h.goOn != nil {
		if err := h.goOn(); err != nil {
			return nil, err
		}
	}
	m, err := h.regex.Find(h.s, h.from, h.groups, h.goOn)
	if err != nil || m == nil {
		h.from = len(h.s) + 1
		return nil, err
	}
	if h.from = m[1]; m[0] == m[1] {
		_, size := utf8.DecodeRuneInString(h.s[h.from:])
		h.from += max(size, 1)
	}
	return m, nil
}

func regexLike(env *Env, c *regexCache, args []types.Datum) (types.Datum, error) {
	r, err := c.args(args, 2, "regexp_like()")
	if err != nil {
		return types.Null, err
	}
	found, err := r.Match(args[0].Str(), goesOn(env))
	return types.Bool(found), err
}

// regexSubstring returns the first group of the match, the whole without groups.
func regexSubstring(env *Env, c *regexCache, args []types.Datum) (types.Datum, error) {
	r, err := c.get(args[1].Str(), regex.Options{})
	if err != nil {
		return types.Null, err
	}
	m, err := r.Find(args[0].Str(), 0, r.Groups() > 0, goesOn(env))
	if err != nil || m == nil {
		return types.Null, err
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

func regexMatch(env *Env, c *regexCache, args []types.Datum) (types.Datum, error) {
	r, err := c.args(args, 2, "regexp_match()")
	if err != nil {
		if e := sqlstate.Of(err); strings.HasPrefix(e.Message, "regexp_match()") {
			err = e.WithHint("Use the regexp_matches function instead.")
		}
		return types.Null, err
	}
	m, err := r.Find(args[0].Str(), 0, r.Groups() > 0, goesOn(env))
	if err != nil || m == nil {
		return types.Null, err
	}
	return groupsOf(args[0].Str(), m), nil
}

func regexMatches(env *Env, c *regexCache, args []types.Datum) (items, error) {
	var o regex.Options
	global := false
	if len(args) > 2 {
		var err error
		if o, global, err = o.WithFlags(args[2].Str()); err != nil {
			return nil, err
		}
	}
	r, err := c.get(args[1].Str(), o)
	if err != nil {
		return nil, err
	}
	h := hits{regex: r, s: args[0].Str(), groups: r.Groups() > 0, goOn: goesOn(env)}
	return func() (types.Datum, bool, error) {
		m, err := h.next()
		if err != nil || m == nil {
			return types.Null, false, err
		}
		if !global {
			h.from = len(h.s) + 1
		}
		return groupsOf(h.s, m), true, nil
	}, nil
}

func regexSplitArray(env *Env, c *regexCache, args []types.Datum) (types.Datum, error) {
	parts, err := regexSplit(env, c, args, "regexp_split_to_array()")
	if err != nil {
		return types.Null, err
	}
	return parts.array(types.TextOID)
}

func regexSplitTable(env *Env, c *regexCache, args []types.Datum) (items, error) {
	return regexSplit(env, c, args, "regexp_split_to_table()")
}

// regexSplit cuts at matches; empty ones at the ends and beside a match do not cut.
func regexSplit(env *Env, c *regexCache, args []types.Datum, function string) (items, error) {
	r, err := c.args(args, 2, function)
	if err != nil {
		return nil, err
	}
	h := hits{regex: r, s: args[0].Str(), goOn: goesOn(env)}
	from, before, ended := 0, 0, false
	return func() (types.Datum, bool, error) {
		for !ended {
			m, err := h.next()
			if err != nil {
				return types.Null, false, err
			}
			if m == nil {
				ended = true
				return types.String(h.s[from:]), true, nil
			}
			cuts := m[0] < len(h.s) && m[1] > before
			if before = m[1]; cuts {
				part := h.s[from:m[0]]
				from = m[1]
				return types.String(part), true, nil
			}
		}
		return types.Null, false, nil
	}, nil
}
