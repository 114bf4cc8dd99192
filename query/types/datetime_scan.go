package types

import "strings"

// A date or time text is first cut into fields by their looks, then each field is
// understood by what is known so far (datetime_decode.go). The rules are those of
// PostgreSQL's documentation, appendix B.1.
type fieldKind uint8

const (
	fieldNumber  fieldKind = iota + 1 // digits, perhaps with a point
	fieldDate                         // with - / . inside, or a zone name
	fieldTime                         // with :
	fieldZone                         // + or - and digits
	fieldWord                         // letters
	fieldSpecial                      // + or - and letters
)

type textField struct {
	kind fieldKind
	text string // lower case
}

const (
	textFieldsMax = 25
	textBytesMax  = 128
)

func isDigit(b byte) bool { return b-'0' <= 9 }
func isAlpha(b byte) bool { return (b|0x20)-'a' <= 25 }

// scanFields cuts a text into fields; false if a byte can be in none.
func scanFields(s string) ([]textField, bool) {
	var fields []textField
	s = strings.ToLower(s)
	bytes := 0
	for i := 0; i < len(s); {
		switch b := s[i]; {
		case isSpace(b):
			i++
			continue
		case !isDigit(b) && !isAlpha(b) && b != '.' && b != '+' && b != '-':
			if b < '!' || b > '~' {
				return nil, false
			}
			i++ // other punctuation only separates
			continue
		}
		kind, text, next := scanField(s, i)
		if bytes += len(text) + 1; kind == 0 || bytes > textBytesMax+textFieldsMax {
			return nil, false
		}
		fields = append(fields, textField{kind, text})
		if len(fields) > textFieldsMax {
			return nil, false
		}
		i = next
	}
	return fields, true
}

func spanOf(s string, i int, in func(byte) bool) int {
	for i < len(s) && in(s[i]) {
		i++
	}
	return i
}

func scanField(s string, i int) (fieldKind, string, int) {
	switch b := s[i]; {
	case isDigit(b):
		kind, end := scanNumberField(s, i)
		return kind, s[i:end], end
	case b == '.':
		end := spanOf(s, i+1, isDigit)
		return fieldNumber, s[i:end], end
	case isAlpha(b):
		kind, end := scanWordField(s, i)
		return kind, s[i:end], end
	}
	return scanSigned(s, i)
}

func scanNumberField(s string, i int) (fieldKind, int) {
	end := spanOf(s, i, isDigit)
	if end == len(s) {
		return fieldNumber, end
	}
	switch delim := s[end]; delim {
	case ':':
		return fieldTime, spanOf(s, end, func(b byte) bool { return isDigit(b) || b == ':' || b == '.' })
	case '-', '/', '.':
		if end+1 == len(s) || !isDigit(s[end+1]) {
			end = spanOf(s, end, func(b byte) bool { return isDigit(b) || isAlpha(b) || b == delim })
			return fieldDate, end
		}
		kind := fieldDate
		if delim == '.' {
			kind = fieldNumber
		}
		end = spanOf(s, end+1, isDigit)
		if end < len(s) && s[end] == delim {
			return fieldDate, spanOf(s, end, func(b byte) bool { return isDigit(b) || b == delim })
		}
		return kind, end
	}
	return fieldNumber, end
}

func scanWordField(s string, i int) (fieldKind, int) {
	end := spanOf(s, i, isAlpha)
	if end == len(s) {
		return fieldWord, end
	}
	date := false
	switch b := s[end]; {
	case b == '-' || b == '/' || b == '.':
		date = true
	case b == '+' || isDigit(b):
		_, known := timeWords()[s[i:end]]
		date = !known
	}
	if !date {
		return fieldWord, end
	}
	return fieldDate, spanOf(s, end, func(b byte) bool {
		return isDigit(b) || isAlpha(b) || strings.IndexByte("+-/_.:", b) >= 0
	})
}

func scanSigned(s string, i int) (fieldKind, string, int) {
	start := spanOf(s, i+1, isSpace)
	switch {
	case start == len(s):
		return 0, "", start
	case isDigit(s[start]):
		end := spanOf(s, start, func(b byte) bool { return isDigit(b) || b == ':' || b == '.' || b == '-' })
		return fieldZone, s[i:i+1] + s[start:end], end
	case isAlpha(s[start]):
		end := spanOf(s, start, isAlpha)
		return fieldSpecial, s[i:i+1] + s[start:end], end
	}
	return 0, "", start
}
