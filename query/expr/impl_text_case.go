package expr

import (
	"strings"
	"unicode"
)

// lower and upper map characters one by one, as the locale C.UTF-8 does.
func lower(s string) string { return strings.Map(unicode.ToLower, s) }

func upper(s string) string { return strings.Map(unicode.ToUpper, s) }

func isAlnum(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func initcap(s string) string {
	inside := false
	return strings.Map(func(r rune) rune {
		was := inside
		inside = isAlnum(r)
		if was {
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}

// cased is a function of text that changes cases, those that the collation knows.
func cased(all, ascii func(string) string) maker {
	return func(c *Call) any {
		if c.ASCII {
			return text1(ascii)
		}
		return text1(all)
	}
}

func lowerASCII(s string) string { return onlyASCII(unicode.ToLower, s) }

func upperASCII(s string) string { return onlyASCII(unicode.ToUpper, s) }

// onlyASCII changes characters that are ASCII.
func onlyASCII(change func(rune) rune, s string) string {
	return strings.Map(func(r rune) rune {
		if r > unicode.MaxASCII {
			return r
		}
		return change(r)
	}, s)
}

func initcapASCII(s string) string {
	inside := false
	return strings.Map(func(r rune) rune {
		was := inside
		inside = r <= unicode.MaxASCII && isAlnum(r)
		switch {
		case r > unicode.MaxASCII:
			return r
		case was:
			return unicode.ToLower(r)
		}
		return unicode.ToUpper(r)
	}, s)
}
