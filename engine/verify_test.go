package engine_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cockroachdb/datadriven"
	"pgregory.net/rapid"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// cmdVerify compares caches with the log. verify [entity] [seq=], where seq is the
// first cut that it sees.
func (w *world) cmdVerify(d *datadriven.TestData) string {
	req := projection.VerifyRequest{Definition: w.def, Cut: w.log.cut}
	for _, a := range d.CmdArgs {
		if len(a.Vals) == 0 {
			req.Entity = event.Entity(a.Key)
		}
	}
	asked := false
	req.Cut = func() projection.Cut {
		if asked {
			return w.log.cut()
		}
		asked = true
		return w.cut(d)
	}
	all, err := w.engine.Verify(context.Background(), req)
	var out strings.Builder
	for _, v := range all {
		fmt.Fprintf(&out, "%s: %d entities, %d events, %d unusable\n", v.Copy, v.Entities, v.Events, v.Unusable)
	}
	var differs *projection.CopyError
	if errors.As(err, &differs) {
		fmt.Fprintf(&out, "%s %v\n%s\n", differs.SQLState(), err, differs.SQLDetail())
	} else if err != nil {
		fmt.Fprintf(&out, "error: %v\n", err)
	}
	return out.String()
}

// cmdTamper changes an entity's row, or the state that its slot shares. tamper row|slot
// entity state|generation=|hlc|mark=|none
func (w *world) cmdTamper(d *datadriven.TestData) string {
	entity := event.Entity(d.CmdArgs[1].Key)
	if d.CmdArgs[0].Key == "slot" {
		out, err := w.engine.Project(context.Background(), projection.Request{Definition: w.def, Entity: entity, Cut: w.log.cut()})
		if err != nil {
			return err.Error()
		}
		out.State().(*tally).n++
		return ""
	}
	w.external.change(faultyKey{w.def.Name, w.def.Version, entity}, func(r *cache.Row) {
		switch d.CmdArgs[2].Key {
		case "state":
			r.State[0]++
		case "none":
			r.NoState, r.State = true, nil
		case "hlc":
			r.HLC++
		case "generation":
			r.Generation = event.Version(number(d, "generation"))
		case "mark":
			r.Watermark = event.Sequence(number(d, "mark"))
		}
	})
	return ""
}

// verify demands that whatever the caches hold and reads may use is right.
func (m *model) verify(rt *rapid.T) {
	req := projection.VerifyRequest{Definition: m.def, Cut: m.log.cut}
	if rapid.Bool().Draw(rt, "one") {
		req.Entity = event.Entity(entities.Draw(rt, "entity"))
	}
	all, err := m.engine.Verify(context.Background(), req)
	if err != nil {
		rt.Fatalf("verify %q: %v %+v", req.Entity, err, all)
	}
	want, c := uint64(0), m.log.cut()
	for _, e := range []event.Entity{"a", "b", "c"} {
		head, _, _ := m.log.Reader(c).Head(e)
		if mark, _ := m.def.Watermark(&head); mark > 0 && (req.Entity == "" || req.Entity == e) {
			want++
		}
	}
	if all[0].Entities != want {
		rt.Fatalf("verify %q: %d entities, want %d", req.Entity, all[0].Entities, want)
	}
}
