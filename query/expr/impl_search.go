package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/textsearch"
	"github.com/projsql/projsql/wire/sqlstate"
)

// searches are the functions of full text search. Those that the caller gives a configuration
// have _byid in their source's name.
func searches() map[string]any {
	all := map[string]any{
		"get_current_ts_config": Func0(func(env *Env) (types.Datum, error) {
			oid, err := searchConfig(env)
			return types.Int(int64(oid)), err
		}),
		"ts_match_vq": Func2(matched),
		"ts_match_qv": Func2(func(env *Env, q, v types.Datum) (types.Datum, error) { return matched(env, v, q) }),
		"ts_match_tq": Func2(textMatches(func(_ *textsearch.Configuration, q types.Datum) (textsearch.Query, error) {
			return queryOf(q), nil
		})),
		"ts_match_tt": Func2(textMatches(func(c *textsearch.Configuration, q types.Datum) (textsearch.Query, error) {
			return c.PlainToQuery(q.Str())
		})),
		"ts_lexize":  Func2(lexize),
		"ts_rank_tt": rankFunction(textsearch.Rank), "ts_rank_ttf": rankFunction(textsearch.Rank),
		"ts_rank_wtt": rankFunction(textsearch.Rank), "ts_rank_wttf": rankFunction(textsearch.Rank),
		"ts_rankcd_tt": rankFunction(textsearch.RankCover), "ts_rankcd_ttf": rankFunction(textsearch.RankCover),
		"ts_rankcd_wtt": rankFunction(textsearch.RankCover), "ts_rankcd_wttf": rankFunction(textsearch.RankCover),
		"ts_debug(regconfig,text)": SetFunc(func(_ *Env, args []types.Datum) (Rows, error) {
			return debugTokens(uint32(args[0].Int()), args[1].Str())
		}),
		"ts_debug(text)": SetFunc(func(env *Env, args []types.Datum) (Rows, error) {
			oid, err := searchConfig(env)
			if err != nil {
				return nil, err
			}
			return debugTokens(oid, args[0].Str())
		}),
	}
	for name, f := range map[string]func(*textsearch.Configuration, string) (types.Datum, error){
		"to_tsvector":          vectorResult((*textsearch.Configuration).ToVector),
		"to_tsquery":           queryResult((*textsearch.Configuration).ToQuery),
		"plainto_tsquery":      queryResult((*textsearch.Configuration).PlainToQuery),
		"phraseto_tsquery":     queryResult((*textsearch.Configuration).PhraseToQuery),
		"websearch_to_tsquery": queryResult((*textsearch.Configuration).WebToQuery),
	} {
		configured(all, name, name+"_byid", func(c *textsearch.Configuration, args []types.Datum) (types.Datum, error) {
			return f(c, args[0].Str())
		})
	}
	addJSONSearches(all)
	addHeadlines(all)
	return all
}

// searchFunc is a function behind the configuration that it goes by.
type searchFunc func(c *textsearch.Configuration, args []types.Datum) (types.Datum, error)

// configured adds two functions, of which the one goes by the setting, and the other by its first argument.
func configured(all map[string]any, plain, byID string, f searchFunc) {
	all[plain] = FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
		oid, err := searchConfig(env)
		if err != nil {
			return types.Null, err
		}
		return f.with(env, oid, args)
	})
	all[byID] = FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
		return f.with(env, uint32(args[0].Int()), args[1:])
	})
}

func (f searchFunc) with(env *Env, config uint32, args []types.Datum) (types.Datum, error) {
	c, err := textsearch.ConfigurationByOID(config)
	if err != nil {
		return types.Null, err
	}
	c.Check = goesOn(env)
	return f(c, args)
}

// searchConfig is the configuration of the setting default_text_search_config.
func searchConfig(env *Env) (uint32, error) {
	name, ok := "pg_catalog.simple", env.Setting != nil
	if ok {
		name, ok = env.Setting("default_text_search_config")
	}
	if !ok {
		name = "pg_catalog.simple"
	}
	if name == "pg_catalog.simple" || env.Registry == nil {
		return textsearch.SimpleOID, nil
	}
	return env.Registry.RegOID(types.RegconfigOID, name)
}

func vectorResult(f func(*textsearch.Configuration, string) (textsearch.Vector, error)) func(*textsearch.Configuration, string) (types.Datum, error) {
	return func(c *textsearch.Configuration, s string) (types.Datum, error) { return vectorDatum(f(c, s)) }
}

func queryResult(f func(*textsearch.Configuration, string) (textsearch.Query, error)) func(*textsearch.Configuration, string) (types.Datum, error) {
	return func(c *textsearch.Configuration, s string) (types.Datum, error) { return queryDatum(f(c, s)) }
}

func vectorDatum(v textsearch.Vector, err error) (types.Datum, error) {
	if err != nil {
		return types.Null, err
	}
	return types.VectorOf(v), nil
}

func queryDatum(q textsearch.Query, err error) (types.Datum, error) {
	if err != nil {
		return types.Null, err
	}
	return types.QueryOf(q), nil
}

func vectorOf(d types.Datum) textsearch.Vector { return textsearch.DecodeVector(d.Str()) }

func queryOf(d types.Datum) textsearch.Query { return textsearch.DecodeQuery(d.Str()) }

func matched(env *Env, v, q types.Datum) (types.Datum, error) {
	found, err := textsearch.Match(vectorOf(v), queryOf(q), goesOn(env))
	return types.Bool(found), err
}

// textMatches is @@ of a text.
func textMatches(query func(*textsearch.Configuration, types.Datum) (textsearch.Query, error)) Func2 {
	return func(env *Env, a, b types.Datum) (types.Datum, error) {
		oid, err := searchConfig(env)
		if err != nil {
			return types.Null, err
		}
		return searchFunc(func(c *textsearch.Configuration, _ []types.Datum) (types.Datum, error) {
			v, err := c.ToVector(a.Str())
			if err != nil {
				return types.Null, err
			}
			q, err := query(c, b)
			if err != nil {
				return types.Null, err
			}
			found, err := textsearch.Match(v, q, c.Check)
			return types.Bool(found), err
		}).with(env, oid, nil)
	}
}

func lexize(_ *Env, dictionary, token types.Datum) (types.Datum, error) {
	d, err := textsearch.DictionaryByOID(uint32(dictionary.Int()))
	if err != nil {
		return types.Null, err
	}
	lexeme, ok := d.Lexize(token.Str())
	if !ok {
		return textArray(nil), nil
	}
	return textArray([]types.Datum{types.String(lexeme)}), nil
}

func textArray(items []types.Datum) types.Datum {
	return types.Pointer(types.NewArray(types.TextOID, items))
}

// rankFunction ranks by [weights,] document, query [and normalization].
func rankFunction(rank func(textsearch.Weights, textsearch.Vector, textsearch.Query, textsearch.Normalization, func() error) (float32, error)) any {
	return maker(func(c *Call) any {
		weighted := c.Proc.Args[0] == types.ArrayOf(types.Float4OID)
		return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
			w := textsearch.DefaultWeights
			if weighted {
				var err error
				if w, err = weightsOf(args[0].Array()); err != nil {
					return types.Null, err
				}
				args = args[1:]
			}
			var n textsearch.Normalization
			if len(args) > 2 {
				n = textsearch.Normalization(args[2].Int())
			}
			r, err := rank(w, vectorOf(args[0]), queryOf(args[1]), n, goesOn(env))
			return types.Float(float64(r)), err
		})
	})
}

func weightsOf(a *types.Array) (textsearch.Weights, error) {
	w := textsearch.DefaultWeights
	switch {
	case len(a.Dims) != 1:
		return w, sqlstate.New(sqlstate.ArraySubscriptError, "array of weight must be one-dimensional")
	case len(a.Items) < len(w):
		return w, sqlstate.New(sqlstate.ArraySubscriptError, "array of weight is too short")
	}
	for _, item := range a.Items {
		if item.IsNull() {
			return w, sqlstate.New(sqlstate.NullValueNotAllowed, "array of weight must not contain nulls")
		}
	}
	for i := range w {
		if f := float32(a.Items[i].Float()); f >= 0 {
			w[i] = f
		}
		if w[i] > 1 {
			return w, sqlstate.New(sqlstate.InvalidParameterValue, "weight out of range")
		}
	}
	return w, nil
}

// debugTokens says of each token of a text what becomes of it.
func debugTokens(config uint32, s string) (Rows, error) {
	c, err := textsearch.ConfigurationByOID(config)
	if err != nil {
		return nil, err
	}
	next := textsearch.Tokens(s)
	return func() ([]types.Datum, error) {
		t := next()
		if t.Type == 0 {
			return nil, nil
		}
		row := []types.Datum{
			types.String(t.Type.Name()), types.String(t.Type.Description()), types.String(t.Text),
			types.Pointer(types.NewArray(types.RegdictionaryOID, nil)), types.Null, types.Null,
		}
		oid := c.Dictionary(t.Type)
		if oid == 0 {
			return row, nil
		}
		row[4] = types.Int(int64(oid))
		row[3] = types.Pointer(types.NewArray(types.RegdictionaryOID, []types.Datum{row[4]}))
		var err error
		row[5], err = lexize(nil, row[4], row[2])
		return row, err
	}, nil
}
