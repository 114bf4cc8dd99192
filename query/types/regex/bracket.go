package regex

import "strings"

// bracket reads a bracket expression behind its [.
func (p *parser) bracket() (*node, error) {
	for name, a := range map[string]assertion{"[:<:]]": wordStart, "[:>:]]": wordEnd} {
		if p.at(name) {
			p.in = p.in[len(name):]
			return &node{op: opAssert, assert: a}, nil
		}
	}
	negated := p.eat('^')
	var all []span
	for first := true; first || !p.eat(']'); first = false {
		part, err := p.bracketPart(first)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	s := normalized(all)
	if p.o.Fold {
		s = s.folded(p.o.ASCII)
	}
	if negated {
		if p.o.Stop {
			s = normalized(append(s, span{'\n', '\n'}))
		}
		s = s.complement()
	}
	return &node{op: opSet, set: s}, nil
}

func (p *parser) bracketPart(first bool) (set, error) {
	if len(p.in) == 0 {
		return nil, errInvalid(badBrackets)
	}
	if s, ok, err := p.bracketClass(); ok || err != nil {
		return s, err
	}
	if p.in[0] == '-' && !first && !p.at("-]") {
		return nil, errInvalid(badRange)
	}
	low, err := p.bracketChar()
	if err != nil {
		return nil, err
	}
	if !p.at("-") || p.at("-]") {
		return set{{low, low}}, nil
	}
	p.in = p.in[1:]
	if len(p.in) == 0 {
		return nil, errInvalid(badBrackets)
	}
	if _, ok, err := p.bracketClass(); ok || err != nil {
		return nil, errInvalid(badRange)
	}
	high, err := p.bracketChar()
	if err == nil && high < low {
		err = errInvalid(badRange)
	}
	return set{{low, high}}, err
}

// bracketClass reads [:name:], [=c=] or a shorthand.
func (p *parser) bracketClass() (set, bool, error) {
	switch {
	case p.at("[:"):
		name, err := p.bracketName(":]")
		if err != nil {
			return nil, false, err
		}
		if p.o.Fold && (name == "upper" || name == "lower") {
			name = "alpha"
		}
		s, ok := p.o.classes()[name]
		if !ok {
			return nil, false, errInvalid(badClass)
		}
		return s, true, nil
	case p.at("[="):
		name, err := p.bracketName("=]")
		if err != nil {
			return nil, false, err
		}
		r, err := collating(name)
		return set{{r, r}}, err == nil, err
	case p.in[0] == '\\' && p.o.Syntax == Advanced && len(p.in) > 1:
		p.in = p.in[1:]
		if s, ok := p.shorthand(); ok {
			return s, true, nil
		}
		p.in = append([]rune{'\\'}, p.in...)
	}
	return nil, false, nil
}

func (p *parser) bracketName(end string) (string, error) {
	text := string(p.in[2:])
	name, _, closed := strings.Cut(text, end)
	if !closed {
		return "", errInvalid(badBrackets)
	}
	p.in = p.in[2+len([]rune(name))+2:]
	return name, nil
}

// collating finds the character of a collating element: characters stand for
// themselves, names of characters are not known.
func collating(name string) (rune, error) {
	r := []rune(name)
	if len(r) == 1 {
		return r[0], nil
	}
	if len(r) == 0 {
		return 0, errInvalid(badCollating)
	}
	return 0, errCollatingName()
}

func (p *parser) bracketChar() (rune, error) {
	if p.at("[.") {
		name, err := p.bracketName(".]")
		if err != nil {
			return 0, err
		}
		return collating(name)
	}
	r := p.in[0]
	p.in = p.in[1:]
	if r != '\\' || p.o.Syntax != Advanced {
		return r, nil
	}
	if len(p.in) == 0 {
		return 0, errInvalid(badEscape)
	}
	if _, _, refers := p.reference(); escapedAsserts[p.in[0]] != 0 || refers {
		return 0, errInvalid(badEscape)
	}
	return p.escapedChar()
}
