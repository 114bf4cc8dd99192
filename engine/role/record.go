package role

import (
	"encoding/json"
	"fmt"
	"strings"
)

// The catalog holds all roles and what they may do with which objects as one record: its value is a header line
// with the version of the format, then a JSON object. Releases that do not know the record keep it. Those that do not
// know of privileges read the first format without them, and leave them out when they change a role: nobody may do more there
// than here. The second format is of what such a release would let everybody do: it lets nobody in.
const (
	RecordName    = "roles"
	recordHeader  = "projsql roles 1\n"
	recordHeader2 = "projsql roles 2\n"
)

type record struct {
	Roles      []*Role           `json:"roles"`
	Settings   map[string]string `json:"settings,omitempty"` // of all
	Privileges *privileges       `json:"privileges,omitempty"`
}

// Record returns the value of the catalog record; nil if there is nothing to keep.
func (s *Set) Record() ([]byte, error) {
	r := record{Roles: s.List(), Settings: s.Settings()}
	if s != nil && !s.held.empty() {
		r.Privileges = s.held
	}
	if s.Empty() {
		return nil, nil
	}
	header := recordHeader
	if s.withholds() {
		header = recordHeader2
	}
	text, err := json.Marshal(r)
	return append([]byte(header), text...), err
}

// Empty reports whether there is nothing to keep.
func (s *Set) Empty() bool {
	return !s.Guarded() && len(s.Settings()) == 0 && (s == nil || s.held.empty())
}

// Put returns the set as it is read of a record of a version; nil of a nil Set.
func (s *Set) Put(version uint64) *Set {
	if s == nil {
		return nil
	}
	made := *s
	made.Version, made.held = version, s.held.put(version)
	return &made
}

// put returns the privileges in which what is said of what was put with them is said of the version.
func (p *privileges) put(version uint64) *privileges {
	if !p.says(func(o *Object) bool { return o != nil && o.New }) {
		return p
	}
	return p.each(func(o *Object) *Object {
		if o != nil && o.New {
			o = o.clone()
			o.New, o.Of = false, version
		}
		return o
	}, func(d Default) Default { return d })
}

// withholds reports whether something is withheld from somebody that everybody has by default.
func (s *Set) withholds() bool {
	d, n := s.OfDatabase(), s.OfSchema()
	return access{s, d.OwnedBy(), d.Effective(Database)}.may(Public)&Database.public() != Database.public() ||
		access{s, n.OwnedBy(), n.Effective(Schema)}.may(Public)&Schema.public() != Schema.public()
}

// ParseRecord returns the roles in a catalog record's value, which has a version.
func ParseRecord(value []byte, version uint64) (*Set, error) {
	var r record
	text, ok := strings.CutPrefix(string(value), recordHeader)
	if !ok {
		text, ok = strings.CutPrefix(string(value), recordHeader2)
	}
	if !ok || json.Unmarshal([]byte(text), &r) != nil {
		return nil, fmt.Errorf("roles of an unknown format: %.40q", value)
	}
	made := (&Set{all: r.Settings, held: r.Privileges.put(version)}).With(r.Roles...)
	made.Version = version
	return made, nil
}

// Unreadable is what a node makes of a record that it does not understand: a guarded set in which
// nobody can connect.
func Unreadable() *Set { return (&Set{}).With(&Role{Name: "projsql"}) }
