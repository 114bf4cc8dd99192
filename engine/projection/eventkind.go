package projection

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/projsql/projsql/storage/event"
)

// EventKind is what the catalog says of one kind of events. It is immutable.
type EventKind struct {
	Name    event.Kind
	Version uint64         // of its catalog record, which is never deleted: it only grows
	Since   event.Sequence // of the same record
	// Upcasts are the sources of its upcasts: the first makes schema version 2 of 1.
	Upcasts []string
	// Upcaster applies them; nil if there are none.
	Upcaster Upcaster
}

// Upcaster shows the events of one kind in the newest shape that is known. It is
// immutable and safe for concurrent use.
type Upcaster interface {
	// Upcast returns the event as readers see it: e itself if it has the newest shape,
	// else a changed copy in into, which may share e's memory. An error has a SQLSTATE
	// and names the event.
	Upcast(e, into *event.Event) (*event.Event, error)
}

// EventKinds are the kinds that the catalog knows, by name, at one moment. A kind
// that is not among them has no upcasts. It must not be changed.
type EventKinds map[event.Kind]*EventKind

// Upcaster returns that of a kind, nil if it has none.
func (ks EventKinds) Upcaster(k event.Kind) Upcaster {
	if own := ks[k]; own != nil {
		return own.Upcaster
	}
	return nil
}

// Upcast reports whether any kind has upcasts.
func (ks EventKinds) Upcast() bool {
	for _, k := range ks {
		if k.Upcaster != nil {
			return true
		}
	}
	return false
}

// Premise is what a transaction depends on that was made over these kinds.
func (ks EventKinds) Premise() event.Premise {
	p := event.Premise{Prefix: KindPrefix}
	for _, k := range ks {
		p.Version = max(p.Version, k.Version)
	}
	return p
}

// Over returns the definition as it is over these kinds: its fold sees events in their
// newest shape, and its Version and Since tell of the last change to it or to a kind
// that it handles, so it shares no cached states with what it was before. It is d
// itself if no kind that it handles was ever altered.
func (ks EventKinds) Over(d *Definition) *Definition {
	own, upcasting := *d, upcastFold{Fold: d.Fold, kinds: EventKinds{}}
	altered := uint64(0)
	for name, k := range ks {
		if !d.Relevant(name) {
			continue
		}
		altered, own.Since = max(altered, k.Version), max(own.Since, k.Since)
		if k.Upcaster != nil {
			upcasting.kinds[name] = k
		}
	}
	switch {
	case altered == 0:
		return d
	case d.Language == Go:
		own.Version = hashedVersion("%d\n%d", d.Version, altered)
	default:
		own.Version = max(d.Version, altered)
	}
	if len(upcasting.kinds) > 0 {
		own.Fold = &upcasting
	}
	return &own
}

// Shown returns the event as the definition's fold sees it: e itself, or a changed copy
// in into, which may share e's memory. Errors are Upcaster's.
func (d *Definition) Shown(e, into *event.Event) (*event.Event, error) {
	f, ok := d.Fold.(*upcastFold)
	if !ok {
		return e, nil
	}
	u := f.kinds.Upcaster(e.Kind)
	if u == nil {
		return e, nil
	}
	return u.Upcast(e, into)
}

// upcastFold is a fold over upcast events.
type upcastFold struct {
	Fold
	kinds EventKinds // those with upcasts
}

// Start implements Fold.
func (f *upcastFold) Start(prev State) Accumulator {
	return &upcastAccumulator{Accumulator: f.Fold.Start(prev), kinds: f.kinds}
}

type upcastAccumulator struct {
	Accumulator
	kinds    EventKinds
	kind     event.Kind // of the last event
	upcaster Upcaster   // of that kind
	shown    event.Event
}

// Step implements Accumulator.
func (a *upcastAccumulator) Step(e *event.Event) error {
	if e.Kind != a.kind {
		a.kind, a.upcaster = e.Kind, a.kinds.Upcaster(e.Kind)
	}
	if a.upcaster != nil {
		shown, err := a.upcaster.Upcast(e, &a.shown)
		if err != nil {
			return err
		}
		e = shown
	}
	return a.Accumulator.Step(e)
}

// The catalog holds a kind as a record: its name is KindPrefix and the kind, its value
// a header line with the version of the format, then the upcasts as a JSON array.
const (
	KindPrefix = "kind/"
	kindHeader = "projsql event kind 1\n"
)

// KindRecordName returns the name of the catalog record of an event kind.
func KindRecordName(k event.Kind) string { return KindPrefix + string(k) }

// KindRecordValue returns the value of the catalog record of a kind with these upcasts.
func KindRecordValue(upcasts []string) ([]byte, error) {
	if upcasts == nil {
		upcasts = []string{}
	}
	text, err := json.Marshal(upcasts)
	return append([]byte(kindHeader), text...), err
}

// KindRecordUpcasts returns the upcasts in a catalog record's value. A value that
// KindRecordValue did not write, or a newer projsql wrote, is an error.
func KindRecordUpcasts(value []byte) (upcasts []string, err error) {
	text, ok := strings.CutPrefix(string(value), kindHeader)
	if ok {
		err = json.Unmarshal([]byte(text), &upcasts)
	}
	if !ok || err != nil {
		return nil, fmt.Errorf("event kind record of an unknown format: %.40q", value)
	}
	return upcasts, nil
}
