package event_test

import (
	"bytes"
	"errors"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

func drawID(t *rapid.T) (id event.ID) {
	copy(id[:], rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "id"))
	return id
}

func drawDraft(t *rapid.T) event.Draft {
	d := event.Draft{
		ID:         drawID(t),
		Entity:     event.Entity(rapid.String().Draw(t, "entity")),
		Kind:       event.Kind(rapid.SampledFrom([]string{"Opened", "Paid", "é"}).Draw(t, "kind")),
		Data:       rapid.SliceOf(rapid.Byte()).Draw(t, "data"),
		OccurredAt: event.NoTime,
		RecordedBy: rapid.String().Draw(t, "by"),
	}
	if rapid.Bool().Draw(t, "metadata?") {
		d.Metadata = append([]byte{}, rapid.SliceOf(rapid.Byte()).Draw(t, "metadata")...)
	}
	if rapid.Bool().Draw(t, "correlated?") {
		d.Correlation, d.Causation = drawID(t), drawID(t)
	}
	if rapid.Bool().Draw(t, "occurred?") {
		d.OccurredAt = event.Micros(rapid.Int64().Draw(t, "occurred"))
	}
	if rapid.Bool().Draw(t, "expected?") {
		d.Expected = event.Expect(event.Version(rapid.Uint64().Draw(t, "expected")))
	}
	d.Fresh = rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "fresh?")
	d.Dated = rapid.SampledFrom([]bool{false, false, false, true}).Draw(t, "dated?")
	return d
}

func drawGuard(t *rapid.T) event.Guard {
	entity := rapid.Map(rapid.String(), func(s string) event.Entity { return event.Entity(s) })
	kind := rapid.Map(rapid.String(), func(s string) event.Kind { return event.Kind(s) })
	return event.Guard{
		Since:     event.Sequence(rapid.Uint64().Draw(t, "since")),
		Kinds:     nilIfEmpty(rapid.SliceOfN(kind, 0, 3).Draw(t, "kinds")),
		Entities:  nilIfEmpty(rapid.SliceOfN(entity, 0, 3).Draw(t, "entities")),
		Prefixes:  nilIfEmpty(rapid.SliceOfN(entity, 0, 3).Draw(t, "prefixes")),
		Predicate: nilIfEmpty(rapid.SliceOf(rapid.Byte()).Draw(t, "predicate")),
	}
}

func nilIfEmpty[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}

func drawCommand(t *rapid.T) event.Command {
	c := event.Command{Stamp: hlc.Timestamp(rapid.Uint64Range(0, 1<<62).Draw(t, "stamp"))}
	for range rapid.IntRange(0, 3).Draw(t, "transactions") {
		c.Transactions = append(c.Transactions, event.Transaction{
			Drafts: rapid.SliceOfN(rapid.Custom(drawDraft), 0, 4).Draw(t, "drafts"),
			Guards: nilIfEmpty(rapid.SliceOfN(rapid.Custom(drawGuard), 0, 2).Draw(t, "guards")),
			Premise: event.Premise{
				Prefix:  rapid.SampledFrom([]string{"", "", "kind/", "é"}).Draw(t, "prefix"),
				Version: rapid.SampledFrom([]uint64{0, 0, 0, 7, 1 << 40}).Draw(t, "premise"),
			},
			Changes: nilIfEmpty(drawChanges(t, rapid.SampledFrom([]int{0, 0, 2}).Draw(t, "most changes"))),
		})
	}
	c.Changes = drawChanges(t, 3)
	return c
}

func drawChanges(t *rapid.T, most int) (all []event.Change) {
	for range rapid.IntRange(0, most).Draw(t, "changes") {
		ch := event.Change{
			Name: rapid.String().Draw(t, "name"), Expect: event.ChangeExpectation(rapid.Byte().Draw(t, "expect")),
			Needs: rapid.SampledFrom([]string{"", "", "projection/é"}).Draw(t, "needs"),
		}
		for range max(0, rapid.IntRange(-2, 2).Draw(t, "holds")) {
			ch.Holds = append(ch.Holds, event.Hold{Name: rapid.String().Draw(t, "held"), Version: rapid.Uint64().Draw(t, "hold")})
		}
		if ch.Expect == event.ThisRecord {
			ch.Version = rapid.Uint64().Draw(t, "version")
		}
		if rapid.Bool().Draw(t, "put?") {
			ch.Value = append([]byte{}, rapid.SliceOf(rapid.Byte()).Draw(t, "value")...)
		}
		all = append(all, ch)
	}
	return all
}

func TestCommandSurvivesItsEncoding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := drawCommand(t)
		b := event.AppendCommand(nil, &c)
		got, err := event.DecodeCommand(b)
		if err != nil {
			t.Fatal(err)
		}
		if again := event.AppendCommand(nil, &got); !bytes.Equal(b, again) {
			t.Fatalf("encoding changed:\n%x\n%x", b, again)
		}
		if !reflect.DeepEqual(normal(c), normal(got)) {
			t.Fatalf("wrote %+v\nread %+v", c, got)
		}
		for n := range b {
			if _, err := event.DecodeCommand(b[:n]); err == nil {
				t.Fatalf("read a command from %d of %d bytes", n, len(b))
			}
		}
	})
}

// normal makes empty and nil alike where the encoding does: lists and data.
func normal(c event.Command) event.Command {
	c.Transactions = append([]event.Transaction{}, c.Transactions...)
	for i := range c.Transactions {
		drafts := append([]event.Draft{}, c.Transactions[i].Drafts...)
		for j := range drafts {
			drafts[j].Data = append([]byte{}, drafts[j].Data...)
		}
		c.Transactions[i].Drafts = drafts
	}
	c.Changes = append([]event.Change{}, c.Changes...)
	return c
}

func TestDecodeRefusesOtherFormats(t *testing.T) {
	good := event.AppendCommand(nil, &event.Command{Stamp: 7})
	guarded := event.AppendCommand(nil, &event.Command{Stamp: 7, Transactions: []event.Transaction{{Guards: []event.Guard{{Since: 1}}}}})
	premised := event.AppendCommand(nil, &event.Command{Transactions: []event.Transaction{{Premise: event.Premise{Prefix: "kind/", Version: 3}}}})
	told := event.AppendCommand(nil, &event.Command{Transactions: []event.Transaction{{Drafts: []event.Draft{{ID: event.ID{1}, OccurredAt: event.NoTime, Fresh: true}}}}})
	defining := event.AppendCommand(nil, &event.Command{Transactions: []event.Transaction{{Changes: []event.Change{{Name: "x", Expect: event.AnyRecord}}}}})
	for name, b := range map[string][]byte{
		"empty":         {},
		"newer format":  append([]byte{defining[0] + 1}, defining[1:]...),
		"no changes":    append([]byte{defining[0]}, told[1:]...),
		"nothing told":  append([]byte{told[0]}, premised[1:]...),
		"no premise":    append([]byte{premised[0]}, good[1:]...),
		"no guards":     append([]byte{guarded[0]}, good[1:]...),
		"trailing byte": append(bytes.Clone(good), 0),
		"huge count":    append(bytes.Clone(good[:9]), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1),
		"long number":   append(bytes.Clone(good[:9]), 0x80, 0),
		"stamp":         append([]byte{good[0], 0xff}, good[2:]...),
	} {
		_, err := event.DecodeCommand(b)
		var malformed *event.MalformedError
		if !errors.As(err, &malformed) || malformed.SQLState() != "XX001" {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func FuzzDecodeCommand(f *testing.F) {
	f.Add([]byte{})
	f.Add(event.AppendCommand(nil, &event.Command{
		Stamp: hlc.New(1_700_000_000_000, 3),
		Transactions: []event.Transaction{{Drafts: []event.Draft{
			{ID: event.ID{1}, Entity: "acct:7", Kind: "Opened", Data: []byte("{}"), OccurredAt: event.NoTime},
			{ID: event.ID{2}, Entity: "acct:7", Kind: "Paid", Metadata: []byte{}, OccurredAt: 5, Correlation: event.ID{3}, Causation: event.ID{4}, RecordedBy: "joe", Expected: event.Expect(1)},
		}}},
		Changes: []event.Change{{Name: "projection/account", Value: []byte("x"), Expect: event.NoRecord}, {Name: "y", Expect: event.AnyRecord}},
	}))
	f.Add(event.AppendCommand(nil, &event.Command{Transactions: []event.Transaction{{Guards: []event.Guard{
		{Since: 300, Kinds: []event.Kind{"Paid"}, Entities: []event.Entity{"a"}, Prefixes: []event.Entity{"b:"}, Predicate: []byte{1}},
	}}, {}}}))
	f.Add(event.AppendCommand(nil, &event.Command{Transactions: []event.Transaction{{Drafts: []event.Draft{
		{ID: event.ID{1}, Entity: "a", Kind: "Paid", OccurredAt: event.NoTime, Fresh: true}, {ID: event.ID{2}, Entity: "a", Kind: "Paid", OccurredAt: 5, Dated: true},
	}}}}))
	f.Add(event.AppendCommand(nil, &event.Command{Changes: []event.Change{
		{Name: "view/v", Value: []byte("x"), Expect: event.NoRecord, Holds: []event.Hold{{Name: "views", Version: 7}, {Name: "projection/v"}}},
	}}))
	f.Add(event.AppendCommand(nil, &event.Command{Transactions: []event.Transaction{{Changes: []event.Change{
		{Name: "view/v", Value: []byte("x"), Expect: event.NoRecord, Holds: []event.Hold{{Name: "views", Version: 7}}}, {Name: "view/w", Expect: event.ThisRecord, Version: 3},
	}}}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := event.DecodeCommand(b)
		if err != nil {
			return
		}
		if again := event.AppendCommand(nil, &c); !bytes.Equal(b, again) {
			t.Fatalf("%x decodes to what encodes as %x", b, again)
		}
	})
}
