package expr

import (
	"strings"
	"time"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
)

// pathItem is what a path finds: a value of a document, or a datetime.
type pathItem struct {
	jsonb.Value
	time types.OID // of a datetime: its type, value and the zone it was written in
	date types.Datum
	west int
}

// pathBase is a document that items lie in; keyvalue() numbers objects by it.
type pathBase struct {
	id   int64
	root jsonb.Value
	// offsets are the places of its containers in PostgreSQL's format, once asked for.
	offsets map[*byte]int64
}

func (i *pathItem) isArray() bool { return i.time == 0 && i.Kind() == jsonb.Array }

// size is an array's, -1 for others.
func (i *pathItem) size() int {
	if i.isArray() {
		return i.Len()
	}
	return -1
}

// typeName is what type() says.
func (i *pathItem) typeName() string {
	if i.time != 0 {
		return typeName(i.time)
	}
	return i.Kind().String()
}

// document is the item as jsonb; a datetime is a string, in the zone it was written in.
func (i *pathItem) document() (types.Datum, error) {
	if i.time == 0 {
		return types.String(i.Doc()), nil
	}
	if i.time == types.TimetzOID {
		text := types.Text(nil, i.time, i.date)
		if strings.LastIndexAny(text, "+-") == len(text)-len("+00") {
			text += ":00"
		}
		made, err := textItem(text)
		return types.String(made.Doc()), err
	}
	env := types.NewEnv()
	env.TimeZone = time.FixedZone("", -i.west)
	return types.ToJSONB(env, i.time, i.date)
}

func textItem(s string) (pathItem, error) {
	return built(func(b *jsonb.Builder) { b.String(s) })
}

func numberItem(n types.Datum) (pathItem, error) {
	return built(func(b *jsonb.Builder) { b.Number(types.NumericText(n)) })
}

func boolItem(v truth) (pathItem, error) {
	return built(func(b *jsonb.Builder) {
		if v == unknown {
			b.Null()
		} else {
			b.Bool(v == yes)
		}
	})
}

func built(add func(*jsonb.Builder)) (pathItem, error) {
	var b jsonb.Builder
	add(&b)
	doc, err := b.Doc()
	return pathItem{Value: jsonb.Root(doc)}, err
}

// numeric returns a number's value.
func (i *pathItem) numeric() (types.Datum, bool) {
	if i.time != 0 || i.Kind() != jsonb.Number {
		return types.Null, false
	}
	text, _ := i.Text()
	n, err := types.ParseNumeric(text)
	return n, err == nil
}

// str returns a string's value.
func (i *pathItem) str() (string, bool) {
	if i.time != 0 || i.Kind() != jsonb.String {
		return "", false
	}
	return i.Text()
}
