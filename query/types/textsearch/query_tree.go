package textsearch

import (
	"cmp"
	"slices"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// node is a query as a tree. Children are the right operand, then the left one; of & and | there may be more
// while a query is rewritten.
type node struct {
	item
	children []*node
	sign     uint32 // bits of the words below, as they were when the tree was made
	kept     bool   // it has just been put in, and is not looked at
}

// depthMax is how deep a query may be, parenthesesMax how deep its text.
const (
	depthMax       = 50000
	parenthesesMax = 10000
)

func errDepth() error {
	return sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
}

// deep reports whether q is deeper than what reads it can be.
func (q Query) deep() bool {
	depths := make([]int, 0, len(q)) // of operands, from behind
	for i := len(q) - 1; i >= 0; i-- {
		last := len(depths) - 1
		switch q[i].op {
		case 0:
			depths = append(depths, 1)
		case opNot:
			depths[last]++
		default:
			depths[last-1] = max(depths[last], depths[last-1]) + 1
			depths = depths[:last]
		}
		if depths[len(depths)-1] > depthMax {
			return true
		}
	}
	return false
}

// tree of a query that is not empty.
func (q Query) tree() *node {
	n := &node{item: q[0]}
	switch n.op {
	case 0:
		n.sign = 1 << (uint32(legacyCRC(n.word)) % 32)
		return n
	case opNot:
		n.children = []*node{q[1:].tree()}
	default:
		n.children = []*node{q[1:].tree(), q[n.left:].tree()}
	}
	for _, c := range n.children {
		n.sign |= c.sign
	}
	return n
}

// flat is the query of a tree with two children at most; nil gives the empty query. 54000 of too much.
func (n *node) flat() (Query, error) {
	if n == nil {
		return Query{}, nil
	}
	q := n.appendTo(nil)
	q.link()
	if q.deep() {
		return nil, errDepth()
	}
	return q, q.tooLarge()
}

func (q Query) tooLarge() error {
	if q.Size() > allocMax {
		return errLarge()
	}
	return nil
}

func errLarge() error { return sqlstate.New(sqlstate.ProgramLimitExceeded, "tsquery is too large") }

func (n *node) appendTo(q Query) Query {
	q = append(q, n.item)
	for _, c := range n.children {
		q = c.appendTo(q)
	}
	return q
}

func compareNodes(a, b *node) int {
	if (a.op == 0) != (b.op == 0) {
		if a.op != 0 { // operators have the greater number, and come first
			return -1
		}
		return 1
	}
	if a.op == 0 {
		return cmp.Or(cmp.Compare(legacyCRC(b.word), legacyCRC(a.word)), strings.Compare(a.word, b.word))
	}
	if c := cmp.Or(cmp.Compare(b.op, a.op), cmp.Compare(len(b.children), len(a.children))); c != 0 {
		return c
	}
	for i := range a.children {
		if c := compareNodes(a.children[i], b.children[i]); c != 0 {
			return c
		}
	}
	return cmp.Compare(b.distance, a.distance)
}

// withoutNot is what of a tree can be looked up: nil, everything.
func (n *node) withoutNot() *node {
	switch n.op {
	case 0:
		return n
	case opNot:
		return nil
	}
	right, left := n.children[0].withoutNot(), n.children[1].withoutNot()
	switch {
	case right != nil && left != nil:
		return &node{item: n.item, children: []*node{right, left}}
	case n.op == opOr:
		return nil
	case right != nil:
		return right
	}
	return left
}

// Searchable is what querytree() shows of q.
func (q Query) Searchable() string {
	if len(q) == 0 {
		return ""
	}
	n := q.tree().withoutNot()
	if n == nil {
		return "T"
	}
	made := n.appendTo(nil)
	made.link()
	return string(made.AppendText(nil))
}

// withoutStops takes the words away that do not count, and what becomes of operators without them. A phrase
// gets longer by what was within it: left and right are by how much one is whose operand on the left or right
// side n is. Of what is nothing any more they are the same.
func (n *node) withoutStops() (kept *node, left, right int) {
	switch {
	case n.stop:
		return nil, 0, 0
	case n.op == 0:
		return n, 0, 0
	case n.op == opNot:
		kept, left, right = n.children[0].withoutStops()
		if kept == nil {
			return nil, left, right
		}
		n.children[0] = kept
		return n, left, right
	}
	l, ll, lr := n.children[1].withoutStops()
	r, rl, rr := n.children[0].withoutStops()
	n.children = []*node{r, l}
	phrase, distance := n.op == opPhrase, n.distance
	switch {
	case l == nil && r == nil && phrase:
		return nil, ll + distance + rl, ll + distance + rl
	case l == nil && r == nil:
		return nil, max(ll, rl), max(ll, rl)
	case l == nil && phrase:
		return r, ll + distance + rl, rr
	case l == nil:
		return r, rl, rr
	case r == nil && phrase:
		return l, ll, lr + distance + rr
	case r == nil:
		return l, ll, lr
	case phrase:
		n.distance = int(int16(distance + lr + rl))
		return n, ll, rr
	}
	return n, 0, 0
}

// joined is a query of two, or of one if the other is empty.
func joined(op Op, distance int, a, b Query) (Query, error) {
	switch {
	case len(a) == 0:
		return b, nil
	case len(b) == 0:
		return a, nil
	}
	made := slices.Concat(Query{{op: op, distance: distance}}, b, a)
	made.link()
	if made.deep() {
		return nil, errDepth()
	}
	return made, made.tooLarge()
}

// And is a && b.
func And(a, b Query) (Query, error) { return joined(opAnd, 0, a, b) }

// Or is a || b.
func Or(a, b Query) (Query, error) { return joined(opOr, 0, a, b) }

// Phrase is a <distance> b. 22023 for a distance that there is not.
func Phrase(a, b Query, distance int) (Query, error) {
	if distance < 0 || distance > distanceMax {
		return nil, errDistance()
	}
	return joined(opPhrase, distance, a, b)
}

func errDistance() error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "distance in phrase operator must be an integer value between zero and %d inclusive", distanceMax)
}

// Not is !! a.
func Not(a Query) (Query, error) {
	if len(a) == 0 {
		return a, nil
	}
	made := slices.Concat(Query{{op: opNot}}, a)
	made.link()
	if made.deep() {
		return nil, errDepth()
	}
	return made, nil
}

// Contains reports whether all words of b are in a.
func Contains(a, b Query) bool {
	words := map[string]bool{}
	for i := range a {
		if a[i].op == 0 {
			words[a[i].word] = true
		}
	}
	return !slices.ContainsFunc(b, func(t item) bool { return t.op == 0 && !words[t.word] })
}
