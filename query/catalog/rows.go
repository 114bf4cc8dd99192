package catalog

import (
	"bufio"
	"compress/gzip"
	"embed"
	"errors"
	"io/fs"
	"strings"

	"github.com/projsql/projsql/query/types"
)

//go:embed pgrows/*.tsv.gz
var pgrows embed.FS

// eachRow calls row with the fields of each row that every database of PostgreSQL has in
// a relation of pg_catalog. The data is part of the program, so damage is a broken build.
func eachRow(relation string, row func(fields []field)) {
	file, err := pgrows.Open("pgrows/" + relation + ".tsv.gz")
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	must(err)
	defer file.Close()
	zip, err := gzip.NewReader(file)
	must(err)
	lines := bufio.NewScanner(zip)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var fields []field
		for f := range strings.SplitSeq(lines.Text(), "\t") {
			fields = append(fields, unescape(f))
		}
		row(fields)
	}
	must(lines.Err())
}

func must(err error) {
	if err != nil {
		panic("catalog: " + err.Error())
	}
}

// field is a value as COPY writes it.
type field struct {
	text string
	null bool
}

var escapes = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\r`, "\r", `\b`, "\b", `\f`, "\f", `\v`, "\v")

func unescape(s string) field {
	if s == `\N` {
		return field{null: true}
	}
	if strings.IndexByte(s, '\\') >= 0 {
		s = escapes.Replace(s)
	}
	return field{text: s}
}

const (
	aclItemArrayOID types.OID = 1034
)

// datum is the value of a column.
func (f field) datum(t types.Type) types.Datum {
	if f.null {
		return types.Null
	}
	if t.OID == aclItemArrayOID {
		items, err := types.Parse(nil, types.Of(types.TextArrayOID), f.text)
		must(err)
		array := *items.Array()
		array.Elem = types.ACLItemOID
		return types.Pointer(&array)
	}
	d, err := types.Parse(nil, t, f.text)
	must(err)
	return d
}

func (f field) oid() uint32 {
	d, err := types.Parse(nil, types.Of(types.OIDOID), f.text)
	must(err)
	return uint32(d.Int())
}
