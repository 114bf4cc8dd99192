package regex

// flags say what a part prefers and what is inside it.
type flags uint8

const (
	longer   flags = 1 << iota // prefers longer matches
	shorter                    // prefers shorter matches
	mixed                      // there are both preferences below
	captures                   // a group whose place is asked for is here or below
	refers                     // a back reference is here or below
)

const (
	preferences = longer | shorter
	messyFlags  = mixed | captures | refers
)

// up are the flags that a part gives to the one it is in.
func (f flags) up() flags {
	made := f & messyFlags
	if f&preferences == preferences {
		made |= mixed
	}
	return made
}

func (f flags) messy() bool { return f&messyFlags != 0 }

// combine gives the flags of a part of the flags of its parts: the first preference
// counts.
func combine(first, second flags) flags {
	p := first & preferences
	if p == 0 {
		p = second & preferences
	}
	return (first | second).up() | p
}

// part is a node of the tree that a match is taken apart by. What no group, back
// reference or other preference is inside of is one leaf, matched by its automaton.
type part struct {
	kind     partKind
	flags    flags
	node     *node // what its automaton matches
	subs     []*part
	min, max int
	number   int // of the group that it is, 0 = none
	refers   int // the group that a back reference means
	program  int // the automaton's number
}

type partKind uint8

const (
	leaf partKind = iota + 1
	sequence
	alternation
	iteration
	reference
	wrapper // of a group in a group: ((x))
)

// grower builds the tree.
type grower struct{ parts []*part }

func (g *grower) part(p part) *part {
	p.program = len(g.parts)
	made := &p
	g.parts = append(g.parts, made)
	return made
}

func (g *grower) leaf(f flags, n *node) *part { return g.part(part{kind: leaf, flags: f, node: n}) }

func (g *grower) sequence(f flags, n *node, first, second *part) *part {
	return g.part(part{kind: sequence, flags: f, node: n, subs: []*part{first, second}})
}

func (g *grower) grow(n *node) *part {
	if n.op != opAlternation {
		return g.branch(n.subs)
	}
	p := part{kind: alternation, flags: longer, node: n}
	for _, b := range n.subs {
		sub := g.grow(b)
		p.subs = append(p.subs, sub)
		p.flags |= (p.flags | sub.flags).up()
	}
	if !p.flags.messy() {
		p.kind, p.subs = leaf, nil
	}
	return g.part(p)
}

// branch takes the atoms of a sequence in turn: those that are not messy join the
// leaf that stands before; the first that is, is a part of its own, and so is the rest.
func (g *grower) branch(atoms []*node) *part {
	var f flags
	for i, n := range atoms {
		q := quantifierOf(n)
		if q.atom.op == opAssert || q.atom.op == opLook || q.max == 0 {
			continue
		}
		inside := g.atom(q.atom)
		all := f | q.prefer
		if inside != nil {
			all |= inside.flags
		}
		if !q.special() && !all.up().messy() {
			f = all
			continue
		}
		if inside == nil {
			inside = g.leaf(0, q.atom)
		}
		return g.split(atoms, i, f, q, inside)
	}
	return g.leaf(f, &node{op: opSequence, subs: atoms})
}

// quantifier is a node as an atom and what is behind it.
type quantifier struct {
	node, atom *node
	min, max   int
	prefer     flags
}

func quantifierOf(n *node) quantifier {
	if n.op == opRepeat {
		return quantifier{n, n.subs[0], n.min, n.max, n.prefer}
	}
	return quantifier{n, n, 1, 1, 0}
}

// special atoms are parts of their own, whatever is in them.
func (q *quantifier) special() bool {
	return q.atom.op == opBackReference || q.atom.op == opGroup && q.atom.number > 0
}

// atom is the part of a group or a back reference; others have nothing inside.
func (g *grower) atom(n *node) *part {
	switch n.op {
	case opBackReference:
		return g.part(part{kind: reference, flags: refers, node: n, refers: n.number, min: 1, max: 1})
	case opGroup:
		inside := g.grow(n.subs[0])
		if n.number == 0 {
			return inside
		}
		if inside.number != 0 {
			inside = g.part(part{kind: wrapper, flags: inside.flags, node: n, subs: []*part{inside}})
		}
		inside.flags |= captures
		inside.number = n.number
		return inside
	}
	return nil
}

// quantified puts the structure for a quantifier around an atom.
func (g *grower) quantified(q quantifier, atom *part) *part {
	f := combine(q.prefer, atom.flags)
	own := atom.flags & (longer | shorter | mixed)
	switch {
	case q.atom.op == opBackReference:
		atom.min, atom.max, atom.node = q.min, q.max, q.node
		atom.flags |= f
		return atom
	case q.min == 1 && q.max == 1 && (q.prefer == 0 || own == 0 || q.prefer == own):
		return atom
	case atom.flags&(captures|refers) == 0:
		return g.leaf(f, q.node)
	case q.min > 0 && atom.flags&refers == 0:
		// x{m,n} is x{m-1,n-1}x: only the last round's groups are asked for.
		before := *q.node
		if before.min--; before.max < many {
			before.max--
		}
		return g.sequence(f, q.node, g.leaf(f&preferences, &before), atom)
	}
	return g.part(part{kind: iteration, flags: f, node: q.node, subs: []*part{atom}, min: q.min, max: q.max})
}

// split makes the sequence of what stands before the messy atom i, the atom, and the
// rest.
func (g *grower) split(atoms []*node, i int, before flags, q quantifier, inside *part) *part {
	tailFlags := combine(q.prefer, inside.flags)
	tail := g.quantified(q, inside)
	if rest := atoms[i+1:]; len(rest) > 0 {
		r := g.branch(rest)
		tailFlags |= combine(tailFlags, r.flags)
		n := &node{op: opSequence, subs: atoms[i:]}
		switch {
		case i == 0:
			return g.sequence(combine(0, tailFlags), n, tail, r)
		case tail.kind == leaf && r.kind == leaf && !(tail.flags | r.flags).up().messy():
			tail = g.leaf(combine(tail.flags, r.flags), n)
		default:
			tail = g.sequence(tailFlags, n, tail, r)
		}
	} else if tailFlags = tail.flags; i == 0 {
		return tail
	}
	head := g.leaf(before, &node{op: opSequence, subs: atoms[:i]})
	return g.sequence(before|combine(before, tailFlags), &node{op: opSequence, subs: atoms}, head, tail)
}
