package textsearch

import (
	"cmp"
	"math"
	"slices"
)

// mention is a place of a document where words of a query are.
type mention struct {
	at    Position
	entry int32 // of the document
}

// RankCover is ts_rank_cd(): it goes by how close to one another the words are. check is asked now and then whether to go
// on.
func RankCover(w Weights, v Vector, q Query, n Normalization, check func() error) (float32, error) {
	c := newCovers(v, q, check)
	mentions := c.mentions
	if len(mentions) == 0 || c.steps.err != nil {
		return 0, c.steps.err
	}
	var sum, distances, last float64
	extents := 0
	for {
		from, to, ok := c.next()
		if !ok {
			break
		}
		var inverse float64
		for _, m := range mentions[from : to+1] {
			inverse += 1 / float64(w[m.at.Weight()])
		}
		words := to - from
		p, e := mentions[from].at.At(), mentions[to].at.At()
		noise := e - p - words
		if noise < 0 {
			noise = words / 2
		}
		sum += float64(words+1) / inverse / float64(1+noise)
		middle := float64(e+p) / 2
		if extents > 0 && middle > last {
			distances += 1 / (middle - last)
		}
		last = middle
		extents++
	}
	return normalized(sum, v, n, extents, distances), c.steps.err
}

func normalized(sum float64, v Vector, n Normalization, extents int, distances float64) float32 {
	if n&byLogLength != 0 {
		sum /= math.Log(float64(v.length() + 1))
	}
	if n&byLength != 0 {
		sum /= float64(v.length())
	}
	if n&byDistance != 0 && extents > 0 && distances > 0 {
		sum /= float64(extents) / distances
	}
	if n&byUnique != 0 {
		sum /= float64(len(v))
	}
	if n&byLogUnique != 0 {
		sum /= math.Log(float64(len(v)+1)) / math.Log(2)
	}
	if n&byItself != 0 {
		sum /= sum + 1
	}
	return float32(sum)
}

// covers finds the shortest pieces of a document that a query finds, from left to right.
type covers struct {
	query    Query
	words    []*item // of the query, each once with its weights
	phrased  []bool  // by word: it is in a phrase, so that it matters where it is
	byItem   []int32 // words, by number of the item
	byEntry  [][]int32
	mentions []mention // in the order of the document
	from     int       // where the next one is sought
	room     [][]int32 // by word, for all places of it
	seen     [][]int32 // a part of room, ascending
	steps    steps
}

func newCovers(v Vector, q Query, check func() error) *covers {
	c := &covers{query: q, byItem: make([]int32, len(q)), steps: steps{check: check}}
	c.takeWords()
	c.byEntry = make([][]int32, len(v))
	counts := make([]int, len(c.words))
	for w, t := range c.words {
		first, _ := v.find(t.word)
		for e, l := range v.entries(t) {
			c.byEntry[first+e] = append(c.byEntry[first+e], int32(w))
			counts[w] += len(l.Positions)
			if !c.steps.goOn(1) {
				return c
			}
		}
	}
	c.takeMentions(v)
	c.room, c.seen = make([][]int32, len(c.words)), make([][]int32, len(c.words))
	for w, n := range counts {
		if !c.phrased[w] {
			n = min(n, 1)
		}
		c.room[w] = make([]int32, min(n, positionMax+1))
	}
	return c
}

// takeWords finds the words of the query: a document has the same places for those that are alike.
func (c *covers) takeWords() {
	type key struct {
		word    string
		weights uint8
		prefix  bool
	}
	known := map[key]int32{}
	for i, phrased := range c.query.inPhrases() {
		t := &c.query[i]
		if t.op != 0 {
			continue
		}
		k := key{t.word, t.weights, t.prefix}
		w, ok := known[k]
		if !ok {
			w = int32(len(c.words))
			known[k] = w
			c.words, c.phrased = append(c.words, t), append(c.phrased, false)
		}
		c.byItem[i] = w
		c.phrased[w] = c.phrased[w] || phrased
	}
}

// inPhrases says of each item whether a phrase is above it.
func (q Query) inPhrases() []bool {
	in := make([]bool, len(q))
	for i := range q {
		if t := &q[i]; t.op != 0 {
			below := in[i] || t.op == opPhrase
			in[i+1], in[i+t.left] = below, below
		}
	}
	return in
}

func (c *covers) takeMentions(v Vector) {
	for e, words := range c.byEntry {
		for _, p := range v[e].Positions {
			if slices.ContainsFunc(words, func(w int32) bool { return c.words[w].weighs(p) }) {
				c.mentions = append(c.mentions, mention{p, int32(e)})
			}
			if !c.steps.goOn(len(words)) {
				return
			}
		}
	}
	slices.SortFunc(c.mentions, func(a, b mention) int {
		return cmp.Or(cmp.Compare(a.at.At(), b.at.At()), cmp.Compare(a.at.Weight(), b.at.Weight()), cmp.Compare(a.entry, b.entry))
	})
}

// weighs reports whether the weight at a place is one that is sought.
func (t *item) weighs(p Position) bool { return t.weights == 0 || t.weights&(1<<p.Weight()) != 0 }

// next returns the mentions that a cover begins and ends with.
func (c *covers) next() (from, to int, ok bool) {
	for {
		begin := c.from
		to, ok := c.first(begin, len(c.mentions), 1)
		if !ok || c.mentions[to].at.At() <= 0 {
			return 0, 0, false
		}
		if from, ok := c.first(to, begin-1, -1); ok {
			c.from = from + 1
			return from, to, true
		}
		c.from++
	}
}

// first is the mention up to which, from another, the query finds what it seeks.
func (c *covers) first(from, end, step int) (int, bool) {
	for w := range c.seen {
		c.seen[w] = c.room[w][:0]
		if step < 0 {
			c.seen[w] = c.room[w][len(c.room[w]):]
		}
	}
	for i := from; i != end; i += step {
		m := c.mentions[i]
		for _, w := range c.byEntry[m.entry] {
			switch {
			case !c.words[w].weighs(m.at):
			case step > 0:
				c.behind(w, int32(m.at.At()))
			default:
				c.before(w, int32(m.at.At()))
			}
		}
		found := c.steps.goOn(len(c.byEntry[m.entry])) && c.query.holds(finder{c.find, &c.steps})
		switch {
		case c.steps.err != nil:
			return 0, false
		case found:
			return i, true
		}
	}
	return 0, false
}

func (c *covers) behind(w, at int32) {
	n := len(c.seen[w])
	if n > 0 && (!c.phrased[w] || c.seen[w][n-1] == at) {
		return
	}
	c.seen[w] = append(c.seen[w], at)
}

func (c *covers) before(w, at int32) {
	n := len(c.seen[w])
	if n > 0 && (!c.phrased[w] || c.seen[w][0] == at) {
		return
	}
	first := len(c.room[w]) - n - 1
	c.room[w][first] = at
	c.seen[w] = c.room[w][first:]
}

func (c *covers) find(t *item, to *spots) verdict {
	seen := c.seen[c.byItem[t.number]]
	if len(seen) == 0 {
		return no
	}
	if to != nil {
		to.at = seen
	}
	return yes
}
