package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/textsearch"
	"github.com/projsql/projsql/wire/sqlstate"
)

// searchValues are the functions and operators of tsvector and tsquery themselves.
func searchValues() map[string]any {
	return map[string]any{
		"tsvector_cmp": maker(compared), "tsquery_cmp": maker(compared),
		"tsvector_strip":  vector1(textsearch.Vector.Strip),
		"tsvector_length": Func1(func(_ *Env, v types.Datum) (types.Datum, error) { return integer(len(vectorOf(v))) }),
		"tsvector_concat": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) {
			return vectorDatum(vectorOf(a).Concat(vectorOf(b)))
		}),
		"tsvector_setweight": Func2(func(_ *Env, v, letter types.Datum) (types.Datum, error) {
			w, err := textsearch.Weight(byte(letter.Int()))
			if err != nil {
				return types.Null, err
			}
			return types.VectorOf(vectorOf(v).WithWeight(w, true, nil)), nil
		}),
		"tsvector_setweight_by_filter": Func3(weighWords),
		"tsvector_delete_str": Func2(func(_ *Env, v, word types.Datum) (types.Datum, error) {
			return types.VectorOf(vectorOf(v).Without(word.Str())), nil
		}),
		"tsvector_delete_arr": Func2(func(_ *Env, v, words types.Datum) (types.Datum, error) {
			return types.VectorOf(vectorOf(v).Without(present(words)...)), nil
		}),
		"tsvector_filter":   Func2(filterWeights),
		"tsvector_unnest":   SetFunc(unnestVector),
		"tsvector_to_array": Func1(vectorWords),
		"array_to_tsvector": Func1(vectorOfArray),
		"tsquery_and":       query2(textsearch.And),
		"tsquery_or":        query2(textsearch.Or),
		"tsquery_not":       Func1(func(_ *Env, q types.Datum) (types.Datum, error) { return queryDatum(textsearch.Not(queryOf(q))) }),
		"tsquery_phrase": query2(func(a, b textsearch.Query) (textsearch.Query, error) {
			return textsearch.Phrase(a, b, 1)
		}),
		"tsquery_phrase_distance": Func3(func(_ *Env, a, b, n types.Datum) (types.Datum, error) {
			return queryDatum(textsearch.Phrase(queryOf(a), queryOf(b), int(n.Int())))
		}),
		"tsquery_numnode": Func1(func(_ *Env, q types.Datum) (types.Datum, error) { return integer(queryOf(q).Nodes()) }),
		"tsquerytree":     Func1(func(_ *Env, q types.Datum) (types.Datum, error) { return text(queryOf(q).Searchable()) }),
		"tsquery_rewrite": Func3(func(_ *Env, q, part, by types.Datum) (types.Datum, error) {
			return queryDatum(textsearch.Rewrite(queryOf(q), queryOf(part), queryOf(by)))
		}),
		"tsq_mcontains":  Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return containsQuery(a, b), nil }),
		"tsq_mcontained": Func2(func(_ *Env, a, b types.Datum) (types.Datum, error) { return containsQuery(b, a), nil }),
	}
}

func containsQuery(a, b types.Datum) types.Datum {
	return types.Bool(textsearch.Contains(queryOf(a), queryOf(b)))
}

func vector1(f func(textsearch.Vector) textsearch.Vector) Func1 {
	return func(_ *Env, v types.Datum) (types.Datum, error) { return types.VectorOf(f(vectorOf(v))), nil }
}

func query2(f func(a, b textsearch.Query) (textsearch.Query, error)) Func2 {
	return func(_ *Env, a, b types.Datum) (types.Datum, error) { return queryDatum(f(queryOf(a), queryOf(b))) }
}

// present are the elements of a text array that are not NULL.
func present(d types.Datum) []string {
	var all []string
	for _, item := range d.Array().Items {
		if !item.IsNull() {
			all = append(all, item.Str())
		}
	}
	return all
}

func weighWords(_ *Env, v, letter, words types.Datum) (types.Datum, error) {
	w, err := textsearch.Weight(byte(letter.Int()))
	if err != nil {
		return types.Null, err
	}
	return types.VectorOf(vectorOf(v).WithWeight(w, false, present(words))), nil
}

func filterWeights(_ *Env, v, letters types.Datum) (types.Datum, error) {
	weights := 0
	for _, item := range letters.Array().Items {
		if item.IsNull() {
			return types.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "weight array may not contain nulls")
		}
		w, err := textsearch.Weight(byte(item.Int()))
		if err != nil {
			return types.Null, err
		}
		weights |= 1 << w
	}
	return types.VectorOf(vectorOf(v).OfWeights(weights)), nil
}

func unnestVector(_ *Env, args []types.Datum) (Rows, error) {
	v := vectorOf(args[0])
	return func() ([]types.Datum, error) {
		if len(v) == 0 {
			return nil, nil
		}
		l := v[0]
		v = v[1:]
		row := []types.Datum{types.String(l.Word), types.Null, types.Null}
		if l.Positions != nil {
			var places, weights []types.Datum
			for _, p := range l.Positions {
				places = append(places, types.Int(int64(p.At())))
				weights = append(weights, types.String(string(rune('D'-p.Weight()))))
			}
			row[1], row[2] = types.Pointer(types.NewArray(types.Int2OID, places)), textArray(weights)
		}
		return row, nil
	}, nil
}

func vectorWords(_ *Env, v types.Datum) (types.Datum, error) {
	var items []types.Datum
	for _, l := range vectorOf(v) {
		items = append(items, types.String(l.Word))
	}
	return textArray(items), nil
}

func vectorOfArray(_ *Env, a types.Datum) (types.Datum, error) {
	var words []string
	for _, item := range a.Array().Items {
		switch {
		case item.IsNull():
			return types.Null, sqlstate.New(sqlstate.NullValueNotAllowed, "lexeme array may not contain nulls")
		case item.Str() == "":
			return types.Null, sqlstate.New(sqlstate.ZeroLengthCharacterString, "lexeme array may not contain empty strings")
		case len(item.Str()) > textsearch.LexemeMax:
			return types.Null, sqlstate.New(sqlstate.ProgramLimitExceeded, "word is too long (%d bytes, max %d bytes)", len(item.Str()), textsearch.LexemeMax)
		}
		words = append(words, item.Str())
	}
	return types.VectorOf(textsearch.OfWords(words)), nil
}
