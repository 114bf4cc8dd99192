package event_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/projsql/projsql/storage/event"
)

func goodDraft() event.Draft {
	return event.Draft{ID: event.ID{1}, Entity: "acct:7", Kind: "Opened", Data: []byte("{}"), OccurredAt: event.NoTime}
}

func TestValidate(t *testing.T) {
	for _, tc := range []struct {
		name  string
		spoil func(*event.Draft)
		state string
	}{
		{"good", func(*event.Draft) {}, ""},
		{"longest entity", func(d *event.Draft) { d.Entity = event.Entity(strings.Repeat("x", 1024)) }, ""},
		{"no id", func(d *event.Draft) { d.ID = event.ID{} }, "22023"},
		{"no entity", func(d *event.Draft) { d.Entity = "" }, "22023"},
		{"no kind", func(d *event.Draft) { d.Kind = "" }, "22023"},
		{"entity too long", func(d *event.Draft) { d.Entity = event.Entity(strings.Repeat("x", 1025)) }, "54000"},
		{"kind too long", func(d *event.Draft) { d.Kind = event.Kind(strings.Repeat("x", 256)) }, "54000"},
		{"entity not UTF-8", func(d *event.Draft) { d.Entity = "\xff" }, "22021"},
		{"kind with zero byte", func(d *event.Draft) { d.Kind = "a\x00b" }, "22021"},
		{"data too long", func(d *event.Draft) { d.Data = make([]byte, event.DataBytesMax+1) }, "54000"},
		{"metadata too long", func(d *event.Draft) { d.Metadata = make([]byte, event.MetadataBytesMax+1) }, "54000"},
		{"role too long", func(d *event.Draft) { d.RecordedBy = strings.Repeat("x", 256) }, "54000"},
	} {
		d := goodDraft()
		tc.spoil(&d)
		err := event.Validate(&d)
		var de *event.DraftError
		if got := errors.As(err, &de); got != (tc.state != "") || got && de.SQLState() != tc.state {
			t.Errorf("%s: got %v", tc.name, err)
		}
	}
}

func TestValidateChange(t *testing.T) {
	for _, tc := range []struct {
		change event.Change
		state  string
	}{
		{event.Change{Name: "projection/account", Expect: event.NoRecord}, ""},
		{event.Change{Name: "", Expect: event.NoRecord}, "22023"},
		{event.Change{Name: "x"}, "22023"},
		{event.Change{Name: "x", Expect: 5}, "22023"},
		{event.Change{Name: "x", Expect: event.ThisRecord, Version: 7}, ""},
		{event.Change{Name: "x", Expect: event.ThisRecord}, "22023"},
		{event.Change{Name: "x", Expect: event.SomeRecord, Version: 7}, "22023"},
		{event.Change{Name: "x\x00", Expect: event.AnyRecord}, "22021"},
		{event.Change{Name: "x", Expect: event.AnyRecord, Needs: "projection/account"}, ""},
		{event.Change{Name: "x", Expect: event.AnyRecord, Needs: "x\x00"}, "22021"},
		{event.Change{Name: "x", Expect: event.AnyRecord, Holds: []event.Hold{{Name: "views", Version: 3}, {Name: "y"}}}, ""},
		{event.Change{Name: "x", Expect: event.AnyRecord, Holds: []event.Hold{{Version: 3}}}, "22023"},
		{event.Change{Name: "x", Expect: event.AnyRecord, Holds: make([]event.Hold, event.HoldsMax+1)}, "54000"},
		{event.Change{Name: "x", Expect: event.AnyRecord, Value: make([]byte, event.RecordBytesMax+1)}, "54000"},
	} {
		err := event.ValidateChange(&tc.change)
		var de *event.DraftError
		if got := errors.As(err, &de); got != (tc.state != "") || got && de.SQLState() != tc.state {
			t.Errorf("%+v: got %v", tc.change.Name, err)
		}
	}
}

func TestMatches(t *testing.T) {
	e := event.Event{Entity: "acct:7", Kind: "Opened", Data: []byte("{}"), ID: event.ID{1}, OccurredAt: 5}
	for _, tc := range []struct {
		name   string
		change func(*event.Draft)
		want   bool
	}{
		{"same", func(*event.Draft) {}, true},
		{"same time", func(d *event.Draft) { d.OccurredAt = 5 }, true},
		{"other expectation and role", func(d *event.Draft) { d.Expected, d.RecordedBy = event.Expect(9), "joe" }, true},
		{"other time", func(d *event.Draft) { d.OccurredAt = 6 }, false},
		{"other entity", func(d *event.Draft) { d.Entity = "acct:8" }, false},
		{"other kind", func(d *event.Draft) { d.Kind = "Closed" }, false},
		{"other data", func(d *event.Draft) { d.Data = []byte("{ }") }, false},
		{"metadata", func(d *event.Draft) { d.Metadata = []byte{} }, false},
		{"correlation", func(d *event.Draft) { d.Correlation = event.ID{9} }, false},
		{"causation", func(d *event.Draft) { d.Causation = event.ID{9} }, false},
	} {
		d := goodDraft()
		tc.change(&d)
		if got := d.Matches(&e); got != tc.want {
			t.Errorf("%s: got %v", tc.name, got)
		}
	}
}

func TestNewID(t *testing.T) {
	if a, b := event.NewID(), event.NewID(); a == b || a[6]>>4 != 7 || a.String() > b.String() {
		t.Errorf("ids %v, %v", a, b)
	}
}
