package role

import (
	"encoding/json"
	"fmt"
	"strings"
)

// The catalog holds all roles as one record: its value is a header line with the version of the
// format, then a JSON object. Releases that do not know the record keep it.
const (
	RecordName   = "roles"
	recordHeader = "projsql roles 1\n"
)

type record struct {
	Roles    []*Role           `json:"roles"`
	Settings map[string]string `json:"settings,omitempty"` // of all
}

// Record returns the value of the catalog record; nil if there is nothing to keep.
func (s *Set) Record() ([]byte, error) {
	if !s.Guarded() && len(s.Settings()) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(record{Roles: s.List(), Settings: s.Settings()})
	return append([]byte(recordHeader), text...), err
}

// ParseRecord returns the roles in a catalog record's value, without Version.
func ParseRecord(value []byte) (*Set, error) {
	var r record
	text, ok := strings.CutPrefix(string(value), recordHeader)
	if !ok || json.Unmarshal([]byte(text), &r) != nil {
		return nil, fmt.Errorf("roles of an unknown format: %.40q", value)
	}
	return (&Set{all: r.Settings}).With(r.Roles...), nil
}

// Unreadable is what a node makes of a record that it does not understand: a guarded set in which
// nobody can connect.
func Unreadable() *Set { return (&Set{}).With(&Role{Name: "projsql"}) }
