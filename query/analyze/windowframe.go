package analyze

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

// The bits of WindowDef.FrameOptions.
const (
	bitRows               = 0x00004
	bitGroups             = 0x00008
	bitStartUnbounded     = 0x00020
	bitEndUnbounded       = 0x00100
	bitStartCurrent       = 0x00200
	bitEndCurrent         = 0x00400
	bitStartPreceding     = 0x00800
	bitEndPreceding       = 0x01000
	bitExcludeCurrent     = 0x08000
	bitExcludeGroup       = 0x10000
	bitExcludeTies        = 0x20000
	bitsOfOffsets         = 0x00800 | 0x01000 | 0x02000 | 0x04000
	bitsOfDefaultFrame    = 0x00002 | bitStartUnbounded | bitEndCurrent
	windowClausePrefix    = "window "
	errorRangeWithOffset  = "RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column"
	errorGroupsWithoutKey = "GROUPS mode requires an ORDER BY clause"
)

func isFrameClause(c clause) bool { return strings.HasPrefix(string(c), windowClausePrefix) }

// bindFrame binds the frame of a definition whose keys are bound.
func (q *query) bindFrame(def *pg.WindowDef, d *windowDefinition) error {
	o := int(def.FrameOptions)
	c := frameClause(o)
	f := &d.frame
	f.Mode, f.Exclude = frameMode(o), frameExclusion(o)
	switch {
	case f.Mode == plan.FrameRange && o&bitsOfOffsets != 0 && len(d.order) != 1:
		return q.planner.errorAt(int(def.Location), sqlstate.WindowingError, errorRangeWithOffset)
	case f.Mode == plan.FrameGroups && len(d.order) == 0:
		return q.planner.errorAt(int(def.Location), sqlstate.WindowingError, errorGroupsWithoutKey)
	}
	f.Start.Kind = boundKind(o, bitStartUnbounded, bitStartCurrent, bitStartPreceding)
	f.End.Kind = boundKind(o, bitEndUnbounded, bitEndCurrent, bitEndPreceding)
	if err := q.bindFrameOffset(def.StartOffset, c, d, &f.Start); err != nil {
		return err
	}
	return q.bindFrameOffset(def.EndOffset, c, d, &f.End)
}

func frameClause(o int) clause {
	switch {
	case o&bitRows != 0:
		return inRows
	case o&bitGroups != 0:
		return inGroups
	}
	return inRange
}

func frameMode(o int) plan.FrameMode {
	switch {
	case o&bitRows != 0:
		return plan.FrameRows
	case o&bitGroups != 0:
		return plan.FrameGroups
	}
	return plan.FrameRange
}

func frameExclusion(o int) plan.FrameExclusion {
	switch {
	case o&bitExcludeCurrent != 0:
		return plan.ExcludeCurrentRow
	case o&bitExcludeGroup != 0:
		return plan.ExcludeGroup
	case o&bitExcludeTies != 0:
		return plan.ExcludeTies
	}
	return plan.ExcludeNothing
}

func boundKind(o, unbounded, current, preceding int) plan.BoundKind {
	switch {
	case o&unbounded != 0:
		return plan.Unbounded
	case o&current != 0:
		return plan.CurrentRow
	case o&preceding != 0:
		return plan.Preceding
	}
	return plan.Following
}

// bindFrameOffset binds the offset of a bound: it must not depend on the rows.
func (q *query) bindFrameOffset(n *pg.Node, c clause, d *windowDefinition, bound *plan.FrameBound) error {
	if n == nil {
		return nil
	}
	outer := q.clause
	b := q.in(c)
	defer q.in(outer)
	var err error
	name := strings.TrimPrefix(string(c), windowClausePrefix)
	if c == inRange {
		if bound.Offset, err = b.Bind(n); err == nil {
			bound.Offset, bound.InRange, err = b.RangeOffset(bound.Offset, d.order[0].Expr.Type().OID)
		}
	} else {
		bound.Offset, err = b.BindCount(n, name)
	}
	if err != nil {
		return err
	}
	return q.withoutVariables(bound.Offset, name)
}
