package expr

import (
	"github.com/projsql/projsql/query/types"
)

// candidate is a function or operator that may be meant, with its declared
// parameter types spread over the arguments.
type candidate struct {
	args []types.OID
	row  any // *pgdata.Proc, *Function or *pgdata.Operator
}

// matching keeps the candidates whose parameters the arguments can be coerced to.
func matching(all []candidate, args []types.OID) []candidate {
	var kept []candidate
	for _, c := range all {
		if accepts(c.args, args) {
			kept = append(kept, c)
		}
	}
	return kept
}

func accepts(declared, args []types.OID) bool {
	generic := false
	for i, d := range declared {
		if isPolymorphic(d) {
			generic = true
			continue
		}
		if !canCoerce(args[i], d, Implicit) {
			return false
		}
	}
	return !generic || polymorphicFit(declared, args)
}

// choose is PostgreSQL's func_select_candidate (chapter 10.2, steps 3a to 3f);
// false if no candidate is best.
func choose(all []candidate, args []types.OID) (candidate, bool) {
	kept := best(all, func(c candidate) int { return exactMatches(c.args, args) })
	if len(kept) == 1 {
		return kept[0], true
	}
	kept = best(kept, func(c candidate) int { return preferredMatches(c.args, args) })
	if len(kept) == 1 {
		return kept[0], true
	}
	if !hasUnknown(args) {
		return candidate{}, false
	}
	if narrowed := byCategory(kept, args); len(narrowed) > 0 {
		kept = narrowed
	}
	if len(kept) == 1 {
		return kept[0], true
	}
	return assumeSame(kept, args)
}

// best keeps the candidates with the highest score.
func best(all []candidate, score func(candidate) int) []candidate {
	var kept []candidate
	highest := -1
	for _, c := range all {
		s := score(c)
		if s > highest {
			highest, kept = s, kept[:0:0]
		}
		if s == highest {
			kept = append(kept, c)
		}
	}
	return kept
}

func exactMatches(declared, args []types.OID) int {
	n := 0
	for i, a := range args {
		if a != types.UnknownOID && declared[i] == a {
			n++
		}
	}
	return n
}

func preferredMatches(declared, args []types.OID) int {
	n := 0
	for i, a := range args {
		if a == types.UnknownOID {
			continue
		}
		if declared[i] == a || (preferred(declared[i]) && category(declared[i]) == category(a)) {
			n++
		}
	}
	return n
}

func hasUnknown(args []types.OID) bool {
	for _, a := range args {
		if a == types.UnknownOID {
			return true
		}
	}
	return false
}

// slot is the category chosen for an unknown argument.
type slot struct {
	category  byte
	preferred bool
}

// byCategory keeps candidates of the category that each unknown argument asks for:
// string if any accepts it, else the one all agree on.
func byCategory(all []candidate, args []types.OID) []candidate {
	slots := make([]slot, len(args))
	for i, a := range args {
		if a != types.UnknownOID {
			continue
		}
		s, ok := unknownSlot(all, i)
		if !ok {
			return nil
		}
		slots[i] = s
	}
	var kept []candidate
	for _, c := range all {
		if fitsSlots(c.args, args, slots) {
			kept = append(kept, c)
		}
	}
	return kept
}

func unknownSlot(all []candidate, i int) (slot, bool) {
	s := slot{category(all[0].args[i]), preferred(all[0].args[i])}
	conflict := false
	for _, c := range all[1:] {
		switch cat := category(c.args[i]); cat {
		case s.category:
			s.preferred = s.preferred || preferred(c.args[i])
		case 'S':
			s = slot{cat, preferred(c.args[i])}
		default:
			conflict = true
		}
	}
	return s, !conflict || s.category == 'S'
}

func fitsSlots(declared, args []types.OID, slots []slot) bool {
	for i, a := range args {
		if a != types.UnknownOID {
			continue
		}
		if category(declared[i]) != slots[i].category || (slots[i].preferred && !preferred(declared[i])) {
			return false
		}
	}
	return true
}

// assumeSame takes unknown arguments for the type that all known ones share.
func assumeSame(all []candidate, args []types.OID) (candidate, bool) {
	known := types.UnknownOID
	for _, a := range args {
		switch {
		case a == types.UnknownOID:
		case known == types.UnknownOID:
			known = a
		case known != a:
			return candidate{}, false
		}
	}
	if known == types.UnknownOID {
		return candidate{}, false
	}
	same := make([]types.OID, len(args))
	for i := range same {
		same[i] = known
	}
	kept := matching(all, same)
	if len(kept) != 1 {
		return candidate{}, false
	}
	return kept[0], true
}
