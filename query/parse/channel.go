package parse

import "strings"

// Channel returns the name in LISTEN or UNLISTEN. The grammar cuts names after 63
// bytes; a channel may end with a whole entity, so it is read from the text.
// given is the grammar's, for the forms that are cut all the same (U&"").
func (s *Statement) Channel(given string) string {
	l := lexer{text: s.SQL()}
	verb := true
	for t := l.next(); t.kind != tokEOF; t = l.next() {
		text := l.text[t.start:t.end]
		switch {
		case t.kind == tokComment:
		case verb:
			verb = false
		case t.kind == tokIdent:
			return longer(given, strings.ToLower(text))
		case t.kind == tokQuoted && text[0] == '"':
			return longer(given, strings.ReplaceAll(text[1:len(text)-1], `""`, `"`))
		default:
			return given
		}
	}
	return given
}

// longer is the whole of a name if cut is its beginning.
func longer(cut, whole string) string {
	if strings.HasPrefix(whole, cut) {
		return whole
	}
	return cut
}
