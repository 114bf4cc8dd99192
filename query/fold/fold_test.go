package fold_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// TestScripts runs
//
//	define        a CREATE PROJECTION: what it makes, or its error
//	fold          a line "kind [json]" for each event: the state after each
//
// Every state is encoded and decoded, and every fold is done in one go and again
// from each state before, which must come to the same.
func TestScripts(t *testing.T) {
	datadriven.Walk(t, "testdata/scripts", func(t *testing.T, path string) {
		var d *projection.Definition
		datadriven.RunTest(t, path, func(t *testing.T, td *datadriven.TestData) string {
			switch td.Cmd {
			case "define":
				var err error
				d, err = fold.CompileSource(td.Input)
				if err != nil {
					return describe(err, td.Input)
				}
				return definition(d)
			case "fold":
				return foldLines(t, d, td.Input)
			}
			t.Fatalf("unknown command %q", td.Cmd)
			return ""
		})
	})
}

func describe(err error, source string) string {
	e := sqlstate.Of(err)
	out := fmt.Sprintf("%s %s", e.Code, e.Message)
	if e.Position > 0 {
		rest := []rune(source)[e.Position-1:]
		out += fmt.Sprintf(" at %q", strings.SplitN(string(rest[:min(len(rest), 14)]), "\n", 2)[0])
	}
	for _, more := range []string{e.Detail, e.Hint} {
		if more != "" {
			out += " | " + more
		}
	}
	return out + "\n"
}

func definition(d *projection.Definition) string {
	var out strings.Builder
	for _, c := range d.Columns {
		fmt.Fprintf(&out, "%s %s", c.Name, types.FormatType(types.Type{OID: types.OID(c.Type), Mod: c.TypeMod}))
		if c.NotNull {
			out.WriteString(" NOT NULL")
		}
		if c.Default != "" {
			out.WriteString(" DEFAULT " + c.Default)
		}
		out.WriteString("\n")
	}
	fmt.Fprintf(&out, "kinds %q any=%v\n", d.Kinds, d.Kinds == nil)
	return out.String()
}

func show(d *projection.Definition, s projection.State) string {
	if s == nil {
		return "none"
	}
	var parts []string
	for i, v := range s.(*fold.Row).Values() {
		text := "NULL"
		if !v.IsNull() {
			text = types.Text(types.NewEnv(), types.OID(d.Columns[i].Type), v)
		}
		parts = append(parts, d.Columns[i].Name+"="+text)
	}
	return strings.Join(parts, " ")
}

func parseEvents(t testing.TB, input string) (events []*event.Event) {
	for i, line := range strings.Split(strings.TrimSpace(input), "\n") {
		kind, data, _ := strings.Cut(line, " ")
		if data == "" {
			data = "{}"
		}
		doc, err := jsonb.Parse(data)
		if err != nil {
			t.Fatal(err)
		}
		n := event.Sequence(i + 1)
		events = append(events, &event.Event{
			Entity: "acct:7", Version: event.Version(n), Kind: event.Kind(kind), Data: []byte(doc), ID: event.ID{15: byte(n)},
			OccurredAt: event.Micros(1_000_000_000_000_000 + int64(n)*1_000_000), RecordedBy: "tester",
			HLC: hlc.New(1_700_000_000_000+int64(n), 0), Sequence: n,
		})
	}
	return events
}

func foldLines(t *testing.T, d *projection.Definition, input string) string {
	var out strings.Builder
	events := parseEvents(t, input)
	var state projection.State
	for i, e := range events {
		next, err := foldAll(d, state, events[i:i+1])
		whole, wholeErr := foldAll(d, nil, events[:i+1])
		if (err == nil) != (wholeErr == nil) || err == nil && show(d, next) != show(d, whole) {
			t.Fatalf("one by one %s %v, in one go %s %v", show(d, next), err, show(d, whole), wholeErr)
		}
		if err != nil {
			fmt.Fprintf(&out, "%s: %s", e.Kind, describe(err, ""))
			return out.String()
		}
		fmt.Fprintf(&out, "%s: %s\n", e.Kind, show(d, next))
		state = recoded(t, d, next)
	}
	checkBatch(t, d, events)
	return out.String()
}

// checkBatch folds ever more of the events as a batch, which must make the states that are made one by
// one, and leave those that it has made.
func checkBatch(t *testing.T, d *projection.Definition, events []*event.Event) {
	b := d.Fold.(projection.Batcher).Batch(2)
	var states []projection.State
	for n := range len(events) + 1 {
		for _, from := range append([]projection.State{nil}, states...) {
			s, err := foldWith(d, b.Start, from, events[:n])
			if err != nil {
				t.Fatal(err)
			}
			if one, err := foldAll(d, from, events[:n]); err != nil || show(d, s) != show(d, one) {
				t.Fatalf("in a batch %s, alone %s, %v", show(d, s), show(d, one), err)
			}
			if len(states) < 4 && s != nil {
				states = append(states, s)
			}
		}
	}
	var before []string
	for _, s := range states {
		before = append(before, show(d, s))
	}
	b.Close()
	_, _ = foldAll(d, nil, events) // in the memory of the batch's accumulator
	for i, s := range states {
		if show(d, s) != before[i] {
			t.Fatalf("%s became %s", before[i], show(d, s))
		}
	}
}

func foldAll(d *projection.Definition, from projection.State, events []*event.Event) (projection.State, error) {
	return foldWith(d, d.Fold.Start, from, events)
}

// foldWith steps over copies of the events whose memory it spoils after each, as a
// reader that reuses it does.
func foldWith(d *projection.Definition, start func(projection.State) projection.Accumulator, from projection.State, events []*event.Event) (projection.State, error) {
	before := show(d, from)
	acc := start(from)
	for _, e := range events {
		c := e.Clone()
		if err := acc.Step(c); err != nil {
			return nil, err
		}
		for i := range c.Data {
			c.Data[i] = 0xAA
		}
		c.ID = event.ID{0: 0xAA}
	}
	state := acc.State()
	if show(d, from) != before {
		return nil, errors.New("the fold changed the state that it began with")
	}
	return state, nil
}

func recoded(t *testing.T, d *projection.Definition, s projection.State) projection.State {
	if s == nil {
		return nil
	}
	b := d.Fold.Encode([]byte("prefix"), s)[len("prefix"):]
	back, err := d.Fold.Decode(b)
	if err != nil || show(d, back) != show(d, s) || !bytes.Equal(d.Fold.Encode(nil, back), b) {
		t.Fatalf("%s was decoded as %s, error %v", show(d, s), show(d, back), err)
	}
	for i := range b {
		if _, err := d.Fold.Decode(b[:i]); err == nil {
			t.Fatalf("%d of %d bytes pass for a state", i, len(b))
		}
	}
	checkMany(t, d, b, show(d, s))
	if s.SizeBytes() < len(b) {
		t.Fatalf("a state of %d encoded bytes claims %d in memory", len(b), s.SizeBytes())
	}
	return back
}

// checkMany decodes a state, one that is cut short, and the state again, all at once.
func checkMany(t *testing.T, d *projection.Definition, b []byte, want string) {
	encoded := slices.Concat(b, b[:len(b)-1], b)
	var got []string
	d.Fold.(projection.ManyDecoder).DecodeMany(encoded, []int{len(b), 2*len(b) - 1, 3*len(b) - 1}, func(n int, s projection.State, err error) {
		switch {
		case n != len(got):
			t.Fatalf("state %d comes after %d others", n, len(got))
		case err != nil:
			got = append(got, "damaged")
		default:
			got = append(got, show(d, s))
		}
	})
	clear(encoded) // states share nothing with it
	if !slices.Equal(got, []string{want, "damaged", want}) {
		t.Fatalf("got %q, want %s", got, want)
	}
}

const everyType = `CREATE PROJECTION every (
	b bool, i2 int2, i4 int, i8 bigint, f4 real, f8 float8, n numeric, n2 numeric(10,2), t text, v varchar(20),
	d date, ts timestamp, tz timestamptz, iv interval, u uuid, j jsonb, by bytea, ta text[], na numeric[], ja jsonb[], tm time, ch char(4), ip inet, net cidr, mac macaddr, mac8 macaddr8, bi bit(5), vb varbit, vbs varbit[], o pg_lsn,
	mo money, pt point, pa path, sn pg_snapshot, ls lseg, bx box, po polygon, ci circle, li line, tv tsvector, tq tsquery, tvs tsvector[])
	WHEN 'all' THEN UPDATE SET b = (data->>'b')::bool, i2 = (data->>'i')::int2, i4 = (data->>'i')::int, i8 = (data->>'i')::int8,
		f4 = (data->>'f')::real, f8 = (data->>'f')::float8, n = (data->>'n')::numeric, n2 = (data->>'f')::numeric, t = data->>'t',
		v = data->>'t', d = occurred_at::date, ts = occurred_at::timestamp, tz = occurred_at, iv = (data->>'iv')::interval,
		u = event_id, j = data, by = (data->>'t')::bytea, ta = ARRAY[data->>'t', NULL, kind], na = ARRAY[(data->>'n')::numeric],
		ja = ARRAY[data], tm = occurred_at::time, ch = data->>'t', ip = (data->>'ip')::inet, net = (data->>'net')::cidr,
		mac = (data->>'mac')::macaddr, mac8 = (data->>'mac')::macaddr8,
		bi = (data->>'bits')::bit(5), vb = (data->>'bits')::varbit, vbs = ARRAY[(data->>'bits')::varbit, B''], o = '80000000/ab',
		mo = (data->>'f')::money, pt = (data->>'pt')::point, pa = '[(1,2),(3,4)]', sn = '1:5:2', ls = '(1,2),(3,4)', bx = '(1,2),(3,4)',
		po = '(1,2),(3,4)', ci = '<(1,2),3>', li = '{1,2,3}',
		tv = to_tsvector('english', data->>'t'), tq = websearch_to_tsquery('english', data->>'t'), tvs = ARRAY[to_tsvector('simple', data->>'t')]`

func FuzzDecode(f *testing.F) {
	d, err := fold.CompileSource(everyType)
	if err != nil {
		f.Fatal(err)
	}
	events := parseEvents(f, `all {"b": true, "i": 7, "f": 1.5, "n": "123456789012345678901234567890.5", "t": "abc", "iv": "1 mon 2 days", "ip": "10.1.2.3/8", "net": "2001:db8::/32", "mac": "08:00:2b:01:02:03", "bits": "1011001110", "pt": "(1,NaN)"}`)
	state, err := foldAll(d, nil, events)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(d.Fold.Encode(nil, state))
	f.Add([]byte{1, 42, 0xff, 0xff, 0xff, 0xff, 0x7f})
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := d.Fold.Decode(b)
		if err != nil {
			return
		}
		again, err := d.Fold.Decode(d.Fold.Encode(nil, s))
		if err != nil || show(d, again) != show(d, s) {
			t.Fatalf("%s came back as %s, %v", show(d, s), show(d, again), err)
		}
	})
}

// TestDecodeRefusesWhatIsNoAddress: bytes that no value of a type has would be used as one.
func TestDecodeRefusesWhatIsNoAddress(t *testing.T) {
	const header = "\x01\x01\x00" // format, columns, nulls
	for typ, values := range map[string]struct {
		good string
		bad  []string
	}{
		"cidr": {"\x06\x02\x08\x0a\x00\x00\x00", []string{
			"\x00", "\x01\x02", "\x06\x03\x08\x0a\x00\x00\x00", "\x06\x02\x21\x0a\x00\x00\x00", "\x06\x02\x08\x0a\x00\x00\x01", "\x05\x02\x08\x0a\x00\x00", "\x06\x04\x08\x0a\x00\x00\x00",
		}},
		"inet":     {"\x06\x02\x08\x0a\x00\x00\x01", []string{"\x00", "\x06\x02\x21\x0a\x00\x00\x00"}},
		"line":     {"\x18\x3f\xf0" + strings.Repeat("\x00", 22), []string{"\x00", "\x18" + strings.Repeat("\x00", 24), "\x10" + strings.Repeat("\x01", 16)}},
		"path":     {"\x15\x01\x00\x00\x00\x01" + strings.Repeat("\x00", 16), []string{"\x00", "\x05\x01\x00\x00\x00\x00", "\x05\x01\x00\x00\x00\x01", "\x15\x02\x00\x00\x00\x01" + strings.Repeat("\x00", 16)}},
		"macaddr":  {"\x06abcdef", []string{"\x00", "\x05abcde", "\x08abcdefgh"}},
		"macaddr8": {"\x08abcdefgh", []string{"\x00", "\x06abcdef"}},
		"tsvector": {"\x08\x00\x00\x00\x01a\x00\x00\x00", []string{"\x00", "\x04\xff\xff\xff\xff", "\x08\x00\x00\x00\x01a\x00\x00\x01"}},
		"tsquery":  {"\x09\x00\x00\x00\x01\x01\x00\x00a\x00", []string{"\x00", "\x06\x00\x00\x00\x01\x02\x01", "\x06\x00\x00\x00\x01\x03\x00"}},
		"varbit":   {"\x06\x00\x00\x00\x09\xff\x80", []string{"\x00", "\x05\x00\x00\x00\x09\xff", "\x05\x00\x00\x00\x00\xff", "\x04\xff\xff\xff\xff"}},
	} {
		d, err := fold.CompileSource("CREATE PROJECTION p (v " + typ + ") WHEN 'all' THEN UPDATE SET v = NULL")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Fold.Decode([]byte(header + values.good)); err != nil {
			t.Errorf("%s %x: %v", typ, values.good, err)
		}
		for _, bad := range values.bad {
			if _, err := d.Fold.Decode([]byte(header + bad)); err == nil {
				t.Errorf("%s %x was decoded", typ, bad)
			}
		}
	}
}

func BenchmarkStep(b *testing.B) {
	d, err := fold.CompileSource(`CREATE PROJECTION account (balance numeric NOT NULL DEFAULT 0)
		WHEN 'MoneyDeposited' THEN UPDATE SET balance = balance + (data->>'amount')::numeric`)
	if err != nil {
		b.Fatal(err)
	}
	events := parseEvents(b, "MoneyDeposited "+`{"note": "a note on the deposit", "amount": `+strconv.Itoa(12345)+`.67}`)
	acc := d.Fold.Start(nil)
	b.ReportAllocs()
	for b.Loop() {
		if err := acc.Step(events[0]); err != nil {
			b.Fatal(err)
		}
	}
}
