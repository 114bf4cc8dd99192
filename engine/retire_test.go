package engine_test

import (
	"context"
	"testing"

	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/event"
)

// late is an external cache whose puts come after all that happens meanwhile.
type late struct {
	*faulty
	meanwhile func()
	deleted   chan struct{}
}

func (l *late) Put(o cache.Owner, e event.Entity, r cache.Row) error {
	if f := l.meanwhile; f != nil {
		l.meanwhile = nil
		f()
		<-l.deleted
	}
	return l.faulty.Put(o, e, r)
}

func (l *late) DeleteOwner(name string, version uint64) error {
	err := l.faulty.DeleteOwner(name, version)
	select {
	case l.deleted <- struct{}{}:
	default:
	}
	return err
}

// A row that is put while its definition is retired does not stay, whoever puts it.
func TestRetiredWhileARowIsPut(t *testing.T) {
	log := &memLog{}
	fill(log, "a", 3)
	fill(log, "b", 3)
	ctx := context.Background()
	for what, read := range map[string]func(*engine.Engine, *projection.Definition) error{
		"read": func(e *engine.Engine, d *projection.Definition) error {
			_, err := e.Project(ctx, projection.Request{Definition: d, Entity: "a", Cut: log.cut()})
			return err
		},
		"scan": func(e *engine.Engine, d *projection.Definition) error {
			return e.Scan(ctx, projection.ScanRequest{Definition: d, Cut: log.cut()}, func(event.Entity, *projection.Outcome) error { return nil })
		},
		"refresh": func(e *engine.Engine, d *projection.Definition) error {
			_, err := e.Refresh(ctx, engine.RefreshRequest{Definition: d, Entity: "a", Cut: log.cut()})
			return err
		},
	} {
		x := &late{faulty: newFaulty(), deleted: make(chan struct{})}
		e, d := newEngine(t, engine.Options{Log: log, External: x}), tallyDefinition("tally", 1)
		x.meanwhile = func() { e.Retire(d) }
		if err := read(e, d); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		if owners, err := x.Owners(); len(owners) != 0 || err != nil {
			t.Errorf("%s: rows of %v stay, %v", what, owners, err)
		}
	}
}
