package parse

import (
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// ConstText is the text of a constant, as SET takes it.
func ConstText(n *pg.Node) string {
	c := n.GetAConst()
	switch {
	case c.GetSval() != nil:
		return c.GetSval().GetSval()
	case c.GetIval() != nil:
		return strconv.FormatInt(int64(c.GetIval().GetIval()), 10)
	case c.GetFval() != nil:
		return c.GetFval().GetFval()
	case c.GetBoolval() != nil:
		return strconv.FormatBool(c.GetBoolval().GetBoolval())
	case n.GetAConst().GetVal() == nil && c != nil:
		return "0"
	}
	return n.GetString_().GetSval()
}

// OptionText is the text of the value of an option in parentheses; one without is on.
func OptionText(d *pg.DefElem) string {
	if n := d.GetArg(); n != nil {
		if s := n.GetString_(); s != nil {
			return s.GetSval()
		}
		if i := n.GetInteger(); i != nil {
			return map[bool]string{true: "true", false: "false"}[i.GetIval() != 0]
		}
		if v := n.GetBoolean(); v != nil {
			return map[bool]string{true: "true", false: "false"}[v.GetBoolval()]
		}
		return ConstText(n)
	}
	return "true"
}
