package fold_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/storage/event"
)

const packedProjection = `CREATE PROJECTION packed (b bool, i2 int2, i8 int8, f4 float4, f8 float8, n numeric, t text, v varchar(20), d date, ts timestamptz,
	u uuid, j jsonb, a text[], iv interval, by bytea, r int4range, ip inet, net cidr, ips inet[], mac macaddr, mac8 macaddr8, bi bit(4), vb varbit(9), o pg_lsn,
	mo money, pt point, pa path, tv tsvector, tq tsquery)
WHEN 'Set' THEN UPDATE SET b = (data->>'b')::bool, i2 = (data->>'i2')::int2, i8 = (data->>'i8')::int8, f4 = (data->>'f4')::float4,
	f8 = (data->>'f8')::float8, n = (data->>'n')::numeric, t = data->>'t', v = data->>'v', d = (data->>'d')::date, ts = occurred_at,
	u = (data->>'u')::uuid, j = data->'j', a = (data->>'a')::text[], iv = (data->>'iv')::interval, by = (data->>'by')::bytea, r = (data->>'r')::int4range,
	ip = (data->>'ip')::inet, net = (data->>'net')::cidr, ips = (data->>'ips')::inet[],
	mac = (data->>'mac')::macaddr, mac8 = (data->>'mac')::macaddr8, bi = (data->>'bits')::bit(4), vb = (data->>'bits')::varbit(9), o = (data->>'o')::pg_lsn,
	mo = (data->>'mo')::money, pt = (data->>'pt')::point, pa = (data->>'pa')::path,
	tv = (data->>'v')::tsvector, tq = plainto_tsquery('simple', data->>'v')`

// TestPack: states come out of a pack as they went in, as a whole and value by value, whatever is
// NULL in them, and those of one shape take less memory than by themselves.
func TestPack(t *testing.T) {
	d, err := fold.CompileSource(packedProjection)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(5, 6))
	pick := func(values ...string) string { return values[random.IntN(len(values))] }
	for round := range 40 {
		var states []projection.State
		for i := range 1 + random.IntN(300) {
			if random.IntN(20) == 0 {
				states = append(states, nil)
				continue
			}
			long := round%4 == 0
			fields := map[string]string{
				"b": pick("true", "false"), "i2": pick("-32768", "7", "32767"), "i8": pick("-9223372036854775808", "0", fmt.Sprint(random.Int64())),
				"f4": pick("1.5", `"NaN"`, `"-Infinity"`), "f8": pick("0.1", `"-0"`, "1e300"), "n": pick("1.50", "-3", "99999.99", "0.0001"),
				"t": pick(`""`, `"north"`, `"south"`, fmt.Sprintf("%q", strings.Repeat("x", i))), "v": fmt.Sprintf(`"name %d"`, i),
				"d": pick(`"2026-02-28"`, `"infinity"`), "u": fmt.Sprintf(`"00000000-0000-4000-8000-%012d"`, i),
				"j": pick(`{"x": [1, null]}`, `"s"`, "[]"), "a": pick(`"{}"`, `"{a,NULL,\"b c\"}"`), "iv": pick(`"1 mon -2 days"`, `"00:00:01.5"`),
				"by": pick(`"\\x"`, `"\\x00ff"`), "r": pick(`"empty"`, `"[1,5)"`, `"(,3)"`),
				"ip": pick(`"10.1.2.3/8"`, `"2001:db8::1"`), "net": pick(`"10/8"`, `"::/0"`), "ips": pick(`"{}"`, `"{::1,NULL,1.2.3.4/5}"`), "mac": pick(`"08002b010203"`, `"ff:ff:ff:ff:ff:ff"`), "o": pick(`"0/0"`, `"80000000/1"`, `"FFFFFFFF/FFFFFFFF"`), "bits": pick(`""`, `"1"`, `"x3f"`, `"0110100110"`),
				"pt": pick(`"(1,2)"`, `"(-0,NaN)"`), "pa": pick(`"(1,2)"`, `"[(1,2),(3,4)]"`),
				"mo": pick(`"-92233720368547758.08"`, `"0"`, `"$1,234.56"`),
			}
			if long {
				fields["n"] = pick(`"NaN"`, "1e200", "0.12345678901234567890123", "1")
			}
			var data []string
			for name, value := range fields {
				if round < 2 || random.IntN(10) > 0 && round%7 != 3 {
					data = append(data, fmt.Sprintf("%q: %s", name, value))
				}
			}
			acc := d.Fold.Start(nil)
			e := &event.Event{Entity: "e", Kind: "Set", Version: 1, Data: jsonbOf(t, "{"+strings.Join(data, ", ")+"}"), OccurredAt: event.Micros(random.Int64N(1e15))}
			if err := acc.Step(e); err != nil {
				t.Fatal(err)
			}
			states = append(states, acc.State())
		}
		wantPacked(t, d, states)
	}
}

func wantPacked(t *testing.T, d *projection.Definition, states []projection.State) {
	t.Helper()
	p := d.Fold.(projection.Packer).Pack(states)
	values := p.(interface {
		Value(column, state int) types.Datum
	})
	for i, s := range states {
		got := p.State(i)
		if (s == nil) != (got == nil) || p.Has(i) != (s != nil) {
			t.Fatalf("state %d is %v, want %v", i, got, s)
		}
		if s == nil {
			continue
		}
		want := d.Fold.Encode(nil, s)
		row := got.(*fold.Row).Values()
		for c := range row {
			row[c] = values.Value(c, i)
		}
		for _, state := range []projection.State{p.State(i), got} {
			if !bytes.Equal(d.Fold.Encode(nil, state), want) {
				t.Fatalf("state %d comes out as %v, want %v", i, state, s)
			}
		}
	}
}

func jsonbOf(t *testing.T, text string) []byte {
	t.Helper()
	doc, err := jsonb.Parse(text)
	if err != nil {
		t.Fatal(text, err)
	}
	return []byte(doc)
}

// TestPackedSize: a column takes what its values differ by.
func TestPackedSize(t *testing.T) {
	d, err := fold.CompileSource(`CREATE PROJECTION p (region text, product int, amount numeric, sold timestamptz)
WHEN 'Sold' THEN UPDATE SET region = data->>'region', product = (data->>'product')::int, amount = (data->>'amount')::numeric, sold = occurred_at`)
	if err != nil {
		t.Fatal(err)
	}
	var states []projection.State
	alone := 0
	for i := range 500 {
		acc := d.Fold.Start(nil)
		data := fmt.Sprintf(`{"region": "region %d", "product": %d, "amount": %d.%02d}`, i%4, i, i, i%100)
		if err := acc.Step(&event.Event{Kind: "Sold", Data: jsonbOf(t, data), OccurredAt: event.Micros(1e15 + i*1e6)}); err != nil {
			t.Fatal(err)
		}
		states = append(states, acc.State())
		alone += acc.State().SizeBytes()
	}
	p := d.Fold.(projection.Packer).Pack(states)
	// a byte, two, four and four
	if got := p.SizeBytes(); got > 500*11+2000 || got*8 > alone {
		t.Errorf("500 states take %d bytes, and %d by themselves", got, alone)
	}
}
