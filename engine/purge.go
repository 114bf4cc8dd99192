package engine

import (
	"strings"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
)

// Retire reclaims what caches hold of a definition that was dropped or replaced, in
// the background. Statements that still run may go on reading it: from now on their
// states are not kept. It is what RegistryOptions.Retired asks for.
func (e *Engine) Retire(d *projection.Definition) {
	own := e.definitions.of(d)
	own.retired.Store(true)
	own.poison.clear()
	e.listings.drop(own)
	e.background(func() {
		e.slots.DeleteFunc(func(k cache.SlotKey) bool { return k.Definition == own.number })
		e.deleteOwner(own.name, own.version)
		e.definitions.forget(own)
	})
}

// Reclaim deletes, in the background, the rows of the external cache whose definition
// is not among the living: what was dropped while this node was down. The rows of a
// projection in Go stay while none of its name is living, for it may be registered
// later; once one is, those of its other versions go.
func (e *Engine) Reclaim(living []*projection.Definition) {
	e.background(func() {
		owners, err := e.external.Owners()
		if err != nil {
			e.opts.Logger.Warn("external cache cannot be searched for dropped projections", "error", err)
			return
		}
		for _, o := range owners {
			if !alive(living, o) && !e.ending.Load() {
				e.deleteOwner(o.Name, o.Version)
			}
		}
	})
}

func alive(living []*projection.Definition, o cache.Owner) bool {
	expected := projection.IsGoVersion(o.Version)
	for _, d := range living {
		switch {
		case d.Name != o.Name:
		case d.Version == o.Version:
			return true
		case d.Language == projection.Go:
			expected = false
		}
	}
	return expected
}

func (e *Engine) deleteOwner(name string, version uint64) {
	if err := e.external.DeleteOwner(name, version); err != nil {
		e.opts.Logger.Warn("rows of a dropped projection could not be deleted", "projection", name, "version", version, "error", err)
	}
}

func (e *Engine) background(work func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.work.Go(work)
	}
}

// Purge throws away the slots and rows of all entities that begin with prefix ("" =
// of all) and returns how many there were. Answers stay the same. The error is the
// external cache's.
func (e *Engine) Purge(prefix string) (int, error) {
	defer e.purges.Add(1)
	e.listings.clear()
	slots := e.slots.DeleteFunc(func(k cache.SlotKey) bool { return strings.HasPrefix(string(k.Entity), prefix) })
	rows, err := e.external.DeletePrefix(prefix)
	return slots + rows, err
}
