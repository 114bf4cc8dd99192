package textsearch

// AppendText appends the form that tsqueryout gives.
func (q Query) AppendText(buf []byte) []byte {
	if len(q) == 0 {
		return buf
	}
	return q.infix(buf, -1, false)
}

// infix appends an expression that stands under an operator of the priority, or is the right operand of a phrase.
func (q Query) infix(buf []byte, under int, rightOfPhrase bool) []byte {
	t := &q[0]
	if t.op == 0 {
		return t.appendText(buf)
	}
	priority := priorities[t.op]
	parentheses := priority < under || t.op == opPhrase && rightOfPhrase
	if parentheses {
		buf = append(buf, "( "...)
	}
	if t.op == opNot {
		buf = q[1:].infix(append(buf, '!'), priority, false)
	} else {
		buf = q[t.left:].infix(buf, priority, false)
		buf = t.appendOperator(buf)
		buf = q[1:].infix(buf, priority, t.op == opPhrase)
	}
	if parentheses {
		buf = append(buf, " )"...)
	}
	return buf
}

func (t *item) appendOperator(buf []byte) []byte {
	switch {
	case t.op == opAnd:
		return append(buf, " & "...)
	case t.op == opOr:
		return append(buf, " | "...)
	case t.distance == 1:
		return append(buf, " <-> "...)
	}
	return append(appendInt(append(buf, " <"...), t.distance), "> "...)
}

func (t *item) appendText(buf []byte) []byte {
	buf = appendQuoted(buf, t.word)
	if t.weights == 0 && !t.prefix {
		return buf
	}
	buf = append(buf, ':')
	if t.prefix {
		buf = append(buf, '*')
	}
	for w := 3; w >= 0; w-- {
		if t.weights&(1<<w) != 0 {
			buf = append(buf, 'D'-byte(w))
		}
	}
	return buf
}
