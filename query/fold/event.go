package fold

import (
	"unsafe"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
)

// eventColumns are the columns of an event that expressions can name, as the relation
// events has them. The values share the event's memory; see shared.
var eventColumns = []struct {
	name string
	oid  types.OID
	of   func(*event.Event) types.Datum
	// assigned: by the log, when the event is committed
	assigned bool
}{
	{"entity", types.TextOID, func(e *event.Event) types.Datum { return types.String(string(e.Entity)) }, false},
	{"version", types.Int8OID, func(e *event.Event) types.Datum { return types.Int(int64(e.Version)) }, false},
	{"kind", types.TextOID, func(e *event.Event) types.Datum { return types.String(string(e.Kind)) }, false},
	{"data", types.JSONBOID, func(e *event.Event) types.Datum { return bytesOf(e.Data) }, false},
	{"metadata", types.JSONBOID, func(e *event.Event) types.Datum { return bytesOf(e.Metadata) }, false},
	{"event_id", types.UUIDOID, func(e *event.Event) types.Datum { return idOf(&e.ID) }, false},
	{"correlation_id", types.UUIDOID, func(e *event.Event) types.Datum { return idOf(&e.Correlation) }, false},
	{"causation_id", types.UUIDOID, func(e *event.Event) types.Datum { return idOf(&e.Causation) }, false},
	{"occurred_at", types.TimestamptzOID, func(e *event.Event) types.Datum { return timeOf(e.OccurredAt) }, false},
	{"recorded_at", types.TimestamptzOID, func(e *event.Event) types.Datum { return timeOf(e.RecordedAt()) }, true},
	{"recorded_by", types.TextOID, func(e *event.Event) types.Datum { return types.String(e.RecordedBy) }, false},
	{"hlc", types.Int8OID, func(e *event.Event) types.Datum { return types.Int(int64(e.HLC)) }, true},
	{"sequence", types.Int8OID, func(e *event.Event) types.Datum { return types.Int(int64(e.Sequence)) }, true},
}

func eventColumn(name string) int {
	for i := range eventColumns {
		if eventColumns[i].name == name {
			return i
		}
	}
	return -1
}

func timeOf(m event.Micros) types.Datum { return types.Int(types.OfUnixMicros(int64(m))) }

func bytesOf(b []byte) types.Datum {
	if b == nil {
		return types.Null
	}
	return types.String(unsafe.String(unsafe.SliceData(b), len(b)))
}

func idOf(id *event.ID) types.Datum {
	if *id == (event.ID{}) {
		return types.Null
	}
	return bytesOf(id[:])
}

// shared reports whether s lies in memory that belongs to the event's reader, which
// reuses it for the next event.
func shared(e *event.Event, s string) bool {
	if len(s) == 0 {
		return false
	}
	p := uintptr(unsafe.Pointer(unsafe.StringData(s)))
	return within(p, unsafe.Pointer(unsafe.SliceData(e.Data)), len(e.Data)) ||
		within(p, unsafe.Pointer(unsafe.SliceData(e.Metadata)), len(e.Metadata)) ||
		within(p, unsafe.Pointer(unsafe.StringData(string(e.Entity))), len(e.Entity)) ||
		within(p, unsafe.Pointer(unsafe.StringData(string(e.Kind))), len(e.Kind)) ||
		within(p, unsafe.Pointer(unsafe.StringData(e.RecordedBy)), len(e.RecordedBy)) ||
		within(p, unsafe.Pointer(e), int(unsafe.Sizeof(*e)))
}

func within(p uintptr, start unsafe.Pointer, length int) bool {
	return p-uintptr(start) < uintptr(length)
}

// owned returns d, or a copy of it where it shares the event's memory.
func owned(e *event.Event, d types.Datum, f form) types.Datum {
	switch f {
	case formBytes, formJSON, formUUID, formAddress, formShape, formBits, formSearch:
		if shared(e, d.Str()) {
			return types.Clone(d)
		}
	case formBinary:
		if a, ok := d.Pointer().(*types.Array); ok && sharesItem(e, a) {
			return types.Clone(d)
		}
	}
	return d
}

func sharesItem(e *event.Event, a *types.Array) bool {
	for _, item := range a.Items {
		if shared(e, item.Str()) {
			return true
		}
	}
	return false
}
