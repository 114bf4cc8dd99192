package deparse

import (
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
)

// The grammar's bits of a frame.
const (
	frameNonDefault = 1 << iota
	frameRange
	frameRows
	frameGroups
	frameBetween
	frameStartUnbounded
	_
	_
	frameEndUnbounded
	frameStartCurrent
	frameEndCurrent
	frameStartPreceding
	frameEndPreceding
	frameStartFollowing
	frameEndFollowing
	frameExcludeCurrent
	frameExcludeGroup
	frameExcludeTies
)

// window is the definition of a window, in parentheses.
func (w *writer) window(d *pg.WindowDef) string {
	var parts []string
	if d.GetRefname() != "" {
		parts = append(parts, expr.QuoteIdent(d.GetRefname()))
	}
	if p := d.GetPartitionClause(); len(p) > 0 {
		parts = append(parts, "PARTITION BY "+listed(p, func(n *pg.Node) string { return w.key(w.trace.Bound[n]) }))
	}
	if o := d.GetOrderClause(); len(o) > 0 {
		parts = append(parts, "ORDER BY "+listed(o, func(n *pg.Node) string {
			return w.key(w.trace.Bound[n.GetSortBy().GetNode()]) + w.direction(n.GetSortBy())
		}))
	}
	if d.GetFrameOptions()&frameNonDefault != 0 {
		parts = append(parts, w.frame(d))
	}
	return "(" + strings.Join(parts, " ") + ")"
}

func (w *writer) frame(d *pg.WindowDef) string {
	has := func(bit int32) bool { return d.GetFrameOptions()&bit != 0 }
	bound := func(unbounded, current, preceding bool, word string, offset *pg.Node) string {
		switch {
		case unbounded:
			return "UNBOUNDED " + word
		case current:
			return "CURRENT ROW"
		case preceding:
			return w.text(w.trace.Bound[offset]) + " PRECEDING"
		}
		return w.text(w.trace.Bound[offset]) + " FOLLOWING"
	}
	text := map[bool]string{true: "RANGE "}[has(frameRange)] + map[bool]string{true: "ROWS "}[has(frameRows)] + map[bool]string{true: "GROUPS "}[has(frameGroups)]
	start := bound(has(frameStartUnbounded), has(frameStartCurrent), has(frameStartPreceding), "PRECEDING", d.GetStartOffset())
	if has(frameBetween) {
		start = "BETWEEN " + start + " AND " + bound(has(frameEndUnbounded), has(frameEndCurrent), has(frameEndPreceding), "FOLLOWING", d.GetEndOffset())
	}
	text += start
	switch {
	case has(frameExcludeCurrent):
		text += " EXCLUDE CURRENT ROW"
	case has(frameExcludeGroup):
		text += " EXCLUDE GROUP"
	case has(frameExcludeTies):
		text += " EXCLUDE TIES"
	}
	return text
}
