package regex

import (
	"bytes"
	"compress/gzip"
	_ "embed" // classes.tsv.gz
	"io"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

const runeMax = 0x10FFFF

// span is a range of characters, both ends included.
type span struct{ low, high rune }

// set is a set of characters: ascending spans with gaps between.
type set []span

func normalized(all []span) set {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b span) int { return int(a.low) - int(b.low) })
	var s set
	for _, n := range all {
		if l := len(s); l > 0 && n.low <= s[l-1].high+1 {
			s[l-1].high = max(s[l-1].high, n.high)
			continue
		}
		s = append(s, n)
	}
	return s
}

func (s set) complement() set {
	var made set
	next := rune(0)
	for _, n := range s {
		if n.low > next {
			made = append(made, span{next, n.low - 1})
		}
		next = n.high + 1
	}
	if next <= runeMax {
		made = append(made, span{next, runeMax})
	}
	return made
}

// foldedMax bounds the characters of a range whose other cases are added one by one.
const foldedMax = 1 << 17

// folded adds the other case of every character, or of those that are ASCII.
func (s set) folded(ascii bool) set {
	all := slices.Clone(s)
	for _, n := range s {
		if ascii {
			n.high = min(n.high, unicode.MaxASCII)
		}
		if n.high-n.low > foldedMax {
			n.high = n.low + foldedMax
		}
		for r := n.low; r <= n.high; r++ {
			if l := unicode.ToLower(r); l != r {
				all = append(all, span{l, l})
			}
			if u := unicode.ToUpper(r); u != r && (u <= unicode.MaxASCII || !ascii) {
				all = append(all, span{u, u})
			}
		}
	}
	return normalized(all)
}

//go:embed classes.tsv.gz
var classData []byte

// classes are the characters of the named classes.
var classes = sync.OnceValue(func() map[string]set {
	z, err := gzip.NewReader(bytes.NewReader(classData))
	if err != nil {
		panic("regex: classes.tsv.gz: " + err.Error())
	}
	text, err := io.ReadAll(z)
	if err != nil {
		panic("regex: classes.tsv.gz: " + err.Error())
	}
	all := map[string]set{
		"digit": {{'0', '9'}}, "xdigit": {{'0', '9'}, {'A', 'F'}, {'a', 'f'}}, "ascii": {{0, 0x7f}},
		"blank": {{'\t', '\t'}, {' ', ' '}}, "cntrl": {{0, 0x1f}, {0x7f, 0x9f}},
	}
	for line := range strings.Lines(string(text)) {
		name, spans, _ := strings.Cut(strings.TrimSpace(line), "\t")
		all[name] = readSet(spans)
	}
	all["alnum"] = normalized(slices.Concat(all["alpha"], all["digit"]))
	all["word"] = normalized(append(slices.Clone(all["alnum"]), span{'_', '_'}))
	all["graph"] = normalized(slices.Concat(all["alnum"], all["punct"]))
	return all
})

// asciiClasses are what of the classes the collation C knows.
var asciiClasses = sync.OnceValue(func() map[string]set {
	all := map[string]set{}
	for name, s := range classes() {
		for _, n := range s {
			if n.low <= unicode.MaxASCII {
				all[name] = append(all[name], span{n.low, min(n.high, unicode.MaxASCII)})
			}
		}
	}
	all["cntrl"] = classes()["cntrl"]
	return all
})

func (o *Options) classes() map[string]set {
	if o.ASCII {
		return asciiClasses()
	}
	return classes()
}

func lowerASCII(r rune) rune {
	if r >= 'A' && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

func readSet(text string) set {
	var s set
	for _, f := range strings.Fields(text) {
		low, high, both := strings.Cut(f, "-")
		if !both {
			high = low
		}
		s = append(s, span{hexRune(low), hexRune(high)})
	}
	return s
}

func hexRune(s string) rune {
	n, err := strconv.ParseInt(s, 16, 32)
	if err != nil {
		panic("regex: classes.tsv.gz: " + err.Error())
	}
	return rune(n)
}

// shorthands are \d, \s and \w.
var shorthands = map[rune]string{'d': "digit", 's': "space", 'w': "word"}

// alphabet divides the characters into colors: those of one color are in the same
// sets of an expression.
type alphabet struct {
	ascii  [128]uint16
	starts []rune // where each stretch begins, the first is 0
	colors []uint16
	count  int
}

func (a *alphabet) of(r rune) uint16 {
	if r < 128 {
		return a.ascii[r]
	}
	i, found := slices.BinarySearch(a.starts, r)
	if !found {
		i--
	}
	return a.colors[i]
}

// newAlphabet returns the colors for sets, and which colors each set has.
func newAlphabet(sets []set) (*alphabet, [][]bool) {
	cuts := []rune{0}
	for _, s := range sets {
		for _, n := range s {
			cuts = append(cuts, n.low, n.high+1)
		}
	}
	slices.Sort(cuts)
	cuts = slices.Compact(cuts)
	a := &alphabet{starts: cuts, colors: make([]uint16, len(cuts))}
	bySignature := map[string]uint16{}
	at := make([]int, len(sets))
	members := make([][]bool, len(sets))
	signature := make([]byte, len(sets))
	for i, start := range cuts {
		for k, s := range sets {
			for at[k] < len(s) && s[at[k]].high < start {
				at[k]++
			}
			signature[k] = 0
			if at[k] < len(s) && s[at[k]].low <= start {
				signature[k] = 1
			}
		}
		color, known := bySignature[string(signature)]
		if !known {
			color = uint16(a.count)
			a.count++
			bySignature[string(signature)] = color
			for k := range sets {
				members[k] = append(members[k], signature[k] == 1)
			}
		}
		a.colors[i] = color
	}
	for r := range a.ascii {
		i, found := slices.BinarySearch(cuts, rune(r))
		if !found {
			i--
		}
		a.ascii[r] = a.colors[i]
	}
	return a, members
}
