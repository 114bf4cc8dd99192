package types

import "time"

// TimestamptzAdd is TimestampAdd with days and months counted in loc.
func TimestamptzAdd(ts int64, i Interval, loc *time.Location) (int64, error) {
	if !FiniteTime(ts) {
		return ts, nil
	}
	if i.Months != 0 || i.Days != 0 {
		local, err := addCalendar(LocalOf(ts, loc), i)
		if err != nil {
			return 0, err
		}
		if ts, err = InstantOf(local, loc); err != nil {
			return 0, err
		}
	}
	return checkTimestamp(addInt64(ts, i.Micros))
}
