package projection

import (
	"slices"
	"strings"
)

// Catalog is what a node knows of its database's projections and event kinds at one
// moment: who reads more than one thing of it takes one Catalog. It is immutable.
type Catalog struct {
	epoch  uint64
	byName map[string]*Definition
	sorted []*Definition
	kinds  EventKinds
}

// NewCatalog returns the catalog of the given definitions and kinds, which must not be
// changed any more. No two catalogs of a node may have the same epoch.
func NewCatalog(epoch uint64, byName map[string]*Definition, kinds EventKinds) *Catalog {
	c := &Catalog{epoch: epoch, byName: byName, kinds: kinds}
	for _, d := range byName {
		c.sorted = append(c.sorted, d)
	}
	slices.SortFunc(c.sorted, func(a, b *Definition) int { return strings.Compare(a.Name, b.Name) })
	return c
}

// Lookup finds a definition by its exact name.
func (c *Catalog) Lookup(name string) (*Definition, bool) {
	d, ok := c.byName[name]
	return d, ok
}

// All returns every definition, by name. The slice must not be changed.
func (c *Catalog) All() []*Definition { return c.sorted }

// Kinds returns the event kinds that were ever altered.
func (c *Catalog) Kinds() EventKinds { return c.kinds }

// Epoch is another number for every catalog of a node.
func (c *Catalog) Epoch() uint64 { return c.epoch }
