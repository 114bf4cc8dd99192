package jsonb

// pathFinder reads a text once for what a path leads to.
type pathFinder struct {
	*textReader
	path []string
	// at are the steps as indexes, which lead nowhere while they are less than 0.
	at []int
	// back are the steps that count from an array's end, lengths of the arrays at their depths, as they begin.
	back    []bool
	lengths []int
}

// At finds what a path leads to, nil if nothing. Of pairs with the same key the last one that leads on
// counts. A step that counts from an array's end is turned into one from its front by the first array at its
// depth that is long enough, wherever that is, as in PostgreSQL.
func (n *TextNode) At(path []string) *TextNode {
	if len(path) == 0 {
		return n
	}
	f := pathFinder{path: path, at: make([]int, len(path))}
	for i, step := range path {
		at, ok := pathIndex(step)
		if f.at[i] = at; !ok {
			f.at[i] = -1
			continue
		}
		if at < 0 {
			if f.back == nil {
				f.back = make([]bool, len(path))
			}
			f.back[i] = true
		}
	}
	if f.back != nil {
		f.measure(n)
	}
	f.textReader = n.reader()
	return f.find(0, true)
}

// measure finds the lengths.
func (f *pathFinder) measure(n *TextNode) {
	type open struct{ length, place int }
	var stack []open
	_ = n.EachToken(func(t TextToken) error {
		depth := len(stack)
		opens := t.Raw == "[" || t.Raw == "{"
		if depth > 0 && (opens || t.Kind != 0 && !t.Key) {
			stack[depth-1].length++
		}
		switch {
		case t.Raw == "[" && depth < len(f.back) && f.back[depth]:
			stack = append(stack, open{place: len(f.lengths)})
			f.lengths = append(f.lengths, 0)
		case opens:
			stack = append(stack, open{place: -1})
		case t.Raw == "]" || t.Raw == "}":
			if last := stack[depth-1]; last.place >= 0 {
				f.lengths[last.place] = last.length
			}
			stack = stack[:depth-1]
		}
		return nil
	})
}

// turn makes a step that counts from the end of the array that begins one from its front, if it is long enough.
func (f *pathFinder) turn(depth int) {
	length := f.lengths[0]
	f.lengths = f.lengths[1:]
	if at := &f.at[depth]; *at < 0 && -*at <= length {
		*at += length
	}
}

// find reads over a value, behind as many steps; leads says that all of them led to it.
func (f *pathFinder) find(depth int, leads bool) (found *TextNode) {
	kind := f.kind()
	switch {
	case depth == len(f.path) && leads:
		n, _ := f.value()
		return n
	case depth == len(f.path), kind < Array, !leads && f.back == nil:
		_, _ = f.skip()
		return nil
	case kind == Array && f.back != nil && f.back[depth]:
		f.turn(depth)
	}
	f.again()
	for i := 0; !f.punct('}') && !f.punct(']'); i++ {
		on := kind == Array && i == f.at[depth]
		if kind == Object {
			on = f.str == f.path[depth]
			f.again()
			f.again() // the colon
		}
		if part := f.find(depth+1, leads && on); part != nil {
			found = part
		}
		f.pass(',')
	}
	f.again()
	return found
}
