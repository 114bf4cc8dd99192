package projection

import (
	"encoding/json"
	"fmt"
	"strings"
)

// WarmMode says which rows of a projection are kept warm.
type WarmMode uint8

// Warm modes. The zero value is none: the node's decides.
const (
	// WarmOff: rows are written by reads alone.
	WarmOff WarmMode = iota + 1
	// WarmLazy keeps what was asked for: after an entity changes, its row is folded on if
	// the definition's version has one, or a slot. Nothing else is made.
	WarmLazy
	// WarmOn makes a row for every entity, and keeps all of them.
	WarmOn
)

var warmNames = [...]string{"", "off", "lazy", "on"}

// String returns the mode's name: off, lazy, on.
func (m WarmMode) String() string { return warmNames[m] }

// ParseWarmMode reads a mode's name.
func ParseWarmMode(name string) (WarmMode, error) {
	for m := WarmOff; m <= WarmOn; m++ {
		if m.String() == name {
			return m, nil
		}
	}
	return 0, fmt.Errorf("%q is no warmer mode: off, lazy or on", name)
}

// Settings say how nodes treat a projection, whatever its definition. They never change
// an answer. The zero value leaves everything to the nodes.
type Settings struct {
	Warm WarmMode
	// Version is that of the catalog record; 0 = there is none.
	Version uint64
}

// List returns what is set, as name=value.
func (s Settings) List() []string {
	if s.Warm == 0 {
		return nil
	}
	return []string{"warm=" + s.Warm.String()}
}

// The catalog holds the settings of a projection as a record of its own, so that they
// outlive its definitions, and definitions do not change with them: its name is
// SettingsPrefix and the projection's name, its value a header line with the version of
// the format, then what is set as a JSON object.
const (
	SettingsPrefix = "settings/"
	settingsHeader = "projsql projection settings 1\n"
)

// SettingsRecordName returns the name of the catalog record of a projection's settings.
func SettingsRecordName(name string) string { return SettingsPrefix + name }

// SettingsRecordValue returns the value of the catalog record; nil if nothing is set.
func SettingsRecordValue(s Settings) ([]byte, error) {
	set := map[string]string{}
	for _, item := range s.List() {
		name, value, _ := strings.Cut(item, "=")
		set[name] = value
	}
	if len(set) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(set)
	return append([]byte(settingsHeader), text...), err
}

// RecordSettings returns the settings in a catalog record's value, without Version. What
// a newer projsql can set and this one does not know is an error, beside what it knows.
func RecordSettings(value []byte) (s Settings, err error) {
	text, ok := strings.CutPrefix(string(value), settingsHeader)
	set := map[string]string{}
	if !ok || json.Unmarshal([]byte(text), &set) != nil {
		return s, fmt.Errorf("projection settings of an unknown format: %.40q", value)
	}
	for name, value := range set {
		if name != "warm" {
			err = fmt.Errorf("unknown setting %q of a projection", name)
			continue
		}
		mode, bad := ParseWarmMode(value)
		if s.Warm = mode; bad != nil {
			err = bad
		}
	}
	return s, err
}
