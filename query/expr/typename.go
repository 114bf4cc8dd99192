package expr

import (
	"errors"
	"strings"

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
		return nil, typeNameError(err)
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
func typeNameError(err error) error {
	var own *parser.Error
	if !errors.As(err, &own) {
		return sqlstate.New(sqlstate.SyntaxError, "%s", err.Error())
	}
	e := sqlstate.New(sqlstate.SyntaxError, "%s", strings.Replace(own.Message, castSuffix+`"`, `"`, 1))
	return e.At(own.Cursorpos - len(castPrefix))
}
