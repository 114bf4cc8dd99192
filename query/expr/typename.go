package expr

import (
	"errors"
	"strings"
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v6"
	"github.com/pganalyze/pg_query_go/v6/parser"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TypeNamed finds a type by its name as SQL writes it, array bounds and modifiers included.
// Errors: 42601, 42704, without a position.
func TypeNamed(env *types.Env, text string) (types.Type, error) {
	n, err := parseTypeName(text)
	if err != nil {
		return types.Type{}, err
	}
	if env != nil && env.Warn != nil { // the name may be a value, which any goroutine may read
		quiet := *env
		quiet.Warn, env = nil, &quiet
	}
	t, err := (&Binder{Env: env}).BindType(n)
	if err != nil && sqlstate.Of(err).Code == sqlstate.FeatureNotSupported { // of a type without values here
		n.Typmods = nil
		t, err = (&Binder{Env: env}).BindType(n)
	}
	return t, err
}

// parseTypeName reads what may stand behind AS in CAST and nothing else.
func parseTypeName(text string) (*pg_query.TypeName, error) {
	invalid := sqlstate.New(sqlstate.SyntaxError, "invalid type name \"%s\"", text)
	tree, err := pg_query.Parse(castPrefix + text + castSuffix)
	switch {
	case strings.TrimSpace(text) == "":
		return nil, invalid
	case err != nil:
		return nil, typeNameError(err, text)
	case len(tree.Stmts) != 1:
		return nil, invalid
	}
	st := tree.Stmts[0].Stmt.GetSelectStmt()
	plain := st != nil && len(st.TargetList) == 1 && st.FromClause == nil && st.WhereClause == nil && st.SortClause == nil && st.GroupClause == nil &&
		st.LimitCount == nil && st.LimitOffset == nil && st.HavingClause == nil && st.WindowClause == nil && st.LockingClause == nil &&
		st.IntoClause == nil && st.Op == pg_query.SetOperation_SETOP_NONE
	if !plain || st.TargetList[0].GetResTarget().GetName() != "" {
		return nil, invalid
	}
	cast := st.TargetList[0].GetResTarget().GetVal().GetTypeCast()
	if !cast.GetArg().GetAConst().GetIsnull() || cast.TypeName.Setof {
		return nil, invalid
	}
	return cast.TypeName, nil
}

const (
	castPrefix = "SELECT CAST(NULL AS "
	castSuffix = "\n)" // behind a comment, too
)

// typeNameError tells the position within the name, as PostgreSQL does where the name is no literal
// of the statement.
func typeNameError(err error, text string) error {
	var own *parser.Error
	if !errors.As(err, &own) {
		return sqlstate.New(sqlstate.SyntaxError, "%s", err.Error())
	}
	at := own.Cursorpos - len(castPrefix)
	message := strings.Replace(own.Message, castSuffix+`"`, `"`, 1)
	if end := utf8.RuneCountInString(text) + 1; at >= end {
		at, message = end, "syntax error at end of input"
		if i := unopened(text); i >= 0 {
			at, message = utf8.RuneCountInString(text[:i])+1, `syntax error at or near ")"`
		}
	}
	return sqlstate.New(sqlstate.SyntaxError, "%s", message).At(at).Within(`invalid type name "` + text + `"`)
}

// unopened is where a parenthesis closes that is none of the text's own, which ends CAST; -1: there is none.
func unopened(text string) int {
	open := 0
	for i := range len(text) {
		switch text[i] {
		case '(':
			open++
		case ')':
			if open--; open < 0 {
				return i
			}
		}
	}
	return -1
}
