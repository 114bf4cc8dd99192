package expr

import (
	"github.com/projsql/projsql/query/types"
)

// overlapsOf are the forms of OVERLAPS of a type that give a length instead of an end.
func overlapsOf(all map[string]any, of types.OID, name string, plus Func2) {
	for _, form := range []struct {
		args    string
		lengths []int // the arguments that are
	}{
		{name + ",interval," + name + ",interval", []int{1, 3}},
		{name + ",interval," + name + "," + name, []int{1}},
		{name + "," + name + "," + name + ",interval", []int{3}},
	} {
		judge := overlaps(of)
		all[`"overlaps"(`+form.args+")"] = FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
			ends := append([]types.Datum(nil), args...)
			for _, i := range form.lengths {
				var err error
				if ends[i], err = sumOrNull(env, plus, args[i-1], args[i]); err != nil {
					return types.Null, err
				}
			}
			return judge(env, ends)
		})
	}
}

// overlaps reports whether two periods of a type have a moment in common, each given by
// its ends.
func overlaps(of types.OID) FuncN {
	before := func(a, b types.Datum) bool { return types.Compare(of, a, b) < 0 }
	return func(_ *Env, args []types.Datum) (types.Datum, error) {
		from1, to1, ok1 := period(before, args[0], args[1])
		from2, to2, ok2 := period(before, args[2], args[3])
		if !ok1 || !ok2 {
			return types.Null, nil
		}
		if before(from2, from1) {
			from1, to1, from2, to2 = from2, to2, from1, to1
		}
		switch {
		case !before(from1, from2):
			if to1.IsNull() || to2.IsNull() {
				return types.Null, nil
			}
			return types.Bool(true), nil
		case !to1.IsNull() && before(from2, to1):
			return types.Bool(true), nil
		case to1.IsNull() || to2.IsNull():
			return types.Null, nil
		}
		return types.Bool(false), nil
	}
}

// period orders the ends; a NULL end is last, and without any there is no period.
func period(before func(a, b types.Datum) bool, a, b types.Datum) (from, to types.Datum, ok bool) {
	switch {
	case a.IsNull():
		return b, types.Null, !b.IsNull()
	case b.IsNull():
		return a, types.Null, true
	case before(b, a):
		return b, a, true
	}
	return a, b, true
}

func sumOrNull(env *Env, plus Func2, a, b types.Datum) (types.Datum, error) {
	if a.IsNull() || b.IsNull() {
		return types.Null, nil
	}
	return plus(env, a, b)
}

func zonedTimes() map[string]any {
	return map[string]any{
		"datetimetz_timestamptz":                  Func2(dateTimetz),
		"timetz_pl_interval":                      Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return timetzAdd(a, b.Interval().Micros), nil }),
		"timetz_mi_interval":                      Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return timetzAdd(a, -b.Interval().Micros), nil }),
		"timetzdate_pl(time with time zone,date)": Func2(func(env *Env, a, b types.Datum) (types.Datum, error) { return dateTimetz(env, b, a) }),
		"interval_pl_timetz(interval,time with time zone)": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return timetzAdd(b, a.Interval().Micros), nil
		}),
	}
}

func overlapsWithLengths() map[string]any {
	all := map[string]any{}
	overlapsOf(all, types.TimestampOID, "timestamp without time zone", timestampPlus)
	overlapsOf(all, types.TimestamptzOID, "timestamp with time zone", timestamptzPlus)
	overlapsOf(all, types.TimeOID, "time without time zone", func(_ *Env, a, b types.Datum) (types.Datum, error) {
		return timeAdd(a.Int(), b.Interval().Micros), nil
	})
	return all
}

func timetzAdd(t types.Datum, micros int64) types.Datum {
	v := t.TimeTZ()
	return types.Pointer(&types.TimeTZ{Micros: floorMod(v.Micros+micros, microsPerDay), WestSeconds: v.WestSeconds})
}

// dateTimetz is date + timetz.
func dateTimetz(_ *Env, a, b types.Datum) (types.Datum, error) {
	ts, err := dateTimestamp(a.Int())
	if err != nil || !finite(ts) {
		return types.Int(ts), err
	}
	t := b.TimeTZ()
	if ts, err = types.CheckTimestamp(ts+t.Micros+int64(t.WestSeconds)*1e6, true); err != nil {
		return types.Null, errDateForTimestamp()
	}
	return types.Int(ts), nil
}
