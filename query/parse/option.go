package parse

import (
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/wire/sqlstate"
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

// OptionBool is the value of an option that is on or off; one without is on. 42601 for another.
func OptionBool(d *pg.DefElem) (bool, error) {
	text := strings.ToLower(OptionText(d))
	if i := d.GetArg().GetInteger(); i != nil {
		text = strconv.Itoa(int(i.GetIval()))
	}
	_, number := d.GetArg().GetNode().(*pg.Node_Integer)
	switch {
	case text == "true", text == "on", number && text == "1":
		return true, nil
	case text == "false", text == "off", number && text == "0":
		return false, nil
	}
	return false, sqlstate.New(sqlstate.SyntaxError, "%s requires a Boolean value", d.GetDefname())
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
