package textsearch

import "strings"

// tagState is what a tag is in behind its name.
type tagState struct {
	quote byte // 0 outside of quotes
	slash tagSlash
}

// tagSlash is what backslashes have to say of the character that comes. One directly behind a character that was
// escaped is a character as others are.
type tagSlash uint8

const (
	noSlash tagSlash = iota
	escaping
	escaped
)

// entity: &amp; &#10; &#xA;
func (p *parser) entity() int {
	at := p.at + 1
	end := at
	switch c := p.byte(at); {
	case c == '#' && p.byte(at+1)|0x20 == 'x':
		at += 2
		end = p.while(at, func(c byte) bool { return isHexDigit(rune(c)) })
	case c == '#':
		at++
		end = p.while(at, digitByte)
	case tagNameStart(c):
		end = p.markupName(at)
	}
	if end == at || p.byte(end) != ';' {
		return 0
	}
	return end + 1
}

func tagNameStart(c byte) bool { return letterByte(c) || c == '_' || c == ':' }

// markupName returns the end of a name of XML.
func (p *parser) markupName(at int) int {
	for {
		r, size := p.rune(at)
		if size == 0 || !isAlpha(r) && !isDigit(r) && !strings.ContainsRune("_:.-", r) {
			return at
		}
		at += size
	}
}

// tag returns the end of the tag or comment that begins here. lost says that PostgreSQL shows nothing of it.
func (p *parser) tag() (end int, lost bool) {
	at := p.at + 1
	closing := false
	switch c := p.byte(at); {
	case c == '!' && strings.HasPrefix(p.text[at:], "!--"):
		return p.comment(at + 3), false
	case c == '!' && p.byte(at+1)|0x20 == 'd', c == '?' && p.byte(at+1)|0x20 == 'x': // <!DOCTYPE, <?xml
		return p.tagEnd(at + 2)
	case c == '/' && letterByte(p.byte(at+1)):
		closing = true
		at++
	case !tagNameStart(c):
		return 0, false
	}
	end = p.markupName(at)
	r, size := p.rune(end)
	if size == 0 {
		return 0, false
	}
	if r == '>' || isSpace(r) {
		if name := p.text[at:end]; strings.EqualFold(name, "script") || strings.EqualFold(name, "style") {
			p.raw = !closing
		}
	}
	switch {
	case r == '>':
		return end + 1, false
	case r == '/' && p.byte(end+1) == '>':
		return end + 2, false
	case isSpace(r):
		return p.tagEnd(end)
	}
	return 0, false
}

func (p *parser) comment(at int) int {
	if p.noComment {
		return 0
	}
	n := strings.Index(p.text[at:], "-->")
	if n < 0 {
		p.noComment = true
		return 0
	}
	return at + n + len("-->")
}

// tagEnd returns where the tag ends whose attributes begin at a place. It is lost with the rest of the text if that
// ends behind an escaped character.
//
// A place is looked at three times at most, from however many tags: no two of them are both outside of quotes there,
// for a < ends those that are, nor both within quotes of one kind, for what opens one closes the other.
func (p *parser) tagEnd(at int) (end int, lost bool) {
	state, ok := tagState{}, true
	for at < len(p.text) {
		r, size := p.rune(at)
		at += size
		if r == '>' && state.quote == 0 {
			return at, false
		}
		if state, ok = state.behind(r); !ok {
			return 0, false
		}
	}
	return 0, state.slash == escaped
}

// behind returns what a tag is in behind a character; ok is false if no tag has it.
func (s tagState) behind(r rune) (next tagState, ok bool) {
	switch {
	case s.slash == escaping:
		return tagState{s.quote, escaped}, true
	case s.quote != 0 && r == '\\' && s.slash == noSlash:
		return tagState{s.quote, escaping}, true
	case s.quote != 0 && r == rune(s.quote):
		return tagState{}, true
	case s.quote != 0:
		return tagState{quote: s.quote}, true
	case r == '\'' || r == '"':
		return tagState{quote: byte(r)}, true
	}
	return s, isLetter(r) || isDigit(r) || isSpace(r) || strings.ContainsRune("#%&-./:=?_~", r)
}
