package structs_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/apd/v3"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/query/structs"
	"github.com/projsql/projsql/query/types"
)

// bind declares the columns of a struct and binds it to them.
func bind(t reflect.Type) (*structs.Mapping, []structs.Column, error) {
	m, err := structs.Of(t)
	if err != nil {
		return nil, nil, err
	}
	var declared []string
	for _, f := range m.Fields() {
		declared = append(declared, expr.QuoteIdent(f.Column)+" "+f.Type)
	}
	d, err := fold.CompileNative(fold.Native{Name: "t", Columns: strings.Join(declared, ", ")})
	if err != nil {
		return nil, nil, err
	}
	var columns []structs.Column
	for _, c := range d.Columns {
		columns = append(columns, structs.Column{Name: c.Name, Type: types.Type{OID: types.OID(c.Type), Mod: c.TypeMod}})
	}
	m, err = m.Bind(columns)
	return m, columns, err
}

type point struct{ X, Y int }

type color string

// every has a field of every Go type that can be a column.
type every struct {
	Bool       bool
	I8         int8
	I16        int16
	I32        int32
	I64        int64
	Int        int
	U8         uint8
	U16        uint16
	U32        uint32
	F32        float32
	F64        float64
	Text       string
	Color      color
	Bytes      []byte
	Time       time.Time
	MaybeTime  *time.Time
	Duration   time.Duration
	ID         uuid.UUID
	MaybeInt   *int
	Strings    []string
	Ints       []int32
	Maybes     []*string
	Days       []time.Time `projsql:"days,date[]"`
	Map        map[string]int
	Struct     point
	Structs    []point
	Raw        json.RawMessage
	Count      int64       `projsql:"count,numeric"`
	Price      apd.Decimal `projsql:"price,numeric(20,2)"`
	Exact      string      `projsql:"exact,numeric"`
	Name       string      `projsql:",varchar(30)"`
	Day        time.Time   `projsql:",date"`
	Local      time.Time   `projsql:"local,timestamp"`
	Document   string      `projsql:",jsonb"`
	HTTPPort   int         `projsql:",integer"`
	LastAuthor string
	Host       *netip.Addr   `projsql:"host,inet"`
	Net        *netip.Prefix `projsql:"net,cidr"`
}

func maybe[T any](g *rapid.Generator[T]) *rapid.Generator[*T] { return rapid.Ptr(g, true) }

// slice includes nil and the empty one, which are not the same.
func slice[T any](g *rapid.Generator[T]) *rapid.Generator[[]T] {
	return rapid.OneOf(rapid.Just([]T(nil)), rapid.SliceOfN(g, 0, 4))
}

func everyOf(t *rapid.T) every {
	text := rapid.StringOfN(rapid.RuneFrom([]rune(`aZ'"\{}, é世`)), 0, 8, -1)
	instant := rapid.Custom(func(t *rapid.T) time.Time {
		return time.UnixMicro(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "micros")).UTC()
	})
	day := rapid.Custom(func(t *rapid.T) time.Time {
		return time.Date(1970, 1, rapid.IntRange(-1e6, 1e6).Draw(t, "day"), 0, 0, 0, 0, time.UTC)
	})
	points := rapid.Custom(func(t *rapid.T) point { return point{rapid.Int().Draw(t, "x"), rapid.Int().Draw(t, "y")} })
	addr := rapid.Custom(func(t *rapid.T) netip.Addr {
		return netip.AddrFrom16([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "addr")))
	})
	net := rapid.Custom(func(t *rapid.T) netip.Prefix {
		return netip.PrefixFrom(addr.Draw(t, "addr"), rapid.IntRange(0, 128).Draw(t, "bits")).Masked()
	})
	return every{
		Host: maybe(addr).Draw(t, "host"), Net: maybe(net).Draw(t, "net"),
		Bool: rapid.Bool().Draw(t, "bool"),
		I8:   rapid.Int8().Draw(t, "i8"), I16: rapid.Int16().Draw(t, "i16"), I32: rapid.Int32().Draw(t, "i32"),
		I64: rapid.Int64().Draw(t, "i64"), Int: rapid.Int().Draw(t, "int"),
		U8: rapid.Uint8().Draw(t, "u8"), U16: rapid.Uint16().Draw(t, "u16"), U32: rapid.Uint32().Draw(t, "u32"),
		F32: rapid.Float32().Draw(t, "f32"), F64: rapid.Float64().Draw(t, "f64"),
		Text: text.Draw(t, "text"), Color: color(text.Draw(t, "color")), Bytes: slice(rapid.Byte()).Draw(t, "bytes"),
		Time: instant.Draw(t, "time"), MaybeTime: maybe(instant).Draw(t, "maybe time"),
		Duration: time.Duration(rapid.Int64Range(-1<<50, 1<<50).Draw(t, "duration")) * time.Microsecond,
		ID:       uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id")), MaybeInt: maybe(rapid.Int()).Draw(t, "maybe int"),
		Strings: slice(text).Draw(t, "strings"), Ints: slice(rapid.Int32()).Draw(t, "ints"), Maybes: slice(maybe(text)).Draw(t, "maybes"),
		Days: slice(day).Draw(t, "days"), Map: rapid.MapOfN(text, rapid.Int(), 0, 3).Draw(t, "map"),
		Struct: points.Draw(t, "struct"), Structs: slice(points).Draw(t, "structs"),
		Raw:   json.RawMessage(fmt.Sprintf(`{"a": %d}`, rapid.Int().Draw(t, "raw"))),
		Count: rapid.Int64().Draw(t, "count"), Price: *apd.New(rapid.Int64().Draw(t, "price"), -2),
		Exact: apd.New(rapid.Int64().Draw(t, "exact"), -int32(rapid.IntRange(0, 30).Draw(t, "scale"))).Text('f'),
		Name:  text.Draw(t, "name"), Day: day.Draw(t, "day"), Local: instant.Draw(t, "local"),
		Document: `[1, {"a": null}]`, HTTPPort: int(rapid.Int32().Draw(t, "port")), LastAuthor: text.Draw(t, "author"),
	}
}

// TestNothingIsLost stores and loads structs of every type: what comes back is the same.
func TestNothingIsLost(t *testing.T) {
	m, columns, err := bind(reflect.TypeFor[every]())
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		want, got, row := everyOf(t), every{}, make([]types.Datum, len(columns))
		if err := m.Store(row, reflect.ValueOf(&want).Elem()); err != nil {
			t.Fatal(err)
		}
		if err := m.Load(reflect.ValueOf(&got).Elem(), row); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("stored %+v\nloaded %+v", want, got)
		}
	})
}

// TestColumnsOfStructs compares names and types with what SQL would be expected to call
// them, and the values with their texts.
func TestColumnsOfStructs(t *testing.T) {
	m, columns, err := bind(reflect.TypeFor[every]())
	if err != nil {
		t.Fatal(err)
	}
	one := 1
	v := every{
		Time: time.Date(2024, 2, 29, 1, 2, 3, 4999, time.FixedZone("", 3600)), Duration: 90 * time.Second, MaybeInt: &one,
		Bytes: []byte{1}, Strings: []string{"a b", ""}, Map: map[string]int{"a": 1}, Price: *apd.New(1999, -3), Exact: "1.50",
		Document: "7", Structs: []point{{1, 2}},
	}
	row := make([]types.Datum, len(columns))
	if err := m.Store(row, reflect.ValueOf(&v).Elem()); err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for i, c := range columns {
		text := "NULL"
		if !row[i].IsNull() {
			text = types.Text(nil, c.Type.OID, row[i])
		}
		fmt.Fprintf(&got, "%s %s = %s\n", c.Name, types.FormatType(c.Type), text)
	}
	const want = `bool boolean = f
i8 smallint = 0
i16 smallint = 0
i32 integer = 0
i64 bigint = 0
int bigint = 0
u8 smallint = 0
u16 integer = 0
u32 bigint = 0
f32 real = 0
f64 double precision = 0
text text = 
color text = 
bytes bytea = \x01
time timestamp with time zone = 2024-02-29 00:02:03.000004+00
maybe_time timestamp with time zone = NULL
duration interval = 00:01:30
id uuid = 00000000-0000-0000-0000-000000000000
maybe_int bigint = 1
strings text[] = {"a b",""}
ints integer[] = NULL
maybes text[] = NULL
days date[] = NULL
map jsonb = {"a": 1}
struct jsonb = {"X": 0, "Y": 0}
structs jsonb = [{"X": 1, "Y": 2}]
raw jsonb = NULL
count numeric = 0
price numeric(20,2) = 2.00
exact numeric = 1.50
name character varying(30) = 
day date = 0001-01-01
local timestamp without time zone = 0001-01-01 00:00:00
document jsonb = 7
http_port integer = 0
last_author text = 
host inet = NULL
net cidr = NULL
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
}

// TestWhatIsNoColumn names the field and the reason.
func TestWhatIsNoColumn(t *testing.T) {
	for want, v := range map[string]any{
		"is not a struct": 1,
		"field a of struct { a int }: a state is kept by its columns": struct{ a int }{},
		"field A of struct { A int \"projsql:\\\"-\\\"\" }: a state is kept by": struct {
			A int `projsql:"-"`
		}{},
		"embedded fields are no columns":  struct{ point }{},
		"no SQL type follows from func()": struct{ A func() }{},
		"no SQL type follows from uint64": struct{ A uint64 }{},
		`type "nothing" does not exist`: struct {
			A int `projsql:",nothing"`
		}{},
		"int does not hold values of type text": struct {
			A int `projsql:",text"`
		}{},
		"time.Time does not hold values of type integer": struct {
			A time.Time `projsql:",int"`
		}{},
		"conflicts with a system column name": struct{ Entity string }{},
	} {
		_, _, err := bind(reflect.TypeOf(v))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%T: %v, want %q", v, err, want)
		}
	}
}

// TestValuesThatDoNotFit are errors with a SQLSTATE, both ways.
func TestValuesThatDoNotFit(t *testing.T) {
	type small struct {
		A int    `projsql:",smallint"`
		B string `projsql:",numeric"`
		C string
		D time.Time
	}
	m, columns, err := bind(reflect.TypeFor[small]())
	if err != nil {
		t.Fatal(err)
	}
	for want, v := range map[string]small{
		`column "a": smallint out of range`:                     {A: 1 << 15, B: "0"},
		`column "b": invalid input syntax for type numeric: ""`: {},
		`column "c": invalid byte sequence for encoding "UTF8"`: {B: "0", C: "a\x00"},
		`column "d": timestamp with time zone out of range`:     {B: "0", D: time.Date(300000, 1, 1, 0, 0, 0, 0, time.UTC)},
	} {
		err := m.Store(make([]types.Datum, len(columns)), reflect.ValueOf(&v).Elem())
		if err == nil || err.Error() != want {
			t.Errorf("%+v: %v, want %s", v, err, want)
		}
	}
	type narrow struct {
		N int8
		D time.Time
		I time.Duration
	}
	n, err := structs.Of(reflect.TypeFor[narrow]())
	if err != nil {
		t.Fatal(err)
	}
	if n, err = n.Bind([]structs.Column{{"i", types.Of(types.IntervalOID)}, {"d", types.Of(types.TimestamptzOID)}, {"n", types.Of(types.Int8OID)}}); err != nil {
		t.Fatal(err)
	}
	for want, row := range map[string][]types.Datum{
		`column "n": 300 does not fit int8`:                                    {types.Null, types.Null, types.Int(300)},
		`column "d": infinity does not fit time.Time`:                          {types.Null, types.Int(types.TimeInfinity), types.Int(1)},
		`column "i": an interval of days or months does not fit time.Duration`: {types.IntervalOf(types.Interval{Days: 1}), types.Null, types.Int(1)},
	} {
		var v narrow
		if err := n.Load(reflect.ValueOf(&v).Elem(), row); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}
