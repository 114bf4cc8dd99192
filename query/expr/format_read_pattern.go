package expr

import (
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

func (r *timeReader) pattern(i int, pattern string) error {
	n := &r.nodes[i]
	whole := func(field *int) error {
		_, err := r.number(i, len(n.key), field)
		return err
	}
	width := func(w int, field *int) error {
		_, err := r.number(i, w, field)
		return err
	}
	switch pattern {
	case "FX":
		r.fixed = true
	case "HH", "HH12":
		r.twelve = true
		return width(2, &r.hour)
	case "HH24":
		return width(2, &r.hour)
	case "MI":
		return whole(&r.minute)
	case "SS":
		return whole(&r.second)
	case "SSSS", "SSSSS":
		return whole(&r.secondOfDay)
	case "MS":
		return r.fraction(i, 3, &r.millis)
	case "US":
		return r.fraction(i, 6, &r.micro)
	case "FF1", "FF2", "FF3", "FF4", "FF5", "FF6":
		r.precision = int(pattern[2] - '0')
		if err := r.fraction(i, r.precision, &r.micro); err != nil {
			return err
		}
		return nil
	case "MM":
		return whole(&r.month)
	case "DDD":
		return whole(&r.yearDay)
	case "IDDD":
		return width(3, &r.yearDay)
	case "DD":
		return whole(&r.day)
	case "D":
		return whole(&r.weekday)
	case "WW", "IW":
		return whole(&r.week)
	case "W":
		return whole(&r.monthWeek)
	case "Q":
		return whole(nil)
	case "CC":
		return whole(&r.century)
	case "J":
		return whole(&r.julian)
	case "ID":
		if err := width(1, &r.weekday); err != nil {
			return err
		}
		if r.weekday++; r.weekday > 7 {
			r.weekday = 1
		}
	case "TZ", "OF":
		return sqlstate.New(sqlstate.FeatureNotSupported, "formatting field \"%s\" is only supported in to_char", n.key)
	case "TZH":
		return r.zoneHours(i)
	case "TZM":
		if r.zoneSign == 0 {
			r.zoneSign = 1
		}
		return width(2, &r.zoneMinute)
	default:
		if strings.Contains(pattern, "Y") && pattern != "DAY" && pattern != "DY" || pattern == "I" {
			return r.yearPattern(i, pattern)
		}
		return r.wordPattern(n, pattern)
	}
	return nil
}

// fraction reads digits behind a point: 5 is a half.
func (r *timeReader) fraction(i, digits int, field *int) error {
	used, err := r.number(i, digits, field)
	if err != nil {
		return err
	}
	places := 6
	if field == &r.millis {
		places = 3
	}
	for ; used < places; used++ {
		*field *= 10
	}
	return nil
}

// zoneHours reads a signed number; the sign may have been taken for a separator.
func (r *timeReader) zoneHours(i int) error {
	switch c := r.rest[0]; {
	case c == '+' || c == ' ' || c == '-':
		r.zoneSign = 1
		if c == '-' {
			r.zoneSign = -1
		}
		r.rest = r.rest[1:]
	case r.skipped > 0 && r.in[len(r.in)-len(r.rest)-1] == '-':
		r.zoneSign = -1
	default:
		r.zoneSign = 1
	}
	_, err := r.number(i, 2, &r.zoneHour)
	return err
}

func (r *timeReader) yearPattern(i int, pattern string) error {
	if pattern == "Y,YYY" {
		return r.thousands(&r.nodes[i])
	}
	digits := len(pattern)
	used, err := r.number(i, digits, &r.year)
	if err != nil {
		return err
	}
	if digits < 4 && used < 4 {
		r.year = nearYear(r.year)
	}
	r.yearDigits = digits
	return nil
}

// nearYear completes a year of less than four digits to one near 2020.
func nearYear(y int) int {
	switch {
	case y < 70:
		return y + 2000
	case y < 100:
		return y + 1900
	case y < 520:
		return y + 2000
	case y < 1000:
		return y + 1000
	}
	return y
}

// thousands reads 1,999.
func (r *timeReader) thousands(n *formatNode) error {
	millennia, used := leadingInteger(r.rest)
	rest := r.rest[used:]
	if used == 0 || !strings.HasPrefix(rest, ",") {
		return errDatetime("invalid input string for \"Y,YYY\"")
	}
	blanks := len(rest[1:]) - len(trimSpaces(rest[1:]))
	years, size := leadingInteger(rest[1:min(4+blanks, len(rest))])
	if size == 0 {
		return errDatetime("invalid input string for \"Y,YYY\"")
	}
	r.rest = rest[1+size:]
	r.yearDigits = 4
	return r.set(n, &r.year, int(years+millennia*1000))
}

func (r *timeReader) wordPattern(n *formatNode, pattern string) error {
	list, field, add := []string{"AM", "PM"}, &r.pm, 0
	switch pattern {
	case "AM", "PM":
		r.twelve = true
	case "A.M.", "P.M.":
		r.twelve = true
		list = []string{"A.M.", "P.M."}
	case "AD", "BC":
		list, field = []string{"AD", "BC"}, &r.bc
	case "A.D.", "B.C.":
		list, field = []string{"A.D.", "B.C."}, &r.bc
	case "MONTH":
		list, field, add = monthWords, &r.month, 1
	case "MON":
		list, field, add = shortened(monthWords), &r.month, 1
	case "DAY":
		list, field = dayWords, &r.weekday
	case "DY":
		list, field = shortened(dayWords), &r.weekday
	case "RM":
		list = romanMonthWords
	}
	at, err := r.word(n, list)
	if err != nil {
		return err
	}
	if pattern == "RM" {
		return r.set(n, &r.month, 12-at)
	}
	if err := r.set(n, field, at+add); err != nil {
		return err
	}
	if field == &r.weekday {
		r.weekday++
	}
	return nil
}
