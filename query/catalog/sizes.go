package catalog

import (
	"slices"
	"strconv"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// sizes are the functions that measure storage. What a session has of its own is measured as
// PostgreSQL would keep it, the database as a whole; how much of that a projection takes is not known.
func sizes() map[string]call {
	all := map[string]call{
		"pg_relation_size(regclass)": sizeOf(func(t *Table) int64 { rows, _ := t.Size(); return rows }),
		"pg_relation_size":           forkSize,
		"pg_table_size":              sizeOf(tableSize),
		"pg_indexes_size":            sizeOf(indexesSize),
		"pg_total_relation_size":     sizeOf(func(t *Table) int64 { return tableSize(t) + indexesSize(t) }),
	}
	for what, measure := range map[string]call{"database": databaseSize, "tablespace": tablespaceSize} {
		all["pg_"+what+"_size_oid"] = measure
		all["pg_"+what+"_size_name"] = func(s Session, args []types.Datum) (types.Datum, error) {
			if _, err := objectExists(s, what, args[0], true); err != nil {
				return types.Null, err
			}
			return measure(s, []types.Datum{oid(sized(what, args[0].Str()))})
		}
	}
	return all
}

// sized is the OID of a database or tablespace that there is.
func sized(what, name string) (id uint32) {
	if what == "database" {
		return databaseOID
	}
	eachRow("pg_tablespace", func(f []field) {
		if f[1].text == name {
			id = f[0].oid()
		}
	})
	return id
}

// HasTablespace reports whether there is a tablespace of a name.
func HasTablespace(name string) bool { return sized("tablespace", name) != 0 }

// databaseSize is what the events take on the disk of this node.
func databaseSize(s Session, args []types.Datum) (types.Datum, error) {
	bytes, known := s.DiskBytes()
	if !known || argOID(args[0]) != databaseOID {
		return types.Null, nil
	}
	return types.Int(bytes), nil
}

// tablespaceSize is that of the one database in the tablespace that it is in.
func tablespaceSize(s Session, args []types.Datum) (types.Datum, error) {
	switch id := argOID(args[0]); {
	case id == defaultTablespace:
		return databaseSize(s, []types.Datum{oid(databaseOID)})
	case fixedOIDs("pg_tablespace")()[id]:
		return types.Int(0), nil
	}
	return types.Null, nil
}

const pageSize = 8192

func sizeOf(measure func(*Table) int64) call {
	return func(s Session, args []types.Datum) (types.Datum, error) {
		if c := s.Objects().indexes[argOID(args[0])]; c != nil && c.table.KeySize != nil {
			return types.Int(c.table.KeySize(c.key.Name)), nil
		}
		switch t := s.Objects().byOID[argOID(args[0])]; {
		case t == nil:
		case t.Sequence != nil:
			return types.Int(pageSize), nil
		case t.Query != nil:
			return types.Int(0), nil
		case t.Size != nil:
			return types.Int(measure(t)), nil
		}
		return types.Null, nil
	}
}

// forkSize is that of a fork by name.
func forkSize(s Session, args []types.Datum) (types.Datum, error) {
	measure := func(t *Table) int64 { rows, _ := t.Size(); return rows }
	switch fork := args[1].Str(); fork {
	case "main":
	case "fsm":
		measure = func(t *Table) int64 { _, free := t.Size(); return free }
	case "vm", "init":
		measure = func(*Table) int64 { return 0 }
	default:
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "invalid fork name").
			WithHint(`Valid fork names are "main", "fsm", "vm", and "init".`)
	}
	if t := s.Objects().byOID[argOID(args[0])]; t != nil && t.Size == nil || t == nil && args[1].Str() != "main" {
		return types.Null, nil
	}
	return sizeOf(measure)(s, args)
}

func tableSize(t *Table) int64 {
	rows, free := t.Size()
	if t.mayOverflow() {
		free += pageSize // the index of an empty table of long values
	}
	return rows + free
}

func indexesSize(t *Table) (sum int64) {
	for _, k := range t.Keys {
		sum += t.KeySize(k.Name)
	}
	return sum
}

// Indexed reports whether a table has an index, be it that of its long values.
func (o *Objects) Indexed(id uint32) bool {
	t := o.byOID[id]
	return t == nil || len(t.Keys) > 0 || t.mayOverflow()
}

// mayOverflow reports whether rows may be too long for a page, so that PostgreSQL makes a table
// for long values.
func (t *Table) mayOverflow() bool {
	const rowMax, header, length, bytesMax = 2032, 24, 4, 4
	size, long := 0, false
	for _, c := range t.visible() {
		info := types.Info(types.BaseOf(c.Type.OID))
		switch {
		case info == nil:
		case info.Len > 0:
			size += int(info.Len)
		case info.Storage == 'p':
		case c.Type.Mod < length, info.OID != types.VarcharOID && info.OID != types.BpcharOID && info.OID != types.NumericOID:
			return true
		case info.OID == types.NumericOID:
			long, size = true, size+int(c.Type.Mod-length)>>16/2+2*length
		default:
			long, size = true, size+(int(c.Type.Mod)-length)*bytesMax+length
		}
	}
	return long && size+header > rowMax
}

// sizePretty writes a number of bytes in the largest unit that leaves more than 10, rounded
// half away from zero.
func sizePretty(_ *expr.Env, d types.Datum) (types.Datum, error) {
	n := d.Int()
	if abs(n) < 10*1024 {
		return types.String(strconv.FormatInt(n, 10) + " bytes"), nil
	}
	n /= 512 // one bit more than the unit, to round by
	units := []string{"kB", "MB", "GB", "TB", "PB"}
	i := 0
	for ; i < len(units)-1 && abs(n) >= 20*1024-1; i++ {
		n /= 1024
	}
	if n > 0 {
		n++
	} else {
		n--
	}
	return types.String(strconv.FormatInt(n/2, 10) + " " + units[i]), nil
}

func abs(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func encodingName(_ *expr.Env, d types.Datum) (types.Datum, error) {
	if n := d.Int(); n >= 0 && int(n) < len(expr.Encodings) {
		return types.String(expr.Encodings[n]), nil
	}
	return types.String(""), nil
}

func encodingNumber(_ *expr.Env, d types.Datum) (types.Datum, error) {
	return types.Int(int64(expr.EncodingNumber(d.Str()))), nil
}

// encodingLength is the number of bytes that a character takes at most.
func encodingLength(_ *expr.Env, d types.Datum) (types.Datum, error) {
	lengths := []int64{1, 3, 3, 3, 4, 3, 4, 4}
	switch n := d.Int(); {
	case n < 0 || int(n) >= len(expr.Encodings):
		return types.Null, nil
	case int(n) < len(lengths):
		return types.Int(lengths[n]), nil
	case expr.Encodings[n] == "GB18030":
		return types.Int(4), nil
	case expr.Encodings[n] == "JOHAB":
		return types.Int(3), nil
	case slices.Contains([]string{"SJIS", "BIG5", "GBK", "UHC", "SHIFT_JIS_2004"}, expr.Encodings[n]):
		return types.Int(2), nil
	}
	return types.Int(1), nil
}
