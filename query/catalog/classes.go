package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/types"
)

// generators make the rows of pg_catalog's tables that tell what projsql holds.
var generators = map[string]func(s Session, add func(values)){
	"pg_class":           classes,
	"pg_type":            ownTypes,
	"pg_proc":            procs,
	"pg_enum":            labels,
	"pg_range":           ranges,
	"pg_attribute":       attributes,
	"pg_attrdef":         defaults,
	"pg_index":           indexes,
	"pg_constraint":      constraints,
	"pg_namespace":       namespaces,
	"pg_authid":          roles,
	"pg_auth_members":    roleMembers,
	"pg_db_role_setting": roleSettings,
	"pg_database":        databases,
	"pg_sequence":        sequences,
	"pg_depend":          dependencies,
	"pg_description":     comments,
	"pg_extension":       extensions,
	"pg_rewrite":         rules,
	"pg_default_acl":     defaultACLs,
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
		"oid": oid(t.OID), "relname": types.String(t.Name), "relnamespace": oid(t.namespace()), "relowner": oid(ownerOf(t.Held)), "relacl": aclItems(t.Held.Explicit(), owner),
		"relam": oid(heapOID), "reltuples": types.Float(-1), "relhasindex": types.Bool(len(t.Keys) > 0),
		"relpersistence": char('p'), "relkind": char('r'), "relnatts": number(len(t.visible()) + len(t.Dropped)), "relchecks": number(len(t.Checks)),
		"relispopulated": types.Bool(true), "relreplident": char('d'), "reltype": oid(t.row),
		"relfrozenxid": types.Int(nextXID), "relminmxid": types.Int(nextMXID),
	}
	if t.Sequence != nil || t.View || t.Composite != 0 {
		v["relfrozenxid"], v["relminmxid"] = types.Int(0), types.Int(0)
	}
	if t.Temporary {
		v["relpersistence"], v["relowner"] = char('t'), oid(roleOID(s.User()))
	}
	if t.Sequence != nil {
		v["relkind"], v["relam"], v["relreplident"], v["reltuples"] = char('S'), oid(0), char('n'), types.Float(1)
	}
	if t.View {
		v["relkind"], v["relam"], v["relreplident"], v["relhasrules"] = char('v'), oid(0), char('n'), types.Bool(true)
		v["reloptions"] = t.options()
	}
	if t.Composite != 0 {
		v["relkind"], v["relam"], v["relreplident"], v["reltype"] = char('c'), oid(0), char('n'), oid(uint32(t.Composite))
	}
	if n, known := t.live(); known {
		v["reltuples"] = types.Float(float64(n))
	}
	if t.Counted != nil {
		if rows, pages, _ := t.Counted(); rows >= 0 {
			v["reltuples"], v["relpages"] = types.Float(float64(rows)), number(int(pages))
		}
	}
	return v
}

func (t *Table) options() types.Datum {
	var all []types.Datum
	for _, name := range slices.Sorted(maps.Keys(t.Options)) {
		all = append(all, types.String(name+"="+t.Options[name]))
	}
	if all == nil {
		return types.Null
	}
	return types.Pointer(types.NewArray(types.TextOID, all))
}

// live is the number of rows that all sessions see. Those of temporary tables are counted when ANALYZE asks.
func (t *Table) live() (rows int64, known bool) {
	if t.Live == nil || t.Temporary {
		return 0, false
	}
	return t.Live()
}

func (c *constraint) class(s Session) values {
	v := c.table.class(s)
	rows, known := c.table.live()
	if !known {
		rows = 0
	}
	for name, d := range (values{
		"oid": oid(c.index), "relname": types.String(c.key.Name), "relam": oid(btreeOID), "relhasindex": types.Bool(false), "reltype": oid(0),
		"reltuples": types.Float(float64(rows)),
		"relacl":    types.Null, "relkind": char('i'), "relnatts": number(len(c.attributes())), "relchecks": number(0), "relreplident": char('n'),
		"relfrozenxid": types.Int(0), "relminmxid": types.Int(0),
	}) {
		v[name] = d
	}
	if c.table.Counted != nil {
		rows, _, pages := c.table.Counted()
		v["reltuples"], v["relpages"] = types.Float(float64(max(rows, 0))), number(int(max(pages[c.key.Name], 1)))
	}
	return v
}

func attributes(s Session, add func(values)) {
	for _, t := range s.Objects().tables {
		for i := range t.visible() {
			add(t.attribute(i))
		}
		for _, c := range t.Dropped {
			add(t.dropped(c))
		}
		if !t.View && t.Composite == 0 {
			t.systemAttributes(add)
		}
	}
	for _, c := range s.Objects().constraints {
		if c.key == nil {
			continue
		}
		for i, part := range c.attributes() {
			v := attribute(part.Name, part.Type)
			v["attrelid"], v["attnum"], v["attnotnull"], v["atthasdef"] = oid(c.index), number(i+1), types.Bool(false), types.Bool(false)
			add(v)
		}
	}
}

func (t *Table) attribute(i int) values {
	c := &t.Columns[i]
	v := attribute(c.Name, c.Type)
	if c.Collation != 0 {
		v["attcollation"] = oid(uint32(c.Collation))
	}
	for name, d := range (values{
		"attrelid": oid(t.OID), "attnum": number(t.number(i)),
		"attnotnull": types.Bool(t.NotNull != nil && t.NotNull[i]), "atthasdef": types.Bool(t.initial(i) != ""),
	}) {
		v[name] = d
	}
	if acl := t.Held.Column(c.Name); acl != nil {
		v["attacl"] = aclItems(acl, owner)
	}
	if t.Identity != nil && t.Identity[i] != 0 {
		v["attidentity"] = char(t.Identity[i])
	}
	if c.Generated {
		v["attgenerated"] = char('s')
	}
	return v
}

// dropped is what stays of a dropped column.
func (t *Table) dropped(c DroppedColumn) values {
	v := attribute(fmt.Sprintf("........pg.dropped.%d........", c.Number), c.Type)
	v["attrelid"], v["attnum"], v["atttypid"], v["attisdropped"], v["attstattarget"] = oid(t.OID), number(c.Number), oid(0), types.Bool(true), types.Int(0)
	return v
}

// systemAttributes are the columns that PostgreSQL gives every table.
func (t *Table) systemAttributes(add func(values)) {
	for i, c := range []column{
		{"ctid", types.TIDOID}, {"xmin", types.XIDOID}, {"cmin", types.CIDOID}, {"xmax", types.XIDOID}, {"cmax", types.CIDOID}, {"tableoid", types.OIDOID},
	} {
		v := attribute(c.name, types.Of(c.typ))
		v["attrelid"], v["attnum"], v["attnotnull"], v["attstattarget"] = oid(t.OID), types.Int(int64(-1-i)), types.Bool(true), types.Int(0)
		add(v)
	}
}

// attribute is what every column has of its type.
func attribute(name string, t types.Type) values {
	v := values{
		"attname": types.String(name), "atttypid": oid(uint32(t.OID)), "atttypmod": types.Int(int64(t.Mod)),
		"attstattarget": types.Int(-1), "attcacheoff": types.Int(-1), "attislocal": types.Bool(true),
	}
	if info := types.Info(t.OID); info != nil {
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
		for i := range t.visible() {
			if t.initial(i) == "" {
				continue
			}
			add(values{
				"oid": oid(t.defaultOID(i)), "adrelid": oid(t.OID),
				"adnum": number(t.number(i)), "adbin": types.String(t.initial(i)),
			})
		}
	}
}

func indexes(s Session, add func(values)) {
	for _, c := range s.Objects().constraints {
		if c.key == nil {
			continue
		}
		var columns, collations, classes, options, expressions []string
		for i, p := range c.attributes() {
			columns = append(columns, strconv.Itoa(c.table.number(p.Column)))
			if i >= len(c.parts()) {
				continue
			}
			collations = append(collations, strconv.Itoa(int(types.Info(p.Type.OID).Collation)))
			classes = append(classes, strconv.Itoa(int(DefaultClass(p.Type.OID).OID)))
			options = append(options, strconv.Itoa(p.options()))
			if p.Column < 0 {
				expressions = append(expressions, p.SQL)
			}
		}
		v := values{
			"indexrelid": oid(c.index), "indrelid": oid(c.table.OID), "indnatts": number(len(columns)), "indnkeyatts": number(len(classes)),
			"indisunique": types.Bool(!c.key.Plain), "indisclustered": types.Bool(c.key.Clustered), "indisprimary": types.Bool(c.key.Primary), "indimmediate": types.Bool(!c.key.Later),
			"indisvalid": types.Bool(true), "indisready": types.Bool(true), "indislive": types.Bool(true), "indnullsnotdistinct": types.Bool(c.key.SameNulls),
			"indkey": vector(types.Int2VectorOID, columns), "indcollation": vector(types.OIDVectorOID, collations),
			"indclass": vector(types.OIDVectorOID, classes), "indoption": vector(types.Int2VectorOID, options),
		}
		if expressions != nil {
			v["indexprs"] = types.String(strings.Join(expressions, ", "))
		}
		if c.key.Where != "" {
			v["indpred"] = types.String(c.key.Where)
		}
		add(v)
	}
}

// options are the bits of indoption: 1 descending, 2 NULLs first.
func (p *Part) options() (bits int) {
	if p.Desc {
		bits = 1
	}
	if p.NullsFirst {
		bits |= 2
	}
	return bits
}

func vector(t types.OID, items []string) types.Datum {
	d, err := types.Parse(nil, types.Of(t), strings.Join(items, " "))
	must(err)
	return d
}

func constraints(s Session, add func(values)) {
	for _, i := range s.Types() {
		for _, c := range i.Constraints {
			add(values{
				"oid": oid(uint32(c.OID)), "conname": types.String(c.Name), "connamespace": oid(namespaceOID(s.TempSchema())), "contype": char('c'),
				"convalidated": types.Bool(!c.NotValid), "contypid": oid(uint32(i.OID)), "conislocal": types.Bool(true), "conbin": types.String(c.Shown),
				"confupdtype": char(' '), "confdeltype": char(' '), "confmatchtype": char(' '),
			})
		}
	}
	for _, c := range s.Objects().constraints {
		if c.key != nil && c.key.Index {
			continue
		}
		v := values{
			"oid": oid(c.oid), "conname": types.String(c.name()), "connamespace": oid(c.table.namespace()), "conrelid": oid(c.table.OID),
			"conindid": oid(c.index), "convalidated": types.Bool(c.check == nil || !c.check.NotValid), "conislocal": types.Bool(true),
			"confupdtype": char(' '), "confdeltype": char(' '), "confmatchtype": char(' '),
		}
		if c.key == nil {
			v["contype"], v["conbin"], v["conkey"] = char('c'), types.String(c.check.SQL), c.table.numbers(c.check.Columns)
			v["connoinherit"] = types.Bool(c.check.NoInherit)
			add(v)
			continue
		}
		v["contype"], v["connoinherit"] = char('u'), types.Bool(true)
		if c.key.Primary {
			v["contype"] = char('p')
		}
		v["conkey"], v["condeferrable"] = c.table.numbers(c.key.Columns), types.Bool(c.key.Later)
		add(v)
	}
}

// numbers are those of columns as conkey has them; NULL if there are none.
func (t *Table) numbers(columns []int) types.Datum {
	if len(columns) == 0 {
		return types.Null
	}
	var numbers []types.Datum
	for _, i := range columns {
		numbers = append(numbers, number(t.number(i)))
	}
	return types.Pointer(types.NewArray(types.Int2OID, numbers))
}
