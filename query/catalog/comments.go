package catalog

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/projsql/projsql/query/types"
)

// described is what a comment is about: an object of a catalog, or one of its columns.
type described struct{ object, class, part uint32 }

// OIDs of the catalogs that objects with comments are in.
const (
	classOfTypes       = 1247
	classOfProcs       = 1255
	classOfRelations   = 1259
	classOfDefaults    = 2604
	classOfConstraints = 2606
	classOfRules       = 2618
	classOfNamespaces  = 2615
	classOfExtensions  = 3079
)

var fixedDescriptions = sync.OnceValue(func() map[described]string {
	all := map[described]string{}
	eachRow("pg_description", func(f []field) { all[described{f[0].oid(), f[1].oid(), f[2].oid()}] = f[3].text })
	return all
})

// DescribeType adds the comment of a type, before the objects are shown.
func (o *Objects) DescribeType(oid types.OID, comment string) {
	o.comment(described{uint32(oid), classOfTypes, 0}, comment)
}

func (o *Objects) comment(d described, text string) {
	if text != "" {
		o.comments[d] = text
	}
}

func (o *Objects) commentTable(t *Table) {
	o.comment(described{t.OID, classOfRelations, 0}, t.Comment)
	for i, text := range t.Comments {
		o.comment(described{t.OID, classOfRelations, uint32(t.number(i))}, text)
	}
}

func (o *Objects) commentConstraint(c *constraint) {
	if c.check != nil {
		o.comment(described{c.oid, classOfConstraints, 0}, c.check.Comment)
		return
	}
	o.comment(described{c.index, classOfRelations, 0}, c.key.Comment)
	o.comment(described{c.oid, classOfConstraints, 0}, c.key.ConstraintComment)
}

func comments(s Session, add func(values)) {
	all := s.Objects().comments
	for _, d := range slices.SortedFunc(maps.Keys(all), described.compare) {
		add(values{"objoid": oid(d.object), "classoid": oid(d.class), "objsubid": number(int32(d.part)), "description": types.String(all[d])})
	}
}

func (d described) compare(e described) int {
	return cmp.Or(cmp.Compare(d.object, e.object), cmp.Compare(d.class, e.class), cmp.Compare(d.part, e.part))
}

// description is the comment about something; NULL if there is none.
func description(s Session, d described) types.Datum {
	text, ok := s.Objects().comments[d]
	if !ok {
		text, ok = fixedDescriptions()[d]
	}
	if !ok {
		return types.Null
	}
	return types.String(text)
}

// descriptions are the functions that read comments.
func descriptions() map[string]call {
	return map[string]call{
		"obj_description(oid,name)": func(s Session, args []types.Datum) (types.Datum, error) {
			class := shapes()[[2]string{"pg_catalog", args[1].Str()}]
			if class == nil {
				return types.Null, nil
			}
			return description(s, described{argOID(args[0]), class.oid, 0}), nil
		},
		"obj_description(oid)": func(s Session, args []types.Datum) (types.Datum, error) {
			for _, all := range []map[described]string{s.Objects().comments, fixedDescriptions()} {
				for d, text := range all {
					if d.object == argOID(args[0]) && d.part == 0 {
						return types.String(text), nil
					}
				}
			}
			return types.Null, nil
		},
		"col_description(oid,integer)": func(s Session, args []types.Datum) (types.Datum, error) {
			return description(s, described{argOID(args[0]), classOfRelations, uint32(args[1].Int())}), nil
		},
		"shobj_description(oid,name)": always(types.Null),
	}
}
