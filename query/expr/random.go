package expr

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"sync"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Random is what a session's random() draws from: what setseed makes of it follows
// PostgreSQL. The zero value is unpredictable. It may be used concurrently.
type Random struct {
	mu     sync.Mutex
	seeded bool
	state  [2]uint64
}

// seed begins the numbers that belong to a seed from -1 to 1.
func (r *Random) seed(f float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	seed := uint64(int64((1<<52 - 1) * f))
	r.state, r.seeded = [2]uint64{splitMix(&seed), splitMix(&seed)}, true
}

// float is a number from 0 to 1, of 52 bits.
func (r *Random) float() float64 {
	if r == nil {
		return rand.Float64()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.seeded {
		r.state, r.seeded = [2]uint64{rand.Uint64() | 1, rand.Uint64()}, true
	}
	return math.Ldexp(float64(r.next()>>12), -52)
}

// next is xoroshiro128** of Blackman and Vigna.
func (r *Random) next() uint64 {
	a, b := r.state[0], r.state[1]^r.state[0]
	r.state = [2]uint64{bits.RotateLeft64(a, 24) ^ b ^ b<<16, bits.RotateLeft64(b, 37)}
	return bits.RotateLeft64(a*5, 7) * 9
}

// splitMix is splitmix64 of Steele, Lea and Flood.
func splitMix(state *uint64) uint64 {
	*state += 0x9E3779B97F4A7C15
	v := *state
	v = (v ^ v>>30) * 0xBF58476D1CE4E5B9
	v = (v ^ v>>27) * 0x94D049BB133111EB
	return v ^ v>>31
}

func setSeed(env *Env, a types.Datum) (types.Datum, error) {
	f := a.Float()
	switch {
	case f < -1 || f > 1 || math.IsNaN(f):
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "setseed parameter %s is out of allowed range [-1,1]", types.ShortFloat(f))
	case env.Random == nil:
		return types.Null, unavailable("function setseed(double precision)")
	}
	env.Random.seed(f)
	return types.String(""), nil
}
