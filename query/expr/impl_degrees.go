package expr

import (
	"math"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Functions of angles in degrees. They are scaled so that they are exact where the
// result is, by PostgreSQL's own formulas.

const radiansPerDegree = 0.0174532925199432957692

// inRadians is rounded as PostgreSQL rounds it, for constants too.
func inRadians(x float64) float64 { return x * radiansPerDegree }

// sineOf and cosineOf take degrees of the first quadrant.
func sineOf(x float64) float64 {
	if x <= 30 {
		return libmSin(inRadians(x)) / libmSin(inRadians(30)) / 2
	}
	return cosineTo60(90 - x)
}

func cosineOf(x float64) float64 {
	if x <= 60 {
		return cosineTo60(x)
	}
	return sineOf(90 - x)
}

func cosineTo60(x float64) float64 {
	return 1 - (1-libmCos(inRadians(x)))/(1-libmCos(inRadians(60)))/2
}

// quadrant brings an angle into the first one. The signs are those that the sine and
// the cosine get.
func quadrant(x float64) (first, sine, cosine float64) {
	x, sine, cosine = math.Mod(x, 360), 1, 1
	if x < 0 {
		x, sine = -x, -sine
	}
	if x > 180 {
		x, sine = 360-x, -sine
	}
	if x > 90 {
		x, cosine = 180-x, -cosine
	}
	return x, sine, cosine
}

func errInputRange() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "input is out of range")
}

func ofAngle(f func(x, sine, cosine float64) float64) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) {
		x := a.Float()
		switch {
		case math.IsNaN(x):
			return a, nil
		case math.IsInf(x, 0):
			return types.Null, errInputRange()
		}
		first, sine, cosine := quadrant(x)
		return types.Float(f(first, sine, cosine)), nil
	}
}

func ofRatio(f func(x float64) float64) Func1 {
	return func(_ *Env, a types.Datum) (types.Datum, error) {
		x := a.Float()
		if math.IsNaN(x) {
			return a, nil
		}
		if x < -1 || x > 1 {
			return types.Null, errInputRange()
		}
		return types.Float(f(x)), nil
	}
}

func arcSine(x float64) float64 {
	if x <= 0.5 {
		return libmAsin(x) / libmAsin(0.5) * 30
	}
	return 90 - libmAcos(x)/libmAcos(0.5)*60
}

func arcCosine(x float64) float64 {
	if x <= 0.5 {
		return 90 - libmAsin(x)/libmAsin(0.5)*30
	}
	return libmAcos(x) / libmAcos(0.5) * 60
}

func degrees() map[string]any {
	withoutMinus := func(x float64) float64 {
		if x == 0 {
			return 0
		}
		return x
	}
	return map[string]any{
		"dsind": ofAngle(func(x, sine, _ float64) float64 { return sine * sineOf(x) }),
		"dcosd": ofAngle(func(x, _, cosine float64) float64 { return cosine * cosineOf(x) }),
		"dtand": ofAngle(func(x, sine, cosine float64) float64 {
			return withoutMinus(sine * cosine * ((sineOf(x) / cosineOf(x)) / (sineOf(45) / cosineOf(45))))
		}),
		"dcotd": ofAngle(func(x, sine, cosine float64) float64 {
			return withoutMinus(sine * cosine * ((cosineOf(x) / sineOf(x)) / (cosineOf(45) / sineOf(45))))
		}),
		"dasind": ofRatio(func(x float64) float64 {
			if x < 0 {
				return -arcSine(-x)
			}
			return arcSine(x)
		}),
		"dacosd": ofRatio(func(x float64) float64 {
			if x < 0 {
				return 90 + arcSine(-x)
			}
			return arcCosine(x)
		}),
		"datand": Func1(func(_ *Env, a types.Datum) (types.Datum, error) {
			return types.Float(libmAtan(a.Float()) / libmAtan(1) * 45), nil
		}),
		"datan2d": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return types.Float(libmAtan2(a.Float(), b.Float()) / libmAtan(1) * 45), nil
		}),
	}
}
