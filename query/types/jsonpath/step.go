package jsonpath

import "github.com/projsql/projsql/wire/sqlstate"

// primary reads a value or a condition in parentheses, and the steps behind it.
func (p *parser) primary() (operand, error) {
	if p.depth++; p.depth > depthMax {
		return operand{}, errTooDeep()
	}
	defer func() { p.depth-- }()
	o, err := p.head()
	if err != nil || o.Kind.Predicate() && !o.enclosed {
		return o, err
	}
	tail := o.Item
	for tail.Next != nil {
		tail = tail.Next
	}
	for {
		step, err := p.step()
		if err != nil || step == nil {
			return o, err
		}
		tail.Next, tail = step, step
	}
}

func (p *parser) head() (operand, error) {
	i := &Item{Text: p.token.text}
	switch p.token.kind {
	case str:
		i.Kind = String
	case variable:
		i.Kind = Variable
	case number, integer:
		text, err := numberText(p.token.text)
		if err != nil {
			return operand{}, err
		}
		i.Kind, i.Text = Number, text
	case keyword:
		return p.word()
	default:
		return p.symbolHead()
	}
	return operand{Item: i}, p.next()
}

func (p *parser) word() (operand, error) {
	i := &Item{}
	switch p.token.text {
	case "null":
		i.Kind = Null
	case "true", "false":
		i.Kind, i.Bool = Bool, p.token.text == "true"
	case "last":
		if p.subscripts == 0 {
			p.misplace("LAST is allowed only in array subscripts")
		}
		i.Kind = Last
	case "exists":
		if err := p.expect("exists", "("); err != nil {
			return operand{}, err
		}
		inner, err := p.disjunction()
		if err == nil && !(operand{Item: inner}).isValue() {
			err = p.unexpected()
		}
		if err != nil {
			return operand{}, err
		}
		return operand{Item: &Item{Kind: Exists, Left: inner}}, p.expect(")")
	default:
		return operand{}, p.unexpected()
	}
	return operand{Item: i}, p.next()
}

func (p *parser) symbolHead() (operand, error) {
	switch {
	case p.isSymbol("$"):
		return operand{Item: &Item{Kind: Root}}, p.next()
	case p.isSymbol("@"):
		if p.filters == 0 {
			p.misplace("@ is not allowed in root expressions")
		}
		return operand{Item: &Item{Kind: Current}}, p.next()
	case !p.isSymbol("("):
		return operand{}, p.unexpected()
	}
	if err := p.next(); err != nil {
		return operand{}, err
	}
	inner, err := p.disjunction()
	if err != nil {
		return operand{}, err
	}
	return operand{Item: inner, enclosed: true}, p.expect(")")
}

// misplace notes what is wrong with a path whose grammar is right; errors of the grammar
// come first.
func (p *parser) misplace(what string) {
	if p.misplaced == nil {
		p.misplaced = sqlstate.New(sqlstate.SyntaxError, "%s", what)
	}
}

// step reads one accessor, method or filter; nil if there is none.
func (p *parser) step() (*Item, error) {
	switch {
	case p.isSymbol("["):
		return p.arrayStep()
	case p.isSymbol("?"):
		return p.filter()
	case !p.isSymbol("."):
		return nil, nil
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	switch {
	case p.isSymbol("*"):
		return &Item{Kind: AnyKey}, p.next()
	case p.isSymbol("**"):
		return p.anyLevels()
	}
	return p.keyOrMethod()
}

func (p *parser) filter() (*Item, error) {
	if err := p.expect("?", "("); err != nil {
		return nil, err
	}
	p.filters++
	inner, err := p.disjunction()
	p.filters--
	if err == nil && (operand{Item: inner}).isValue() {
		err = p.unexpected()
	}
	if err != nil {
		return nil, err
	}
	return &Item{Kind: Filter, Left: inner}, p.expect(")")
}

func (p *parser) anyLevels() (*Item, error) {
	i := &Item{Kind: Any, Last: LastLevel}
	if err := p.next(); err != nil || !p.isSymbol("{") {
		return i, err
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	var err error
	if i.First, err = p.level(); err != nil {
		return nil, err
	}
	i.Last = i.First
	if ok, err := p.eat("to"); err != nil {
		return nil, err
	} else if ok {
		if i.Last, err = p.level(); err != nil {
			return nil, err
		}
	}
	return i, p.expect("}")
}

func (p *parser) arrayStep() (*Item, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	if ok, err := p.eat("*"); err != nil {
		return nil, err
	} else if ok {
		return &Item{Kind: AnyArray}, p.expect("]")
	}
	p.subscripts++
	defer func() { p.subscripts-- }()
	i := &Item{Kind: IndexArray}
	for {
		s, err := p.subscript()
		if err != nil {
			return nil, err
		}
		i.Subscripts = append(i.Subscripts, s)
		if ok, err := p.eat(","); err != nil {
			return nil, err
		} else if !ok {
			p.subscripts--
			err := p.expect("]")
			p.subscripts++
			return i, err
		}
	}
}

func (p *parser) subscript() (Subscript, error) {
	from, err := p.value()
	if err != nil {
		return Subscript{}, err
	}
	s := Subscript{From: from}
	if ok, err := p.eat("to"); err != nil {
		return s, err
	} else if ok {
		s.To, err = p.value()
		return s, err
	}
	return s, nil
}

func (p *parser) value() (*Item, error) {
	o, err := p.arithmetic(0)
	if err == nil && !o.isValue() {
		err = p.unexpected()
	}
	return o.Item, err
}

var methods = map[string]Kind{
	"type": Type, "size": Size, "abs": Abs, "floor": Floor, "ceiling": Ceiling, "double": Double, "datetime": Datetime, "keyvalue": KeyValue,
}

func (p *parser) keyOrMethod() (*Item, error) {
	t := p.token
	key := t.text
	switch t.kind {
	case keyword:
		key = t.name
	case ident, str:
	default:
		return nil, p.unexpected()
	}
	if err := p.next(); err != nil {
		return nil, err
	}
	if t.kind != keyword || methods[t.text] == 0 || !p.isSymbol("(") {
		return &Item{Kind: Key, Text: key}, nil
	}
	i := &Item{Kind: methods[t.text]}
	if err := p.next(); err != nil {
		return nil, err
	}
	if i.Kind == Datetime && p.token.kind == str {
		i.Left = &Item{Kind: String, Text: p.token.text}
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	return i, p.expect(")")
}
