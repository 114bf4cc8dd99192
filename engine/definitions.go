package engine

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/projsql/projsql/engine/cache"
	"github.com/projsql/projsql/engine/projection"
)

// definition is what the engine keeps beside one version of a projection.
type definition struct {
	number  uint32 // in slot keys
	name    string
	version uint64
	retired atomic.Bool             // dropped or replaced: nothing is stored any more
	crowded atomic.Bool             // there was no room for a listing of all entities
	listing atomic.Pointer[listing] // of the last whole scan; listings keeps it
	counts  counts
	poison  poison
}

func (d *definition) owner(lineage [16]byte) cache.Owner {
	return cache.Owner{Name: d.name, Version: d.version, Lineage: lineage}
}

type nameVersion struct {
	name    string
	version uint64
}

// definitions finds the definition of a projection.Definition, by identity on the
// hot path and by name and version the first time.
type definitions struct {
	byPointer atomic.Pointer[map[*projection.Definition]*definition]
	mu        sync.Mutex
	byVersion map[nameVersion]*definition
	last      uint32
}

func (ds *definitions) of(d *projection.Definition) *definition {
	if m := ds.byPointer.Load(); m != nil {
		if own := (*m)[d]; own != nil {
			return own
		}
	}
	return ds.add(d)
}

func (ds *definitions) add(d *projection.Definition) *definition {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	m := map[*projection.Definition]*definition{}
	if old := ds.byPointer.Load(); old != nil {
		m = maps.Clone(*old)
	}
	m[d] = ds.intern(d)
	ds.byPointer.Store(&m)
	return m[d]
}

func (ds *definitions) intern(d *projection.Definition) *definition {
	key := nameVersion{d.Name, d.Version}
	if own := ds.byVersion[key]; own != nil {
		return own
	}
	if ds.byVersion == nil {
		ds.byVersion = map[nameVersion]*definition{}
	}
	ds.last++
	own := &definition{number: ds.last, name: d.Name, version: d.Version}
	ds.byVersion[key] = own
	return own
}

// forget lets go of the pointers to a retired definition. Its number and counts stay.
func (ds *definitions) forget(own *definition) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if old := ds.byPointer.Load(); old != nil {
		m := maps.Clone(*old)
		maps.DeleteFunc(m, func(_ *projection.Definition, o *definition) bool { return o == own })
		ds.byPointer.Store(&m)
	}
}

// all returns every definition seen so far.
func (ds *definitions) all() []*definition {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	out := make([]*definition, 0, len(ds.byVersion))
	for _, d := range ds.byVersion {
		out = append(out, d)
	}
	return out
}
