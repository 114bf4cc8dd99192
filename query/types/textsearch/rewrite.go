package textsearch

// nodesMax is how many operators and words a replacement may add to a query.
const nodesMax = 1 << 20

// substitute stands in the places of a part.
type substitute struct {
	tree *node // nil: nothing
	size int
	room int // how many nodes may still be put in
}

// Rewrite is ts_rewrite() with three arguments: by is in the place of part, wherever that is. Errors: 54000, 54001.
func Rewrite(q, part, by Query) (Query, error) {
	if len(q) == 0 || len(part) == 0 {
		return q, nil
	}
	tree, sought := q.sorted(), part.sorted()
	s := substitute{size: len(by), room: nodesMax}
	if len(by) > 0 {
		s.tree = by.tree()
	}
	tree = tree.replace(sought, &s)
	if s.room < 0 {
		return nil, errLarge()
	}
	if tree != nil {
		tree.narrow()
	}
	return tree.flat()
}

// sorted is a tree in which queries that are alike look alike.
func (q Query) sorted() *node {
	n := q.tree()
	n.widen()
	n.sort()
	return n
}

// widen makes one node of & under &, and of | under |.
func (n *node) widen() {
	var all []*node
	n.collect(&all)
	n.children = all
}

// collect adds a node's children, and in the place of one of & under & or | under | its children.
func (n *node) collect(all *[]*node) {
	for _, c := range n.children {
		if c.op == n.op && (n.op == opAnd || n.op == opOr) {
			c.collect(all)
			continue
		}
		c.widen()
		*all = append(*all, c)
	}
}

// narrow is the inverse of widen.
func (n *node) narrow() {
	for _, c := range n.children {
		c.narrow()
	}
	for len(n.children) > 2 {
		first := &node{item: item{op: n.op}, children: []*node{n.children[0], n.children[1]}}
		last := len(n.children) - 1
		n.children[0], n.children[1] = first, n.children[last]
		n.children = n.children[:last]
	}
}

func (n *node) sort() {
	for _, c := range n.children {
		c.sort()
	}
	if len(n.children) > 1 && n.op != opPhrase {
		qsort(n.children, compareNodes)
	}
}

func (n *node) clone() *node {
	made := *n
	made.children = make([]*node, len(n.children))
	for i, c := range n.children {
		made.children[i] = c.clone()
	}
	return &made
}

// put is what stands in the place of something: nil, nothing. Without room it does not matter.
func (s *substitute) put() *node {
	if s.tree == nil {
		return nil
	}
	if s.room -= s.size; s.room < 0 {
		return nil
	}
	made := s.tree.clone()
	made.kept = true
	return made
}

func equalNodes(a, b *node) bool { return a.sign == b.sign && compareNodes(a, b) == 0 }

// replace puts by in the place of the part in all of a tree. An operator without operands goes, and one with one
// alone becomes that.
func (n *node) replace(part *node, by *substitute) *node {
	n = n.replaceHere(part, by)
	if n == nil || n.kept || n.op == 0 {
		return n
	}
	children := n.children[:0]
	for _, c := range n.children {
		if c = c.replace(part, by); c != nil {
			children = append(children, c)
		}
	}
	n.children = children
	switch {
	case len(n.children) == 0:
		return nil
	case len(n.children) == 1 && n.op != opNot:
		return n.children[0]
	}
	return n
}

// replaceHere is of a node itself, or of some of the operands of one with many.
func (n *node) replaceHere(part *node, by *substitute) *node {
	switch {
	case n.sign&part.sign != part.sign, n.op != part.op, n.kept:
	case len(n.children) == len(part.children):
		if equalNodes(n, part) {
			return by.put()
		}
	case len(n.children) > len(part.children) && len(part.children) > 0:
		n.replaceSome(part, by)
	}
	return n
}

// replaceSome replaces operands, which are sorted, as those of the part are.
func (n *node) replaceSome(part *node, by *substitute) {
	var others []*node
	j := 0
	for i, c := range n.children {
		if j == len(part.children) {
			others = append(others, n.children[i:]...)
			break
		}
		switch d := compareNodes(c, part.children[j]); {
		case d == 0:
			j++
		case d > 0:
			return
		default:
			others = append(others, c)
		}
	}
	if j < len(part.children) {
		return
	}
	if made := by.put(); made != nil {
		others = append(others, made)
	}
	n.children = others
	n.sort()
}
