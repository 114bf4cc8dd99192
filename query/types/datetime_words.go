package types

import "sync"

type wordKind uint8

const (
	wordMonth wordKind = iota + 1
	wordWeekday
	wordReserved // now, today, epoch, infinity …
	wordMeridian
	wordEra
	wordIgnore
	wordDST
	wordISOTime
	wordUnit // y, m, d, h, s, j before a number
)

// Values of reserved words, meridians, eras and units.
const (
	valueNow = iota + 1
	valueToday
	valueTomorrow
	valueYesterday
	valueEpoch
	valueLate
	valueEarly
	valueAllBalls
	valueAM
	valuePM
	valueAD
	valueBC
	valueYear
	valueMonth
	valueDay
	valueHour
	valueMinute
	valueSecond
	valueJulian
)

type timeWord struct {
	kind  wordKind
	value int
}

var timeWords = sync.OnceValue(func() map[string]timeWord {
	m := map[string]timeWord{
		"now": {wordReserved, valueNow}, "today": {wordReserved, valueToday},
		"tomorrow": {wordReserved, valueTomorrow}, "yesterday": {wordReserved, valueYesterday},
		"epoch": {wordReserved, valueEpoch}, "infinity": {wordReserved, valueLate},
		"-infinity": {wordReserved, valueEarly},
		"allballs":  {wordReserved, valueAllBalls},
		"am":        {wordMeridian, valueAM}, "pm": {wordMeridian, valuePM},
		"ad": {wordEra, valueAD}, "bc": {wordEra, valueBC},
		"at": {wordIgnore, 0}, "on": {wordIgnore, 0}, "dst": {wordDST, 0}, "t": {wordISOTime, 0},
		"y": {wordUnit, valueYear}, "m": {wordUnit, valueMonth}, "mm": {wordUnit, valueMinute},
		"d": {wordUnit, valueDay}, "h": {wordUnit, valueHour}, "s": {wordUnit, valueSecond},
		"j": {wordUnit, valueJulian}, "jd": {wordUnit, valueJulian}, "julian": {wordUnit, valueJulian},
	}
	addWords(m, wordMonth, 1, []string{
		"january", "february", "march", "april", "may", "june", "july",
		"august", "september", "october", "november", "december",
	})
	addWords(m, wordWeekday, 0, []string{
		"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
	})
	m["sept"] = timeWord{wordMonth, 9}
	m["tues"] = timeWord{wordWeekday, 2}
	m["weds"] = timeWord{wordWeekday, 3}
	m["thur"], m["thurs"] = timeWord{wordWeekday, 4}, timeWord{wordWeekday, 4}
	return m
})

func addWords(m map[string]timeWord, kind wordKind, first int, words []string) {
	for i, w := range words {
		m[w] = timeWord{kind, first + i}
		m[w[:3]] = timeWord{kind, first + i}
	}
}
