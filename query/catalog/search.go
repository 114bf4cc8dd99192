package catalog

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/textsearch"
	"github.com/projsql/projsql/wire/sqlstate"
)

// searches are the functions of full text search that go by a parser.
func (f Find) searches() map[string]any {
	return map[string]any{
		"ts_token_type_byid": byParser(tokenTypes), "ts_token_type_byname": f.byParserName(tokenTypes),
		"ts_parse_byid": byParser(tokens), "ts_parse_byname": f.byParserName(tokens),
	}
}

// byParser takes the OID of the parser from the arguments.
func byParser(rows expr.SetFunc) expr.SetFunc {
	return func(env *expr.Env, args []types.Datum) (expr.Rows, error) {
		if !fixedOIDs("pg_ts_parser")()[argOID(args[0])] {
			return nil, sqlstate.New(sqlstate.InternalError, "cache lookup failed for text search parser %d", argOID(args[0]))
		}
		return rows(env, args[1:])
	}
}

// byParserName is byParser of its name.
func (f Find) byParserName(rows expr.SetFunc) expr.SetFunc {
	return func(env *expr.Env, args []types.Datum) (expr.Rows, error) {
		s, err := f.session(env)
		if err != nil {
			return nil, err
		}
		name, there, err := Registry{s}.catalogName(args[0].Str())
		if err != nil {
			return nil, err
		}
		if !there || !listed("pg_ts_parser", name) {
			return nil, sqlstate.New(sqlstate.UndefinedObject, "text search parser \"%s\" does not exist", args[0].Str())
		}
		return rows(env, args[1:])
	}
}

func tokenTypes(*expr.Env, []types.Datum) (expr.Rows, error) {
	var rows [][]types.Datum
	for t := textsearch.TokenType(1); int(t) <= textsearch.TokenTypes(); t++ {
		rows = append(rows, []types.Datum{types.Int(int64(t)), types.String(t.Name()), types.String(t.Description())})
	}
	return each(rows), nil
}

func tokens(_ *expr.Env, args []types.Datum) (expr.Rows, error) {
	next := textsearch.Tokens(args[0].Str())
	return func() ([]types.Datum, error) {
		t := next()
		if t.Type == 0 {
			return nil, nil
		}
		return []types.Datum{types.Int(int64(t.Type)), types.String(t.Text)}, nil
	}, nil
}
