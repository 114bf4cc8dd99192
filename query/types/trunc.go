package types

// truncUnit is dateUnit for the units that have a length, and the zone's.
func truncUnit(unit string) (string, bool) {
	name, known := dateUnit(unit)
	switch name {
	case "dow", "doy", "epoch", "isodow", "isoyear", "julian":
		return name, false
	}
	return name, known
}

// DateTrunc is date_trunc on a local timestamp; 22023 for an unknown unit.
func DateTrunc(unit string, ts int64) (int64, error) {
	if !FiniteTime(ts) {
		return ts, nil
	}
	name, known := truncUnit(unit)
	if !known {
		return 0, errUnit(LowerASCII(unit), TimestampOID, false)
	}
	if size, ok := clockUnits[name]; ok {
		return ts - floorMod(ts, size), nil
	}
	c, ok := truncDay(name, CivilOf(ts))
	if !ok {
		return 0, errUnit(LowerASCII(unit), TimestampOID, true)
	}
	return checkTimestamp(c.Timestamp())
}

var clockUnits = map[string]int64{
	"microseconds": 1, "milliseconds": 1000, "second": 1e6, "minute": 60e6, "hour": 3600e6, "day": MicrosPerDay,
}

func truncDay(unit string, c Civil) (Civil, bool) {
	first := func(year, month int) (Civil, bool) { return Civil{Year: year, Month: month, Day: 1}, true }
	switch unit {
	case "week":
		days := DaysOf(c.Year, c.Month, c.Day)
		return CivilOfDay(days - floorMod(days+5, 7)), true
	case "month":
		return first(c.Year, c.Month)
	case "quarter":
		return first(c.Year, (c.Month-1)/3*3+1)
	case "year":
		return first(c.Year, 1)
	case "decade":
		return first(int(floorDiv(int64(c.Year), 10)*10), 1)
	case "century":
		return first(int(periodStart(int64(c.Year), 100)), 1)
	case "millennium":
		return first(int(periodStart(int64(c.Year), 1000)), 1)
	}
	return c, false
}

// periodStart is the first year of a century or millennium: 1901, 2001.
func periodStart(year, length int64) int64 {
	return floorDiv(year-1, length)*length + 1
}

// IntervalTrunc is date_trunc on an interval.
func IntervalTrunc(unit string, i Interval) (Interval, error) {
	name, known := truncUnit(unit)
	if !known {
		return Interval{}, errUnit(LowerASCII(unit), IntervalOID, false)
	}
	if name == "day" {
		i.Micros = 0
		return i, nil
	}
	if size, ok := clockUnits[name]; ok {
		i.Micros -= i.Micros % size
		return i, nil
	}
	months := map[string]int32{"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200, "millennium": 12000}[name]
	if months == 0 {
		err := errUnit(LowerASCII(unit), IntervalOID, true)
		if name == "week" {
			err.WithDetail("Months usually have fractional weeks.")
		}
		return Interval{}, err
	}
	return Interval{Months: i.Months / months * months}, nil
}
