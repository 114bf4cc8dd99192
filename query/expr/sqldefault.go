package expr

import (
	"regexp"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
)

// SQLDefault writes a column's DEFAULT as PostgreSQL's catalogs show it. n is its syntax, text the
// same as SQL, e what it was bound to; text itself is returned where e does not tell enough.
// A NULL that needs no length is no default: "".
func SQLDefault(env *types.Env, n *pg_query.Node, text string, e Expr, to types.Type, pretty bool) string {
	if isNull(n) {
		if to.Mod == -1 {
			return ""
		}
		return "NULL::" + types.FormatType(types.Of(to.OID))
	}
	if literal := n.GetAConst().GetSval(); literal != nil {
		return sqlLiteral(env, literal.GetSval(), types.UnderDomains(to))
	}
	if e != nil && SQLTells(text) {
		if shown, ok := SQL(env, e, to, pretty); ok {
			return shown
		}
	}
	return text
}

// isNull finds NULL and NULL::type.
func isNull(n *pg_query.Node) bool {
	if cast := n.GetTypeCast(); cast != nil && len(cast.GetTypeName().GetTypmods()) == 0 {
		n = cast.GetArg()
	}
	return n.GetAConst().GetIsnull()
}

// sqlLiteral is a literal as its type writes it: 2020-1-1 as 2020-01-01, [1,2] as [1,3).
// Only interval's modifier is part of a constant.
func sqlLiteral(env *types.Env, literal string, t types.Type) string {
	if t.OID != types.IntervalOID {
		t.Mod = -1
	}
	if v, err := types.Parse(env, t, literal); err == nil {
		if text, ok := SQL(env, NewConst(t, v, -1), t, false); ok {
			return text
		}
	}
	return QuoteLiteral(literal) + "::" + types.FormatType(t)
}

// unlike finds SQL whose expression, once bound, does not tell how it was written.
var unlike = regexp.MustCompile(`(?i)\b(CURRENT_\w+|LOCALTIME\w*|SESSION_USER|USER|COLLATE|CASE ([^W]|W[^H]))`)

// SQLTells reports whether what an expression was bound to tells how it was written.
func SQLTells(sql string) bool { return !unlike.MatchString(sql) }
