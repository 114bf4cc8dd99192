package projection

import (
	"strings"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// Change tells whoever follows a channel that a state may have changed: an event
// that its projection handles is in the log.
type Change struct {
	Channel string       // as it was asked for
	Entity  event.Entity // "": every state of the channel is to be read anew
	// Generation is the version of the newest such event; 0 if Entity is "".
	Generation event.Version
	HLC        hlc.Timestamp // of the same event, or the position if Entity is ""
}

// ChannelTarget returns the definition that a channel is about, nil if there is
// none, and the entity, "" for all. A channel is a projection's name, or the name,
// a colon and an entity. As in project(), an exact name comes before a folded one;
// of names with colons, the longest is taken.
func ChannelTarget(channel string, lookup func(name string) (*Definition, bool)) (*Definition, event.Entity) {
	for end := len(channel); end > 0; end = strings.LastIndexByte(channel[:end], ':') {
		if end == len(channel)-1 {
			continue // no entity is empty
		}
		name, entity := channel[:end], ""
		if end < len(channel) {
			entity = channel[end+1:]
		}
		if d, ok := lookup(name); ok {
			return d, event.Entity(entity)
		}
		if d, ok := lookup(strings.ToLower(name)); ok {
			return d, event.Entity(entity)
		}
	}
	return nil, ""
}
