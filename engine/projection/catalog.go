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
	// settings of projections, defined or not, by name.
	settings map[string]Settings
	comments map[string]*Comments // by relation, defined or not
}

// NewCatalog returns the catalog of the given definitions, kinds, settings and comments, which
// must not be changed any more. No two catalogs of a node may have the same epoch.
func NewCatalog(epoch uint64, byName map[string]*Definition, kinds EventKinds, settings map[string]Settings, comments map[string]*Comments) *Catalog {
	c := &Catalog{epoch: epoch, byName: byName, kinds: kinds, settings: settings, comments: comments}
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

// Settings returns those of a projection.
func (c *Catalog) Settings(name string) Settings { return c.settings[name] }

// AllSettings returns what is set of projections, by name. It must not be changed.
func (c *Catalog) AllSettings() map[string]Settings { return c.settings }

// Comments returns those on a projection, or on events; nil if there are none.
func (c *Catalog) Comments(relation string) *Comments { return c.comments[relation] }

// AllComments returns the comments by relation. It must not be changed.
func (c *Catalog) AllComments() map[string]*Comments { return c.comments }
