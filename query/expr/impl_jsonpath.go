package expr

import (
	"errors"
	"sync/atomic"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/query/types/jsonpath"
	"github.com/projsql/projsql/wire/sqlstate"
)

// pathCache keeps the last path of one call: it is nearly always constant.
type pathCache struct{ last atomic.Pointer[cachedPath] }

type cachedPath struct {
	text string
	path *jsonpath.Path
}

func (c *pathCache) get(text string) (*jsonpath.Path, error) {
	if l := c.last.Load(); l != nil && l.text == text {
		return l.path, nil
	}
	p, err := jsonpath.Parse(text)
	if err == nil {
		c.last.Store(&cachedPath{text, p})
	}
	return p, err
}

// pathCall is a call of a jsonb_path function: document, path, and perhaps variables
// and whether it is silent.
type pathCall struct {
	pathMode
	cache pathCache
}

// pathMode is what the function's name says.
type pathMode struct {
	zoned  bool // it may use the session's time zone
	silent bool
}

// run applies the path. err is errSuppressed where a silent call fails.
func (c *pathCall) run(env *Env, args []types.Datum, to *found) (got outcome, silent bool, err error) {
	p, err := c.cache.get(args[1].Str())
	if err != nil {
		return false, false, err
	}
	root := jsonb.Root(args[0].Str())
	r := &pathRun{
		env: env, lax: !p.Strict, lenient: !p.Strict, zoned: c.zoned, innermost: -1, nextID: 1,
		root: &pathBase{root: root}, current: pathItem{Value: root},
	}
	silent = c.silent
	if len(args) > 2 {
		vars := jsonb.Root(args[2].Str())
		if vars.Kind() != jsonb.Object {
			return false, false, sqlstate.New(sqlstate.InvalidParameterValue, "\"vars\" argument is not an object").
				WithDetail("Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.")
		}
		r.vars, r.nextID, silent = &pathBase{id: 1, root: vars}, 2, args[3].Bool()
	}
	r.throws, r.base = !silent, r.root
	var all found
	if p.Strict && to == nil { // all of it must be free of errors
		to = &all
		_, err = r.item(p.Root, r.current, to)
		return len(to.items) > 0, silent, err
	}
	got, err = r.item(p.Root, r.current, to)
	return got, silent, err
}

// items are all that the path finds; none if a silent call fails.
func (c *pathCall) items(env *Env, args []types.Datum) ([]pathItem, bool, error) {
	var all found
	_, silent, err := c.run(env, args, &all)
	if errors.Is(err, errSuppressed) {
		err = nil
	}
	return all.items, silent, err
}

func (c *pathCall) exists(env *Env, args []types.Datum) (types.Datum, error) {
	got, _, err := c.run(env, args, nil)
	if errors.Is(err, errSuppressed) {
		return types.Null, nil
	}
	return types.Bool(bool(got)), err
}

func (c *pathCall) match(env *Env, args []types.Datum) (types.Datum, error) {
	items, silent, err := c.items(env, args)
	if err != nil {
		return types.Null, err
	}
	if len(items) == 1 && items[0].time == 0 {
		switch items[0].Kind() {
		case jsonb.Bool:
			return types.Bool(items[0].Bool()), nil
		case jsonb.Null:
			return types.Null, nil
		}
	}
	if silent {
		return types.Null, nil
	}
	return types.Null, sqlstate.New(sqlstate.SingletonJSONItemRequired, "single boolean result is expected")
}

func (c *pathCall) array(env *Env, args []types.Datum) (types.Datum, error) {
	items, _, err := c.items(env, args)
	if err != nil {
		return types.Null, err
	}
	var b jsonb.Builder
	b.BeginArray()
	for i := range items {
		d, err := items[i].document()
		if err != nil {
			return types.Null, err
		}
		b.Value(jsonb.Root(d.Str()))
	}
	b.End()
	return doc(b.Doc())
}

func (c *pathCall) first(env *Env, args []types.Datum) (types.Datum, error) {
	items, _, err := c.items(env, args)
	if err != nil || len(items) == 0 {
		return types.Null, err
	}
	return items[0].document()
}

func (c *pathCall) query(env *Env, args []types.Datum) (Rows, error) {
	items, _, err := c.items(env, args)
	return func() ([]types.Datum, error) {
		if len(items) == 0 {
			return nil, nil
		}
		d, err := items[0].document()
		items = items[1:]
		return []types.Datum{d}, err
	}, err
}

func jsonPaths() map[string]any {
	all := map[string]any{
		"jsonb_path_exists_opr": pathMaker(pathMode{silent: true}, (*pathCall).exists),
		"jsonb_path_match_opr":  pathMaker(pathMode{silent: true}, (*pathCall).match),
	}
	for suffix, zoned := range map[string]bool{"": false, "_tz": true} {
		mode := pathMode{zoned: zoned}
		all["jsonb_path_exists"+suffix] = pathMaker(mode, (*pathCall).exists)
		all["jsonb_path_match"+suffix] = pathMaker(mode, (*pathCall).match)
		all["jsonb_path_query_array"+suffix] = pathMaker(mode, (*pathCall).array)
		all["jsonb_path_query_first"+suffix] = pathMaker(mode, (*pathCall).first)
		all["jsonb_path_query"+suffix] = setMaker(func(*Call) SetFunc {
			return (&pathCall{pathMode: mode}).query
		})
	}
	return all
}

func pathMaker(mode pathMode, f func(*pathCall, *Env, []types.Datum) (types.Datum, error)) maker {
	return func(*Call) any {
		call := &pathCall{pathMode: mode}
		return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) { return f(call, env, args) })
	}
}
