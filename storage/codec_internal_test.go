package storage

import (
	"bytes"
	"reflect"
	"strings"
	"testing"

	"github.com/projsql/projsql/storage/event"
)

// FuzzRecords gives every reader of records what another writer could have
// written. None may panic; what one takes must come out of its writer again, but
// for numbers that were written longer than need be.
func FuzzRecords(f *testing.F) {
	kinds := []event.Kind{"Opened", "Paid"}
	e := &event.Event{
		Entity: "a", Version: 2, Kind: "Paid", Data: []byte("{}"), Metadata: []byte{}, ID: event.ID{1},
		Correlation: event.ID{2}, Causation: event.ID{3}, OccurredAt: 4, RecordedBy: "joe", HLC: 5 << 16, Sequence: 6,
	}
	plain := &event.Event{Kind: "Paid", Data: []byte("{}"), ID: event.ID{1}, RecordedBy: "joe", HLC: 5 << 16, Sequence: 6}
	plain.OccurredAt = plain.RecordedAt()
	byMany := *plain
	byMany.RecordedBy = strings.Repeat("joe ", 50)
	h := &head{}
	h.block = block{first: 1, bytes: 300}
	h.add(1, bodyHead{sequence: 5, hlc: 4, kind: 0}, "Opened")
	h.add(2, bodyHead{sequence: 6, hlc: 5, kind: 1}, "Paid")
	r := &run{sequence: 6, hlc: 5, places: []place{{[]byte("a"), 2, 1, 100, 0}, {[]byte("a"), 3, 3, 7, 0}, {[]byte("b"), 1, 1, 9, 0}}}
	for _, b := range [][]byte{
		{},
		appendBody(nil, e, 1), appendBody(nil, plain, 1), appendBody(nil, &byMany, 1), appendHead(nil, h), appendRun(nil, r), appendStamp(nil, r),
		appendPointer(nil, "a", &r.places[0]), appendMeta(nil, &meta{index: 1, sequence: 2}),
	} {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		again := func(name string, write, read []byte) {
			if len(write) > len(read) {
				t.Errorf("%s: %x became %x", name, read, write)
			}
		}
		if m, ok := readMeta(b); ok && !bytes.Equal(appendMeta(nil, &m), b) {
			t.Errorf("meta: %x became %x", b, appendMeta(nil, &m))
		}
		if h, ok := readHead(b, kinds); ok {
			again("head", appendHead(nil, h), b)
		}
		var r run
		if readRun(&r, 1, b) {
			again("run", appendRun(nil, &r), b)
		}
		if first, n, ok := readStamp(b); ok && (first == 0 || n == 0) {
			t.Errorf("stamp of nothing: %x", b)
		}
		if e, at, ok := readPointer(b); ok {
			again("pointer", appendPointer(nil, e, &at), b)
		}
		body := bodyReader{kinds: kinds}
		if part, ok := readBodyHead(b); body.read(b) {
			if !ok || part.sequence != body.event.Sequence || part.hlc != body.event.HLC || kinds[part.kind] != body.event.Kind {
				t.Errorf("body %x: %+v, %+v", b, part, body.event)
			}
			again("body", appendBody(nil, &body.event, part.kind), b)
		}
		plain, rest := bodyReader{kinds: kinds}, bodyReader{kinds: kinds}
		if len(b) > bodyFlagsAt && plain.readPlain(b[bodyFlagsAt:]) && (!rest.readRest(b[bodyFlagsAt:]) || !reflect.DeepEqual(plain, rest)) {
			t.Errorf("body %x: %+v, %+v", b, plain.event, rest.event)
		}
	})
}
