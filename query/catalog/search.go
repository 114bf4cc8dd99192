package catalog

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/textsearch"
	"github.com/projsql/projsql/wire/sqlstate"
)

// searches are the functions of full text search that go by a parser.
func (f Find) searches() map[string]any {
	return map[string]any{
		"ts_token_type_byid": f.bindSet(byParser(tokenTypes)), "ts_token_type_byname": f.bindSet(byParserName(tokenTypes)),
		"ts_parse_byid": f.bindSet(byParser(tokens)), "ts_parse_byname": f.bindSet(byParserName(tokens)),
	}
}

// byParser takes the OID of the parser from the arguments.
func byParser(rows func(args []types.Datum) ([][]types.Datum, error)) func(Session, []types.Datum) ([][]types.Datum, error) {
	return func(_ Session, args []types.Datum) ([][]types.Datum, error) {
		if !fixedOIDs("pg_ts_parser")()[argOID(args[0])] {
			return nil, sqlstate.New(sqlstate.InternalError, "cache lookup failed for text search parser %d", argOID(args[0]))
		}
		return rows(args[1:])
	}
}

// byParserName is byParser of its name.
func byParserName(rows func(args []types.Datum) ([][]types.Datum, error)) func(Session, []types.Datum) ([][]types.Datum, error) {
	return func(s Session, args []types.Datum) ([][]types.Datum, error) {
		name, there, err := Registry{s}.catalogName(args[0].Str())
		if err != nil {
			return nil, err
		}
		if !there || !listed("pg_ts_parser", name) {
			return nil, sqlstate.New(sqlstate.UndefinedObject, "text search parser \"%s\" does not exist", args[0].Str())
		}
		return rows(args[1:])
	}
}

func tokenTypes([]types.Datum) ([][]types.Datum, error) {
	var rows [][]types.Datum
	for t := textsearch.TokenType(1); int(t) <= textsearch.TokenTypes(); t++ {
		rows = append(rows, []types.Datum{types.Int(int64(t)), types.String(t.Name()), types.String(t.Description())})
	}
	return rows, nil
}

func tokens(args []types.Datum) ([][]types.Datum, error) {
	var rows [][]types.Datum
	for _, t := range textsearch.Tokens(args[0].Str()) {
		rows = append(rows, []types.Datum{types.Int(int64(t.Type)), types.String(t.Text)})
	}
	return rows, nil
}
