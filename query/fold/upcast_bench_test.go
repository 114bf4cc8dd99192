package fold_test

import (
	"testing"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/fold"
	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/storage/event"
)

// BenchmarkUpcast steps over one deposit: of a kind without upcasts, of one among
// kinds of which another has some, of the newest shape, and one and two steps before it.
func BenchmarkUpcast(b *testing.B) {
	d, err := fold.CompileSource(`CREATE PROJECTION account (balance numeric NOT NULL DEFAULT 0)
		WHEN 'MoneyDeposited' THEN UPDATE SET balance = balance + (data->>'amount')::numeric
		WHEN 'MoneyWithdrawn' THEN UPDATE SET balance = balance - (data->>'amount')::numeric`)
	if err != nil {
		b.Fatal(err)
	}
	kind := func(name event.Kind, upcasts ...string) projection.EventKinds {
		u, err := fold.CompileUpcasts(name, upcasts)
		if err != nil {
			b.Fatal(err)
		}
		return projection.EventKinds{name: {Name: name, Version: 2, Upcasts: upcasts, Upcaster: u}}
	}
	const first, second = `data || '{"currency": "EUR"}'`, `jsonb_build_object('amount', data->'amount')`
	old := parseEvents(b, `MoneyDeposited {"note": "a note on the deposit", "amount": 12345.67}`)[0]
	for _, c := range []struct {
		name   string
		kinds  projection.EventKinds
		schema string
	}{
		{"no upcasts", nil, ""},
		{"of another kind", kind("MoneyWithdrawn", first), ""},
		{"newest shape", kind("MoneyDeposited", first, second), `{"schema_version": 3}`},
		{"one step", kind("MoneyDeposited", first), ""},
		{"two steps", kind("MoneyDeposited", first, second), ""},
		{"one step, with metadata", kind("MoneyDeposited", first), `{"by": "ann"}`},
	} {
		b.Run(c.name, func(b *testing.B) {
			e := *old
			if c.schema != "" {
				e.Metadata = document(b, c.schema)
			}
			acc := c.kinds.Over(d).Fold.Start(nil)
			b.ReportAllocs()
			for b.Loop() {
				if err := acc.Step(&e); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func document(t testing.TB, text string) []byte {
	t.Helper()
	doc, err := jsonb.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(doc)
}
