package textsearch

import (
	"cmp"
	"slices"

	"github.com/projsql/projsql/wire/sqlstate"
)

// ParseVector reads the text form of a tsvector. Errors: 42601, 54000.
func ParseVector(s string) (Vector, error) {
	r := wordReader{text: s}
	var v Vector
	bytes := 0
	for {
		word, ok, err := r.next()
		if err != nil {
			return nil, err
		}
		if !ok {
			return unite(v).checked()
		}
		positions, err := r.positions()
		switch {
		case err != nil:
			return nil, err
		case len(word) > LexemeMax:
			return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "word is too long (%d bytes, max %d bytes)", len(word), LexemeMax)
		case bytes > vectorMax:
			return nil, tooLong(bytes)
		}
		bytes += len(word)
		v = append(v, Lexeme{word, positions})
	}
}

// unite sorts lexemes and makes one of those that are of the same word.
func unite(v Vector) Vector {
	slices.SortStableFunc(v, byWord)
	made := v[:0]
	for _, l := range v {
		if last := len(made) - 1; last >= 0 && made[last].Word == l.Word {
			made[last].Positions = append(made[last].Positions, l.Positions...)
			continue
		}
		made = append(made, l)
	}
	for i := range made {
		made[i].Positions = unitePositions(made[i].Positions)
	}
	return made
}

// unitePositions sorts positions; the greatest weight of one is kept.
func unitePositions(all []Position) []Position {
	if len(all) <= 1 {
		return all
	}
	qsort(all, func(a, b Position) int { return cmp.Compare(a.At(), b.At()) })
	made := all[:1]
	for _, p := range all[1:] {
		last := &made[len(made)-1]
		if p.At() == last.At() {
			*last = max(*last, p)
			continue
		}
		made = append(made, p)
		if len(made) >= positionsMax || p.At() == positionMax {
			break
		}
	}
	return made
}
