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
	counts  *counts                 // of all versions
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
	byVersion map[nameVersion]*definition // retired ones too, so that who still runs finds them retired
	counts    map[string]*counts          // by name
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
	if d.Uncommitted {
		ds.last++
		own := &definition{number: ds.last, name: d.Name, version: d.Version, counts: new(counts)}
		own.retired.Store(true)
		return own
	}
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
		ds.byVersion, ds.counts = map[nameVersion]*definition{}, map[string]*counts{}
	}
	if ds.counts[d.Name] == nil {
		ds.counts[d.Name] = new(counts)
	}
	ds.last++
	own := &definition{number: ds.last, name: d.Name, version: d.Version, counts: ds.counts[d.Name]}
	ds.byVersion[key] = own
	return own
}

// forget lets go of the pointers to a retired definition. That it is retired stays known.
func (ds *definitions) forget(own *definition) {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	if old := ds.byPointer.Load(); old != nil {
		m := maps.Clone(*old)
		maps.DeleteFunc(m, func(_ *projection.Definition, o *definition) bool { return o == own })
		ds.byPointer.Store(&m)
	}
}

// all returns the definitions seen so far, but for those that are forgotten.
func (ds *definitions) all() map[*definition]bool {
	all := map[*definition]bool{}
	if m := ds.byPointer.Load(); m != nil {
		for _, own := range *m {
			all[own] = true
		}
	}
	return all
}

// countsByName are those of every projection seen so far.
func (ds *definitions) countsByName() map[string]*counts {
	ds.mu.Lock()
	defer ds.mu.Unlock()
	return maps.Clone(ds.counts)
}
