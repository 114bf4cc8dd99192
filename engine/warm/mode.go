package warm

import "github.com/projsql/projsql/engine/projection"

// Mode says which rows are kept warm.
type Mode = projection.WarmMode

// Modes, by the names that they have here.
const (
	Off  = projection.WarmOff
	Lazy = projection.WarmLazy
	On   = projection.WarmOn
)
