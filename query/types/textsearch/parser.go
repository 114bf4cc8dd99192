package textsearch

import "unicode/utf8"

// Token is a piece of a document.
type Token struct {
	Type TokenType
	Text string
}

// parser takes a text apart as PostgreSQL's default parser does. At each place the kinds of tokens are tried in
// turn, and the first that is there is taken. Bytes that are no UTF-8 are characters of no class.
//
// A text takes time by its length: what is looked at far ahead is remembered, so that it is not looked at again
// from each place on the way.
type parser struct {
	text   string
	at     int
	queue  []Token // found already, of a text before at
	parts  span    // of a hyphenated word, still to be taken
	raw    bool    // within a script or a style, where there are tags alone
	unsign bool    // the sign here is the hyphen behind a hyphenated word

	name      nameRun
	deadPaths span
	noComment bool // none ends from here on
}

// span is a part of the text.
type span struct{ from, to int }

func newParser(text string) *parser { return &parser{text: text} }

// Tokens are what ts_parse() shows of a text, one by one; the type of what is behind the last is 0.
func Tokens(text string) func() Token { return newParser(text).next }

// next returns the next token; its type is 0 at the end.
func (p *parser) next() Token {
	if len(p.queue) > 0 {
		t := p.queue[0]
		p.queue = p.queue[1:]
		return t
	}
	if p.parts.from < p.parts.to {
		return p.part()
	}
	if p.at >= len(p.text) {
		return Token{}
	}
	unsign := p.unsign
	p.unsign = false
	switch c := p.text[p.at]; {
	case c == '<':
		switch end, lost := p.tag(); {
		case lost:
			p.at = len(p.text)
			return Token{}
		case end > 0:
			return p.take(tag, end)
		}
	case p.raw:
	case c == '&':
		if end := p.entity(); end > 0 {
			return p.take(entity, end)
		}
	case c == '/' || c == '.' || c == '~':
		if end := p.path(); end > 0 {
			return p.take(file, end)
		}
	case c == '+' || c == '-' && !unsign:
		if kind, end := p.signed(); end > 0 {
			return p.take(kind, end)
		}
	default:
		if r, _ := p.rune(p.at); isAlpha(r) || isDigit(r) {
			return p.wordLike()
		}
	}
	if r, _ := p.rune(p.at + 1); unsign && p.text[p.at] == '-' && isSpecial(r) {
		return p.take(blank, p.at+1)
	}
	return p.take(blank, p.blankEnd())
}

// take takes the text up to end, which is a token.
func (p *parser) take(kind TokenType, end int) Token {
	t := Token{kind, p.text[p.at:end]}
	p.at = end
	return t
}

// rune returns the character at a place; its length is 0 at the end.
func (p *parser) rune(at int) (rune, int) {
	if at >= len(p.text) {
		return 0, 0
	}
	return utf8.DecodeRuneInString(p.text[at:])
}

// byte returns what is at a place, 0 at the end.
func (p *parser) byte(at int) byte {
	if at >= len(p.text) {
		return 0
	}
	return p.text[at]
}

// while returns where the first byte from at on is that is not of a class.
func (p *parser) while(at int, class func(byte) bool) int {
	for at < len(p.text) && class(p.text[at]) {
		at++
	}
	return at
}

func digitByte(c byte) bool  { return isDigit(rune(c)) }
func letterByte(c byte) bool { return isLetter(rune(c)) }
func alnumByte(c byte) bool  { return digitByte(c) || letterByte(c) }

// blankEnd returns where the blank ends that begins here: before whatever another token may begin with.
func (p *parser) blankEnd() int {
	_, size := p.rune(p.at)
	end := p.at + size
	for end < len(p.text) {
		r, size := p.rune(end)
		switch {
		case r == '<', !p.raw && (r == '&' || r == '/' || r == '+' || r == '-' || isAlpha(r) || isDigit(r)):
			return end
		}
		end += size
	}
	return end
}

// wordLike takes a token that begins with a letter or a digit.
func (p *parser) wordLike() Token {
	ascii := alnumByte(p.text[p.at])
	if ascii {
		if end := p.protocol(); end > 0 {
			return p.take(protocol, end)
		}
		if end := p.scientific(p.at, false); end > 0 {
			return p.take(sfloat, end)
		}
		if end := p.email(); end > 0 {
			return p.take(email, end)
		}
		if end := p.host(p.at); end > 0 {
			return p.hostOrURL(end)
		}
		if end := p.scientific(p.at, true); end > 0 {
			return p.take(sfloat, end)
		}
	}
	w := p.word(p.at)
	if w.foreign && w.digits {
		if end := p.emailAt(w.end); end > 0 {
			return p.take(email, end)
		}
	}
	if end := p.fileAfter(w); end > 0 {
		return p.take(file, end)
	}
	if w.digits && !w.letters {
		kind, end := p.number(p.at)
		return p.take(kind, end)
	}
	if whole, joined := p.compound(w); joined {
		return p.hyphenated(whole)
	}
	return p.take(w.kind(asciiWord, word, numWord), w.end)
}

// protocol: letters before ://.
func (p *parser) protocol() int {
	const sign = "://"
	if end := p.while(p.at, letterByte); end > p.at && end+len(sign) <= len(p.text) && p.text[end:end+len(sign)] == sign {
		return end + len(sign)
	}
	return 0
}

// A wordRun is letters and digits up to where there are no more.
type wordRun struct {
	start, end int
	letters    bool // or signs within words
	digits     bool
	foreign    bool // not in ASCII
}

func (p *parser) word(at int) wordRun {
	w := wordRun{start: at, end: at}
	for {
		r, size := p.rune(w.end)
		switch {
		case size == 0:
			return w
		case isDigit(r):
			w.digits = true
		case isAlpha(r), isSpecial(r) && w.end > at:
			w.letters = true
			w.foreign = w.foreign || size > 1
		default:
			return w
		}
		w.end += size
	}
}

func (w wordRun) kind(ascii, letters, digits TokenType) TokenType {
	switch {
	case w.digits:
		return digits
	case w.foreign:
		return letters
	}
	return ascii
}

// compound returns what hyphens join to w; joined is false if that stands alone. A number is no such word.
func (p *parser) compound(w wordRun) (whole wordRun, joined bool) {
	whole = w
	for p.byte(whole.end) == '-' {
		next := p.word(whole.end + 1)
		if !next.letters {
			break
		}
		joined = true
		whole.end = next.end
		whole.digits = whole.digits || next.digits
		whole.foreign = whole.foreign || next.foreign
	}
	return whole, joined
}

// hyphenated takes words that are joined: as a whole, then one by one. A hyphen that follows is no sign of a number.
func (p *parser) hyphenated(whole wordRun) Token {
	p.parts = span{whole.start, whole.end}
	p.unsign = true
	return p.take(whole.kind(asciiHyphenated, hyphenated, numHyphenated), whole.end)
}

// part takes the next of words that are joined, or the hyphen before it.
func (p *parser) part() Token {
	at := p.parts.from
	if p.text[at] == '-' {
		p.parts.from++
		return Token{blank, "-"}
	}
	w := p.word(at)
	p.parts.from = w.end
	return Token{w.kind(asciiPart, wordPart, numPart), p.text[at:w.end]}
}

// number returns the kind and the end of a number without a sign: 1, 1.2 or 1.2.3.
func (p *parser) number(at int) (TokenType, int) {
	end := p.while(at, digitByte)
	for groups := 1; ; groups++ {
		if p.byte(end) != '.' || !digitByte(p.byte(end+1)) {
			return [...]TokenType{unsignedInt, float, version}[min(groups, 3)-1], end
		}
		end = p.while(end+1, digitByte)
	}
}

// signed returns the kind and the end of a number behind the sign here.
func (p *parser) signed() (TokenType, int) {
	if end := p.scientific(p.at+1, true); end > 0 {
		return sfloat, end
	}
	if !digitByte(p.byte(p.at + 1)) {
		return 0, 0
	}
	switch kind, end := p.number(p.at + 1); kind {
	case unsignedInt:
		return signedInt, end
	case float:
		return float, end
	}
	return 0, 0 // the sign is not a version's
}

// scientific: 1e5, with a fraction 1.5e-5. Only the former is never the beginning of a host.
func (p *parser) scientific(at int, fraction bool) int {
	end := p.while(at, digitByte)
	if end == at {
		return 0
	}
	if fraction && p.byte(end) == '.' && digitByte(p.byte(end+1)) {
		end = p.while(end+1, digitByte)
	}
	if p.byte(end)|0x20 != 'e' {
		return 0
	}
	end++
	if c := p.byte(end); c == '+' || c == '-' {
		end++
	}
	if !digitByte(p.byte(end)) {
		return 0
	}
	return p.while(end, digitByte)
}
