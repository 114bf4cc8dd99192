package textsearch

import (
	"math"
	"slices"
	"strings"
)

// Weights are those of D, C, B and A.
type Weights [4]float32

// DefaultWeights are what ts_rank() goes by if it is told nothing else.
var DefaultWeights = Weights{0.1, 0.2, 0.4, 1}

// Normalization is what a rank is divided by, as bits.
type Normalization int32

const (
	byLogLength Normalization = 1 << iota
	byLength
	byDistance
	byUnique
	byLogUnique
	byItself
)

// Rank is ts_rank(), computed step by step as PostgreSQL does: in double where C does, and rounded where it stores a
// float4. check is asked now and then whether to go on. A conversion around a product keeps the compiler from fusing it with a sum.
func Rank(w Weights, v Vector, q Query, n Normalization, check func() error) (float32, error) {
	if len(v) == 0 || len(q) == 0 {
		return 0, nil
	}
	var r float32
	s := steps{check: check}
	if q[0].op == opAnd || q[0].op == opPhrase {
		r = rankAll(&s, w, v, q)
	} else {
		r = rankAny(&s, w, v, q)
	}
	if r < 0 {
		r = 1e-20
	}
	if n&byLogLength != 0 {
		r = float32(float64(r) / (math.Log(float64(v.length()+1)) / math.Log(2)))
	}
	if n&byLength != 0 {
		r /= float32(v.length())
	}
	if n&byUnique != 0 {
		r /= float32(len(v))
	}
	if n&byLogUnique != 0 {
		r = float32(float64(r) / (math.Log(float64(len(v)+1)) / math.Log(2)))
	}
	if n&byItself != 0 {
		r /= r + 1
	}
	return r, s.err
}

// length is how many words the document has, each lexeme without positions for one.
func (v Vector) length() int {
	n := 0
	for i := range v {
		n += max(1, len(v[i].Positions))
	}
	return n
}

// operandsOf are the words of a query, each once.
func operandsOf(q Query) []*item {
	var all []*item
	for i := range q {
		if q[i].op == 0 {
			all = append(all, &q[i])
		}
	}
	qsort(all, func(a, b *item) int { return strings.Compare(a.word, b.word) })
	return slices.CompactFunc(all, func(a, b *item) bool { return a.word == b.word })
}

// entries are the lexemes that a word of a query means.
func (v Vector) entries(t *item) Vector {
	i, ok := v.find(t.word)
	if !t.prefix {
		if ok {
			return v[i : i+1]
		}
		return nil
	}
	end := i
	for end < len(v) && strings.HasPrefix(v[end].Word, t.word) {
		end++
	}
	return v[i:end]
}

// wordDistance is what two words that are so far apart count together.
func wordDistance(d int) float32 {
	if d > 100 {
		return 1e-30
	}
	return float32(1 / (1.005 + float64(0.05*math.Exp(float64(float32(d))/1.5-2))))
}

// noPlace stands for a lexeme without positions.
var noPlace = []Position{positionMax}

func rankAll(s *steps, w Weights, v Vector, q Query) float32 {
	words := operandsOf(q)
	if len(words) < 2 {
		return rankAny(s, w, v, q)
	}
	r := float32(-1)
	places := make([][]Position, len(words))
	for i, t := range words {
		for _, l := range v.entries(t) {
			places[i] = l.Positions
			if l.Positions == nil {
				places[i] = noPlace
			}
			for _, others := range places[:i] {
				if !s.goOn(1 + len(places[i])*len(others)) {
					return r
				}
				r = rankPairs(w, r, places[i], others)
			}
		}
	}
	return r
}

func rankPairs(w Weights, r float32, these, those []Position) float32 {
	nowhere := &these[0] == &noPlace[0] || len(those) > 0 && &those[0] == &noPlace[0]
	for _, p := range these {
		for _, o := range those {
			d := p.At() - o.At()
			if d < 0 {
				d = -d
			}
			if d == 0 && !nowhere {
				continue
			}
			if d == 0 {
				d = positionMax + 1
			}
			one := float32(math.Sqrt(float64(w[p.Weight()] * w[o.Weight()] * wordDistance(d))))
			if r < 0 {
				r = one
			} else {
				r = float32(1 - float64((1-float64(r))*(1-float64(one))))
			}
		}
	}
	return r
}

func rankAny(s *steps, w Weights, v Vector, q Query) float32 {
	words := operandsOf(q)
	var r float32
	for _, t := range words {
		for _, l := range v.entries(t) {
			if !s.goOn(1 + len(l.Positions)) {
				return r
			}
			r = rankPlaces(w, r, l.Positions)
		}
	}
	if len(words) > 0 {
		r /= float32(len(words))
	}
	return r
}

// rankPlaces adds what the places of a lexeme count: the first of the greatest weight fully, those behind ever less.
func rankPlaces(w Weights, r float32, places []Position) float32 {
	if places == nil {
		places = []Position{0}
	}
	const piSquaredBy6 = 1.64493406685
	var sum float32
	best, at := float32(-1), 0
	for j, p := range places {
		sum += w[p.Weight()] / float32((j+1)*(j+1))
		if w[p.Weight()] > best {
			best, at = w[p.Weight()], j
		}
	}
	return float32(float64(r) + float64(best+sum-best/float32((at+1)*(at+1)))/piSquaredBy6)
}
