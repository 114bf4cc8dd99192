package regex

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// Regex is a compiled expression. It may be used concurrently.
type Regex struct {
	root     *part
	parts    []*part
	programs []*program // of the parts; nil until the last: of the whole, anywhere
	looks    []lookProgram
	alphabet *alphabet
	kinds    []kind
	groups   int
	opening  opening
	refers   bool
	fold     bool
	ascii    bool
	anchor   bool
	matchers sync.Pool
}

type lookProgram struct {
	look
	program *program
}

// Compile reads an expression. Errors: 2201B, 0A000 (names of collating elements).
func Compile(pattern string, o Options) (*Regex, error) {
	if o.Syntax == Literal && (o.Expanded || o.Stop || o.Anchor) {
		return nil, errInvalid(badArgument)
	}
	n, p, err := parse(pattern, o)
	if err != nil {
		return nil, err
	}
	g := &grower{}
	r := &Regex{root: g.grow(n), groups: len(p.groups) - 1, refers: p.refers, fold: p.o.Fold, ascii: p.o.ASCII, anchor: p.o.Anchor}
	r.parts, r.opening = g.parts, openingOf(n, p.o.Anchor)
	return r, r.build(n)
}

// build makes the alphabet and all automata that may be asked for.
func (r *Regex) build(root *node) error {
	sets := []set{{{'\n', '\n'}}, (&Options{ASCII: r.ascii}).classes()["word"]}
	at := map[*node]int{}
	collect(root, func(n *node) {
		at[n] = len(sets)
		sets = append(sets, n.set)
	})
	lines, words := constraints(root)
	if !lines {
		sets[0] = nil
	}
	if !words {
		sets[1] = nil
	}
	var members [][]bool
	r.alphabet, members = newAlphabet(sets)
	r.kinds = kindsOf(members, r.alphabet.count)
	b := &builder{colors: func(n *node) []bool { return members[at[n]] }, byNode: map[*node]int{}}
	for _, p := range r.parts {
		r.programs = append(r.programs, b.build(p.node, false))
		if b.failed {
			return errInvalid(tooComplex)
		}
	}
	r.programs = append(r.programs, b.build(root, true))
	for i := 0; i < len(b.looks); i++ { // more come while they are built
		n := b.looks[i]
		r.looks = append(r.looks, lookProgram{n.look, b.build(n.subs[0], n.look.behind)})
	}
	if b.failed {
		return errInvalid(tooComplex)
	}
	return nil
}

func collect(n *node, visit func(*node)) {
	if n.op == opSet {
		visit(n)
	}
	for _, s := range n.subs {
		collect(s, visit)
	}
}

// constraints reports whether any asks for lines' ends, or for words.
func constraints(n *node) (lines, words bool) {
	if n.op == opAssert {
		lines, words = n.assert <= lineEnd, n.assert >= wordStart
	}
	for _, s := range n.subs {
		l, w := constraints(s)
		lines, words = lines || l, words || w
	}
	return lines, words
}

func kindsOf(members [][]bool, count int) []kind {
	all := make([]kind, count)
	for i := range all {
		switch {
		case members[0][i]:
			all[i] = newline
		case members[1][i]:
			all[i] = word
		default:
			all[i] = other
		}
	}
	return all
}

// Groups returns the number of groups.
func (r *Regex) Groups() int { return r.groups }

// Match reports whether the expression matches anywhere. check is asked now and then
// whether to go on; its error ends the search.
func (r *Regex) Match(s string, check func() error) (bool, error) {
	if r.refers {
		m, err := r.Find(s, 0, false, check)
		return m != nil, err
	}
	from := r.opening.next(s, 0)
	if from < 0 {
		return false, nil
	}
	m := r.matcher(s, check)
	defer r.release(m)
	a := m.automaton(len(r.programs) - 1)
	if r.opening.atStart {
		a = m.of(r.root)
	}
	return a.shortest(&m.text, from, from, len(s)) >= 0, m.err
}

// Find returns the place of the first match at or behind from, and with groups those
// of the groups: start and end in bytes, -1 for a group that took no part. It returns
// nil if there is no match. What stands before from counts for constraints.
func (r *Regex) Find(s string, from int, groups bool, check func() error) ([]int, error) {
	if from = r.opening.next(s, from); from < 0 {
		return nil, nil
	}
	m := r.matcher(s, check)
	defer r.release(m)
	found := m.find(from, groups)
	return found, m.err
}

func (r *Regex) matcher(s string, check func() error) *matcher {
	m, _ := r.matchers.Get().(*matcher)
	if m == nil {
		m = &matcher{regex: r, automata: make([]*automaton, len(r.programs)+len(r.looks))}
		m.text = text{alphabet: r.alphabet, kinds: r.kinds, anchor: r.anchor, looks: m.look}
	}
	m.text.s, m.check, m.err, m.steps = s, check, nil, 0
	return m
}

func (r *Regex) release(m *matcher) {
	m.text.s, m.check, m.groups = "", nil, nil
	r.matchers.Put(m)
}

// same compares what a back reference means with what stands there.
func (r *Regex) same(a, b string) bool {
	if !r.fold {
		return a == b
	}
	lower := unicode.ToLower
	if r.ascii {
		lower = lowerASCII
	}
	return strings.Map(lower, a) == strings.Map(lower, b)
}

// charLength counts characters, as far as it is asked.
func charLength(s string) int { return utf8.RuneCountInString(s) }
