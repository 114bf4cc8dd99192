package regex

import "strings"

// advance rewrites a basic expression as an advanced one.
func (p *parser) advance() error {
	b := &basicReader{in: p.in}
	for len(b.in) > 0 {
		if err := b.step(); err != nil {
			return err
		}
	}
	p.in, p.o.Syntax = []rune(b.out.String()), Advanced
	return nil
}

type basicReader struct {
	in     []rune
	out    strings.Builder
	inside bool // something stands before in the group
	anchor bool // and it is ^
}

func (b *basicReader) emit(s string) {
	b.out.WriteString(s)
	b.inside, b.anchor = true, false
}

func (b *basicReader) step() error {
	r := b.in[0]
	b.in = b.in[1:]
	switch {
	case r == '\\':
		return b.escape()
	case r == '[':
		return b.bracket()
	case r == '^' && !b.inside:
		b.emit("^")
		b.anchor = true
	case r == '$' && (len(b.in) == 0 || strings.HasPrefix(string(b.in), `\)`)), r == '.', r == '*' && b.inside && !b.anchor:
		b.emit(string(r))
	case strings.ContainsRune("*+?{}()|^$", r):
		b.emit(`\` + string(r))
	default:
		b.emit(string(r))
	}
	return nil
}

func (b *basicReader) escape() error {
	if len(b.in) == 0 {
		return errInvalid(badEscape)
	}
	r := b.in[0]
	b.in = b.in[1:]
	switch {
	case r == '(':
		b.emit("(")
		b.inside = false
	case r == ')':
		b.emit(")")
	case r == '{':
		return b.bounds()
	case r == '<' || r == '>':
		b.emit("[[:" + string(r) + ":]]")
	case r >= '1' && r <= '9':
		b.emit(`\` + string(r) + "(?:)")
		if len(b.in) > 0 && (b.in[0] == '*' || strings.HasPrefix(string(b.in), `\{`)) {
			s := strings.TrimSuffix(b.out.String(), "(?:)")
			b.out.Reset()
			b.out.WriteString(s)
		}
	case isLetter(r) || isDigit(r):
		b.emit(string(r))
	default:
		b.emit(`\` + string(r))
	}
	return nil
}

func (b *basicReader) bounds() error {
	body, rest, closed := strings.Cut(string(b.in), `\}`)
	if !closed {
		return errInvalid(badBraces)
	}
	if strings.Trim(body, "0123456789,") != "" || body == "" || body[0] == ',' {
		return errInvalid(badCount)
	}
	b.in = []rune(rest)
	b.emit("{" + body + "}")
	return nil
}

// bracket copies a bracket expression, where a backslash is itself.
func (b *basicReader) bracket() error {
	b.emit("[")
	for first := true; len(b.in) > 0; {
		r := b.in[0]
		b.in = b.in[1:]
		b.out.WriteRune(r)
		switch {
		case r == ']' && !first:
			return nil
		case r == '\\':
			b.out.WriteRune(r)
		case r == '[' && len(b.in) > 0 && strings.ContainsRune(":.=", b.in[0]):
			b.named()
		}
		first = first && r == '^'
	}
	return errInvalid(badBrackets)
}

// named copies a class behind its [ as it is.
func (b *basicReader) named() {
	end := string(b.in[0]) + "]"
	name, rest, closed := strings.Cut(string(b.in[1:]), end)
	if closed {
		b.out.WriteString(string(b.in[0]) + name + end)
		b.in = []rune(rest)
	}
}
