package regex

// program is a nondeterministic automaton: states with ways out.
type program struct {
	states []state
	start  int32
	end    int32
	// asserts and looks say that it has constraints of either kind.
	asserts, looks bool
}

type state struct {
	kind   stateKind
	colors []bool // which ones a consuming state takes
	assert assertion
	look   int // index of a lookaround
	out    int32
	also   int32 // a fork's second way; -1 = none
}

type stateKind uint8

const (
	consume stateKind = iota + 1
	fork
	check
	lookAround
	final
)

// statesMax bounds the automata of one expression together.
const statesMax = 200_000

// builder makes programs of nodes.
type builder struct {
	colors  func(*node) []bool
	looks   []*node
	byNode  map[*node]int
	made    int // states so far
	current *program
	bare    int // > 0: constraints are left out, as where a back reference is
	failed  bool
}

// build makes the automaton of n; if anywhere, it may begin anywhere.
func (b *builder) build(n *node, anywhere bool) *program {
	p := &program{}
	b.current = p
	p.end = b.add(state{kind: final})
	p.start = b.node(n, p.end)
	if anywhere {
		loop := b.add(state{kind: fork, also: p.start})
		p.states[loop].out = b.add(state{kind: consume, out: loop})
		p.start = loop
	}
	return p
}

func (b *builder) add(s state) int32 {
	if b.made++; b.made > statesMax {
		b.failed = true
		return 0
	}
	b.current.states = append(b.current.states, s)
	return int32(len(b.current.states) - 1)
}

// node adds the states for n that lead on to next, and returns where they begin.
func (b *builder) node(n *node, next int32) int32 {
	if b.failed {
		return 0
	}
	switch n.op {
	case opSet:
		return b.add(state{kind: consume, colors: b.colors(n), out: next})
	case opSequence:
		for i := len(n.subs) - 1; i >= 0; i-- {
			next = b.node(n.subs[i], next)
		}
		return next
	case opAlternation:
		at := b.node(n.subs[len(n.subs)-1], next)
		for i := len(n.subs) - 2; i >= 0; i-- {
			at = b.add(state{kind: fork, out: b.node(n.subs[i], next), also: at})
		}
		return at
	case opGroup:
		return b.node(n.subs[0], next)
	case opBackReference:
		b.bare++
		defer func() { b.bare-- }()
		return b.node(n.group.subs[0], next)
	case opRepeat:
		return b.repeat(n, next)
	}
	return b.constraint(n, next)
}

func (b *builder) constraint(n *node, next int32) int32 {
	switch {
	case b.bare > 0:
		return next
	case n.op == opAssert:
		b.current.asserts = true
		return b.add(state{kind: check, assert: n.assert, out: next})
	}
	b.current.looks = true
	at, known := b.byNode[n]
	if !known {
		at = len(b.looks)
		b.looks = append(b.looks, n)
		b.byNode[n] = at
	}
	return b.add(state{kind: lookAround, look: at, out: next})
}

func (b *builder) repeat(n *node, next int32) int32 {
	sub := n.subs[0]
	at := next
	if n.max == many {
		loop := b.add(state{kind: fork, also: next})
		if b.failed {
			return 0
		}
		inside := b.node(sub, loop)
		if b.failed {
			return 0
		}
		b.current.states[loop].out = inside
		at = loop
	} else {
		for range n.max - n.min {
			at = b.add(state{kind: fork, out: b.node(sub, at), also: next})
		}
	}
	for range n.min {
		at = b.node(sub, at)
	}
	return at
}
