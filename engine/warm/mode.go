package warm

import "fmt"

// Mode says which rows are kept warm.
type Mode uint8

// Modes.
const (
	// Off: rows are written by reads alone.
	Off Mode = iota + 1
	// Lazy keeps what was asked for: after an entity changes, its row is folded on if
	// the definition's version has one, or a slot. Nothing else is made.
	Lazy
	// On makes a row for every entity, and keeps all of them.
	On
)

var modeNames = [...]string{"", "off", "lazy", "on"}

// String returns the mode's name: off, lazy, on.
func (m Mode) String() string { return modeNames[m] }

// ParseMode reads a mode's name.
func ParseMode(name string) (Mode, error) {
	for m := Off; m <= On; m++ {
		if m.String() == name {
			return m, nil
		}
	}
	return 0, fmt.Errorf("%q is no warmer mode: off, lazy or on", name)
}
