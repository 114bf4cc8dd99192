package catalog

import (
	"slices"
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/types"
)

// generators make the rows of pg_catalog's tables that tell what projsql holds.
var generators = map[string]func(s Session, add func(values)){
	"pg_class":      classes,
	"pg_type":       ownTypes,
	"pg_attribute":  attributes,
	"pg_attrdef":    defaults,
	"pg_index":      indexes,
	"pg_constraint": constraints,
	"pg_namespace":  namespaces,
	"pg_authid":     roles,
	"pg_database":   databases,
	"pg_sequence":   sequences,
	"pg_depend":     dependencies,
}

func oid(n uint32) types.Datum                       { return types.Int(int64(n)) }
func char(c byte) types.Datum                        { return types.Int(int64(c)) }
func number[T ~int | int16 | int32](n T) types.Datum { return types.Int(int64(n)) }

const (
	heapOID  = 2
	btreeOID = 403
)

func classes(s Session, add func(values)) {
	for _, t := range s.Objects().tables {
		add(t.class(s))
	}
	for _, c := range s.Objects().constraints {
		if c.key != nil {
			add(c.class(s))
		}
	}
}

func (t *Table) class(s Session) values {
	v := values{
		"oid": oid(t.OID), "relname": types.String(t.Name), "relnamespace": oid(t.namespace()), "relowner": oid(ownerOID),
		"relam": oid(heapOID), "reltuples": types.Float(-1), "relhasindex": types.Bool(len(t.Keys) > 0),
		"relpersistence": char('p'), "relkind": char('r'), "relnatts": number(len(t.visible())), "relchecks": number(len(t.Checks)),
		"relispopulated": types.Bool(true), "relreplident": char('d'),
	}
	if t.Temporary {
		v["relpersistence"], v["relowner"] = char('t'), oid(roleOID(s.User()))
	}
	if t.Sequence != nil {
		v["relkind"], v["relam"], v["relreplident"], v["reltuples"] = char('S'), oid(0), char('n'), types.Float(1)
	}
	if t.View {
		v["relkind"], v["relam"], v["relreplident"], v["relhasrules"] = char('v'), oid(0), char('n'), types.Bool(true)
	}
	return v
}

func (c *constraint) class(s Session) values {
	v := c.table.class(s)
	for name, d := range (values{
		"oid": oid(c.index), "relname": types.String(c.key.Name), "relam": oid(btreeOID), "relhasindex": types.Bool(false),
		"reltuples": types.Float(0),
		"relkind":   char('i'), "relnatts": number(len(c.key.Columns)), "relchecks": number(0), "relreplident": char('n'),
	}) {
		v[name] = d
	}
	return v
}

func attributes(s Session, add func(values)) {
	for _, t := range s.Objects().tables {
		for i := range t.visible() {
			add(t.attribute(i))
		}
	}
	for _, c := range s.Objects().constraints {
		if c.key == nil {
			continue
		}
		for i, column := range c.key.Columns {
			v := c.table.attribute(column)
			v["attrelid"], v["attnum"], v["attnotnull"], v["atthasdef"] = oid(c.index), number(i+1), types.Bool(false), types.Bool(false)
			add(v)
		}
	}
}

func (t *Table) attribute(i int) values {
	c := &t.Columns[i]
	v := values{
		"attrelid": oid(t.OID), "attname": types.String(c.Name), "atttypid": oid(uint32(c.Type.OID)), "atttypmod": types.Int(int64(c.Type.Mod)),
		"attnum": number(i + 1), "attstattarget": types.Int(-1), "attcacheoff": types.Int(-1), "attislocal": types.Bool(true),
		"attnotnull": types.Bool(t.NotNull != nil && t.NotNull[i]), "atthasdef": types.Bool(t.initial(i) != ""),
	}
	if t.Identity != nil && t.Identity[i] != 0 {
		v["attidentity"] = char(t.Identity[i])
	}
	if c.Generated {
		v["attgenerated"] = char('s')
	}
	if info := types.Info(c.Type.OID); info != nil {
		v["attlen"], v["attbyval"], v["attalign"] = number(info.Len), types.Bool(info.ByVal), char(info.Align)
		v["attstorage"], v["attcollation"] = char(info.Storage), oid(uint32(info.Collation))
		if info.IsArray() {
			v["attndims"] = number(1)
		}
	}
	return v
}

func defaults(s Session, add func(values)) {
	for _, t := range s.Objects().tables {
		for i, c := range t.visible() {
			if t.initial(i) == "" {
				continue
			}
			add(values{
				"oid": oid(RelationOID("default " + t.Schema + "." + t.Name + "." + c.Name)), "adrelid": oid(t.OID),
				"adnum": number(i + 1), "adbin": types.String(t.initial(i)),
			})
		}
	}
}

func indexes(s Session, add func(values)) {
	for _, c := range s.Objects().constraints {
		if c.key == nil {
			continue
		}
		n := len(c.key.Columns)
		var columns, collations, classes []string
		for _, i := range c.key.Columns {
			t := c.table.Columns[i].Type.OID
			columns = append(columns, strconv.Itoa(i+1))
			collations = append(collations, strconv.Itoa(int(types.Info(t).Collation)))
			classes = append(classes, strconv.Itoa(int(operatorClasses()[t])))
		}
		add(values{
			"indexrelid": oid(c.index), "indrelid": oid(c.table.OID), "indnatts": number(n), "indnkeyatts": number(n),
			"indisunique": types.Bool(!c.key.Plain), "indisprimary": types.Bool(c.key.Primary), "indimmediate": types.Bool(true),
			"indisvalid": types.Bool(true), "indisready": types.Bool(true), "indislive": types.Bool(true),
			"indkey": vector(types.Int2VectorOID, columns), "indcollation": vector(types.OIDVectorOID, collations),
			"indclass": vector(types.OIDVectorOID, classes), "indoption": vector(types.Int2VectorOID, slices.Repeat([]string{"0"}, n)),
		})
	}
}

func vector(t types.OID, items []string) types.Datum {
	d, err := types.Parse(nil, types.Of(t), strings.Join(items, " "))
	must(err)
	return d
}

func constraints(s Session, add func(values)) {
	for _, c := range s.Objects().constraints {
		if c.key != nil && c.key.Index {
			continue
		}
		v := values{
			"oid": oid(c.oid), "conname": types.String(c.name()), "connamespace": oid(c.table.namespace()), "conrelid": oid(c.table.OID),
			"conindid": oid(c.index), "convalidated": types.Bool(true), "conislocal": types.Bool(true),
			"confupdtype": char(' '), "confdeltype": char(' '), "confmatchtype": char(' '),
		}
		if c.key == nil {
			v["contype"], v["conbin"], v["conkey"] = char('c'), types.String(c.check.SQL), columnNumbers(c.check.Columns)
			add(v)
			continue
		}
		v["contype"], v["connoinherit"] = char('u'), types.Bool(true)
		if c.key.Primary {
			v["contype"] = char('p')
		}
		v["conkey"] = columnNumbers(c.key.Columns)
		add(v)
	}
}

// columnNumbers are the numbers of columns as conkey has them; NULL if there are none.
func columnNumbers(columns []int) types.Datum {
	if len(columns) == 0 {
		return types.Null
	}
	var numbers []types.Datum
	for _, i := range columns {
		numbers = append(numbers, number(i+1))
	}
	return types.Pointer(types.NewArray(types.Int2OID, numbers))
}
