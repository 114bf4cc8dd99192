// Package seam is how this module's own tests get at what projsql.Open puts together:
// the context that Open is given carries them. Nobody outside the module can.
package seam

import (
	"context"
	"time"

	"github.com/projsql/projsql/cluster"
	"github.com/projsql/projsql/engine"
	"github.com/projsql/projsql/storage"
)

// Hooks change how a node is put together. The zero value changes nothing.
type Hooks struct {
	// WorkBytesMax is the most that an operator has before it spills, below what work_mem
	// can be; 0: what work_mem says.
	WorkBytesMax int64
	Now          func() time.Time // nil = time.Now
	// Store may change what the store is opened with, e.g. to another disk.
	Store func(*storage.Options)
	// Engine may change what the engine is opened with, e.g. to another external cache,
	// which the node closes then.
	Engine func(*engine.Options)
	// Network may change how the node reaches the others of its cluster.
	Network func(*cluster.Network)
	// Cluster may change what the log is opened with, e.g. when it is cut.
	Cluster func(*cluster.Options)
	// Opened is told of the rooms, once they are open.
	Opened func(Rooms)
}

// Rooms are the rooms of one node. The node closes them.
type Rooms struct {
	Store    *storage.Store
	Engine   *engine.Engine
	Registry *engine.Registry
	Cluster  *cluster.Node
}

type key struct{}

// With returns a context that carries hooks to projsql.Open.
func With(ctx context.Context, h Hooks) context.Context { return context.WithValue(ctx, key{}, h) }

// From returns the hooks that a context carries.
func From(ctx context.Context) Hooks {
	h, _ := ctx.Value(key{}).(Hooks)
	return h
}
