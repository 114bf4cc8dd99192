package catalog

import (
	"maps"
	"slices"
	"strings"

	"github.com/projsql/projsql/query/types"
)

// accessMethods are PostgreSQL's access methods by OID, each with those of methodProperties that it has.
var (
	methodProperties = []string{"can_order", "can_unique", "can_multi_col", "can_exclude", "can_include"}
	accessMethods    = map[uint32][]string{
		403:  methodProperties,                                // btree
		405:  {"can_exclude"},                                 // hash
		783:  {"can_multi_col", "can_exclude", "can_include"}, // gist
		2742: {"can_multi_col"},                               // gin
		3580: {"can_multi_col"},                               // brin
		4000: {"can_exclude", "can_include"},                  // spgist
	}
)

// Every index here is a btree's.
var (
	indexProperties = map[string]bool{"clusterable": true, "index_scan": true, "bitmap_scan": true, "backward_scan": true}
	// includedProperties are those of columns that an index has beside its key's.
	includedProperties = map[string]bool{"orderable": false, "distance_orderable": false, "returnable": true}
)

// properties are those of a column of a key.
func (p *Part) properties() map[string]bool {
	all := maps.Clone(includedProperties)
	for name, has := range map[string]bool{
		"asc": !p.Desc, "desc": p.Desc, "nulls_first": p.NullsFirst, "nulls_last": !p.NullsFirst,
		"orderable": true, "search_array": true, "search_nulls": true,
	} {
		all[name] = has
	}
	return all
}

// has looks a property up, whose name has any case; NULL = nothing is known of it.
func has(properties map[string]bool, name types.Datum) (types.Datum, error) {
	if value, ok := properties[strings.ToLower(name.Str())]; ok {
		return types.Bool(value), nil
	}
	return types.Null, nil
}

func methodProperty(_ Session, args []types.Datum) (types.Datum, error) {
	method, found := accessMethods[argOID(args[0])]
	name := strings.ToLower(args[1].Str())
	if !found || !slices.Contains(methodProperties, name) {
		return types.Null, nil
	}
	return types.Bool(slices.Contains(method, name)), nil
}

func indexProperty(s Session, args []types.Datum) (types.Datum, error) {
	if findIndex(s, argOID(args[0])) == nil {
		return types.Null, nil
	}
	return has(indexProperties, args[1])
}

func indexColumnProperty(s Session, args []types.Datum) (types.Datum, error) {
	i, n := findIndex(s, argOID(args[0])), args[1].Int()
	if i == nil || n < 1 {
		return types.Null, nil
	}
	keys, included := i.keys()
	switch {
	case n <= int64(len(keys)):
		return has(keys[n-1].properties(), args[2])
	case n <= int64(len(keys)+included):
		return has(includedProperties, args[2])
	}
	return types.Null, nil
}

// keys are the columns of an index's key, and how many it has beside them.
func (i *index) keys() (keys []Part, included int) {
	if i.made == nil {
		return make([]Part, len(i.columns)), 0
	}
	return i.made.parts(), len(i.made.key.Include)
}
