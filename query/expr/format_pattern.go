package expr

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// formatNode is a piece of a format of to_char: a pattern, or a literal.
type formatNode struct {
	key     string // the pattern as it was written; "" = literal
	literal string
	quoted  bool // the literal was in quotes
	fill    bool // not behind FM
	local   bool // behind TM
	th      string
}

// datePatterns are those of date and time formats, longer ones before their
// beginnings, in the cases that PostgreSQL knows.
var datePatterns = patternsOf(
	"A.D. A.M. AD AM B.C. BC CC DAY DDD DD DY D FF1 FF2 FF3 FF4 FF5 FF6 FX HH24 HH12 HH IDDD ID IW IYYY IYY IY I J MI MM MONTH MON MS "+
		"OF P.M. PM Q RM SSSSS SSSS SS TZH TZM TZ US WW W Y,YYY YYYY YYY YY Y", "Day Dy Month Mon")

// numberPatterns are those of number formats.
var numberPatterns = patternsOf(", . 0 9 B C D EEEE FM G L MI PL PR RN SG SP S TH V", "")

func patternsOf(upper, mixed string) []string {
	all := strings.Fields(upper + " " + mixed)
	for _, p := range strings.Fields(upper) {
		if low := strings.ToLower(p); low != p {
			all = append(all, low)
		}
	}
	slices.SortStableFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// formatBytesMax bounds a format, below PostgreSQL's own bound.
const formatBytesMax = 1 << 22

// parseFormat splits a format into its patterns and what stands between them.
func parseFormat(format string, patterns []string, dates bool) ([]formatNode, error) {
	if len(format) > formatBytesMax {
		return nil, errTooLarge()
	}
	var nodes []formatNode
	for format != "" {
		n := formatNode{fill: true}
		if dates {
			format = n.prefix(format)
		}
		if n.key = patternAt(format, patterns); n.key == "" {
			nodes, format = literalAt(nodes, format)
			continue
		}
		format = format[len(n.key):]
		if dates {
			format = n.suffix(format)
		}
		nodes = append(nodes, n)
	}
	return nodes, nil
}

func (n *formatNode) prefix(format string) string {
	switch {
	case strings.HasPrefix(format, "FM"), strings.HasPrefix(format, "fm"):
		n.fill = false
	case strings.HasPrefix(format, "TM"), strings.HasPrefix(format, "tm"):
		n.local = true
	default:
		return format
	}
	return format[2:]
}

func (n *formatNode) suffix(format string) string {
	switch {
	case strings.HasPrefix(format, "TH"), strings.HasPrefix(format, "th"):
		n.th = format[:2]
	case strings.HasPrefix(format, "SP"):
	default:
		return format
	}
	return format[2:]
}

func patternAt(format string, patterns []string) string {
	for _, p := range patterns {
		if strings.HasPrefix(format, p) {
			return p
		}
	}
	return ""
}

// literalAt takes a quoted string, or one character.
func literalAt(nodes []formatNode, format string) ([]formatNode, string) {
	if format == "" {
		return nodes, ""
	}
	if format[0] != '"' {
		if strings.HasPrefix(format, `\"`) {
			format = format[1:]
		}
		n := charLen(format)
		return append(nodes, formatNode{literal: format[:n]}), format[n:]
	}
	for format = format[1:]; format != ""; {
		if format[0] == '"' {
			return nodes, format[1:]
		}
		if format[0] == '\\' && len(format) > 1 {
			format = format[1:]
		}
		n := charLen(format)
		nodes, format = append(nodes, formatNode{literal: format[:n], quoted: true}), format[n:]
	}
	return nodes, format
}

func charLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}

// ordinal is the ending of an ordinal number, in the case of th.
func ordinal(number, th string) string {
	last := number[len(number)-1]
	if len(number) > 1 && number[len(number)-2] == '1' {
		last = '0'
	}
	end := map[byte]string{'1': "st", '2': "nd", '3': "rd"}[last]
	if end == "" {
		end = "th"
	}
	if th == "TH" {
		return strings.ToUpper(end)
	}
	return end
}
