package projection

// Strategy is how a read was answered.
type Strategy uint8

// Strategies. The zero value is not valid.
const (
	Empty Strategy = iota + 1
	GroupLocalHit
	GroupLocalIncremental
	ExternalCacheThenReplay
	DirectReplay
)

var strategyNames = [...]string{"", "empty", "group_local_hit", "group_local_incremental", "external_cache_then_replay", "direct_replay"}

// String returns the name that SQL shows, e.g. "group_local_hit".
func (s Strategy) String() string { return strategyNames[s] }

// CacheStatus is what the caches contributed.
type CacheStatus uint8

// Cache statuses. The zero value is not valid.
const (
	Hit CacheStatus = iota + 1
	Miss
	Bypassed
	Unavailable
)

var cacheStatusNames = [...]string{"", "hit", "miss", "bypassed", "unavailable"}

// String returns the name that SQL shows.
func (c CacheStatus) String() string { return cacheStatusNames[c] }

// Observed is the freshness that an answer turned out to have.
type Observed uint8

// Observed freshness. The zero value is not valid.
const (
	Fresh Observed = iota + 1
	StaleAllowed
	NotApplicable
)

var observedNames = [...]string{"", "fresh", "stale_allowed", "not_applicable"}

// String returns the name that SQL shows.
func (o Observed) String() string { return observedNames[o] }

// StoreOutcome is what became of a state in one cache that might keep it.
type StoreOutcome uint8

// Store outcomes.
const (
	NotStored     StoreOutcome = iota // there was nothing new to keep
	StoreSkipped                      // nothing to keep it in, or not worth keeping
	Stored                            //
	Superseded                        // the cache has an equal or newer state
	StoreFailed                       //
	StoreOutcomes                     // their number
)

var storeNames = [StoreOutcomes]string{"none", "skipped", "stored", "superseded", "put_failed"}

// String returns the name that SQL shows.
func (o StoreOutcome) String() string { return storeNames[o] }

// Stores are what became of an answer's state in the caches.
type Stores struct{ External, Slot StoreOutcome }
