package textsearch

import (
	"cmp"
	"math"
	"slices"
)

// mention is a place of a document where words of a query are.
type mention struct {
	at    Position
	entry int // of the document
	items []int
}

// RankCover is ts_rank_cd(): it goes by how close to one another the words are.
func RankCover(w Weights, v Vector, q Query, n Normalization) float32 {
	mentions := mentionsOf(v, q)
	if len(mentions) == 0 {
		return 0
	}
	var sum, distances, last float64
	extents := 0
	c := newCovers(q, mentions)
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
	return normalized(sum, v, n, extents, distances)
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

// mentionsOf are in the order of the document.
func mentionsOf(v Vector, q Query) []mention {
	var all []mention
	for i := range q {
		t := &q[i]
		if t.op != 0 {
			continue
		}
		first, _ := v.find(t.word)
		for e, l := range v.entries(t) {
			for _, p := range l.Positions {
				if t.weights == 0 || t.weights&(1<<p.Weight()) != 0 {
					all = append(all, mention{p, first + e, []int{i}})
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b mention) int {
		return cmp.Or(cmp.Compare(a.at.At(), b.at.At()), cmp.Compare(a.at.Weight(), b.at.Weight()), cmp.Compare(a.entry, b.entry))
	})
	var made []mention
	for _, m := range all {
		if last := len(made) - 1; last >= 0 && made[last].at == m.at && made[last].entry == m.entry {
			made[last].items = append(made[last].items, m.items...)
			continue
		}
		made = append(made, m)
	}
	return made
}

// covers finds the shortest pieces of a document that a query finds, from left to right.
type covers struct {
	query    Query
	mentions []mention
	from     int     // where the next one is sought
	room     [][]int // by word of the query, for all places of it
	seen     [][]int // a part of room, ascending
}

func newCovers(q Query, all []mention) *covers {
	c := &covers{query: q, mentions: all, room: make([][]int, len(q)), seen: make([][]int, len(q))}
	counts := make([]int, len(q))
	for _, m := range all {
		for _, t := range m.items {
			counts[t]++
		}
	}
	for t, n := range counts {
		c.room[t] = make([]int, n)
	}
	return c
}

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
	for t := range c.seen {
		c.seen[t] = c.room[t][:0]
		if step < 0 {
			c.seen[t] = c.room[t][len(c.room[t]):]
		}
	}
	for i := from; i != end; i += step {
		at := c.mentions[i].at.At()
		for _, t := range c.mentions[i].items {
			if step > 0 {
				c.behind(t, at)
			} else {
				c.before(t, at)
			}
		}
		if c.query.holds(c.find) {
			return i, true
		}
	}
	return 0, false
}

func (c *covers) behind(t, at int) {
	if n := len(c.seen[t]); n == 0 || c.seen[t][n-1] != at {
		c.seen[t] = append(c.seen[t], at)
	}
}

func (c *covers) before(t, at int) {
	n := len(c.seen[t])
	if n > 0 && c.seen[t][0] == at {
		return
	}
	first := len(c.room[t]) - n - 1
	c.room[t][first] = at
	c.seen[t] = c.room[t][first:]
}

func (c *covers) find(t *item, to *spots) verdict {
	if len(c.seen[t.number]) == 0 {
		return no
	}
	if to != nil {
		to.at = c.seen[t.number]
	}
	return yes
}
