package hop

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// ProofParameter is the name of the ParameterStatus that an answer's proof comes in.
const ProofParameter = "projsql.proof"

// CutParameter is the name of the ParameterStatus that the cut comes in which was confirmed
// for a statement.
const CutParameter = "projsql.cut"

// AppendCut writes behind b where a cut is.
func AppendCut(b []byte, c *projection.Cut) []byte {
	b = append(strconv.AppendUint(b, uint64(c.Sequence), 10), ' ')
	return strconv.AppendUint(b, uint64(c.HLC), 10)
}

// ParseCut reads what AppendCut wrote.
func ParseCut(text string) (s event.Sequence, stamp hlc.Timestamp, err error) {
	first, second, _ := strings.Cut(text, " ")
	n, err := strconv.ParseUint(first, 10, 63)
	if err != nil {
		return 0, 0, errProof
	}
	m, err := strconv.ParseUint(second, 10, 63)
	if err != nil {
		return 0, 0, errProof
	}
	return event.Sequence(n), hlc.Timestamp(m), nil
}

// A proof is its numbers in decimal, then the cache's reason, then the node's name, with
// spaces between.
const (
	proofGeneration = iota
	proofPosition
	proofWatermark
	proofHLC
	proofStrategy
	proofCache
	proofObserved
	proofAge
	proofFolded
	proofHas // bits: a snapshot, a state, unchanged
	proofNumbers
)

const (
	hasSnapshot = 1 << iota
	isUnchanged
)

var errProof = errors.New("hop: malformed proof")

// AppendProof writes behind b how a node answered: o without its state.
func AppendProof(b []byte, o *projection.Outcome, node string) []byte {
	var n [proofNumbers]uint64
	n[proofGeneration], n[proofPosition] = uint64(o.Generation), uint64(o.Position)
	n[proofStrategy], n[proofCache] = uint64(o.Strategy), uint64(o.Cache)
	n[proofObserved], n[proofAge], n[proofFolded] = uint64(o.Observed), uint64(max(0, o.Age)), uint64(o.Folded)
	if o.Unchanged {
		n[proofHas] |= isUnchanged
	}
	if s := o.Snapshot; s != nil {
		n[proofHas] |= hasSnapshot
		n[proofWatermark], n[proofHLC] = uint64(s.Watermark), uint64(s.HLC)
	}
	for _, number := range n {
		b = append(strconv.AppendUint(b, number, 10), ' ')
	}
	b = append(append(b, o.CacheReason...), ' ')
	return append(b, node...)
}

// ParseProof reads what AppendProof wrote. The outcome's snapshot, if there is one, has
// no state.
func ParseProof(text string) (o projection.Outcome, err error) {
	var n [proofNumbers]uint64
	for i := range n {
		var number string
		number, text, _ = strings.Cut(text, " ")
		if n[i], err = strconv.ParseUint(number, 10, 63); err != nil {
			return o, errProof
		}
	}
	reason, node, ok := strings.Cut(text, " ")
	o = projection.Outcome{
		Generation: event.Version(n[proofGeneration]), Position: event.Sequence(n[proofPosition]), Strategy: projection.Strategy(n[proofStrategy]),
		Cache: projection.CacheStatus(n[proofCache]), CacheReason: reason, Observed: projection.Observed(n[proofObserved]),
		Age: time.Duration(n[proofAge]), Folded: int(n[proofFolded]), Unchanged: n[proofHas]&isUnchanged != 0, Node: node,
	}
	if !ok || !known(&o) {
		return projection.Outcome{}, errProof
	}
	if n[proofHas]&hasSnapshot != 0 {
		o.Snapshot = &projection.Snapshot{
			Generation: o.Generation, Watermark: event.Sequence(n[proofWatermark]), HLC: hlc.Timestamp(n[proofHLC]),
		}
	}
	return o, nil
}

// known reports whether the words of a proof are ones that this node has a name for.
func known(o *projection.Outcome) bool {
	return o.Strategy >= projection.Empty && o.Strategy <= projection.DirectReplay &&
		o.Cache >= projection.Hit && o.Cache <= projection.Unavailable &&
		o.Observed >= projection.Fresh && o.Observed <= projection.NotApplicable
}
