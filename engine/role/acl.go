package role

import (
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"strings"
)

// Privileges are a set of what may be done with an object.
type Privileges uint16

// Privileges, in the order in which PostgreSQL keeps them.
const (
	Insert Privileges = 1 << iota
	Select
	Update
	Delete
	Truncate
	References
	Trigger
	Execute
	Usage
	Create
	Temporary
	Connect
)

// What there is of the privileges on tables, on columns of theirs, and on schemas.
const (
	OnTable  = Insert | Select | Update | Delete | Truncate | References | Trigger
	OnColumn = Insert | Select | Update | References
	OnSchema = Usage | Create
)

// privilegeLetters are those of aclitem, in the order of the bits.
const privilegeLetters = "arwdDxtXUCTc"

var privilegeNames = [...]string{"INSERT", "SELECT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER", "EXECUTE", "USAGE", "CREATE", "TEMPORARY", "CONNECT"}

// PrivilegeNamed finds a privilege by its upper-case name; 0: there is none.
func PrivilegeNamed(name string) Privileges {
	if name == "TEMP" {
		name = "TEMPORARY"
	}
	if i := slices.Index(privilegeNames[:], name); i >= 0 {
		return 1 << i
	}
	return 0
}

// String returns the names, with commas between them.
func (p Privileges) String() string {
	var names []string
	for i, name := range privilegeNames {
		if p&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

// Who an Item may name beside roles.
const (
	// Public is everybody; no role has the name.
	Public = "public"
	// Owner is who owns what no role owns: the database's owner, who is a role to PostgreSQL's catalogs alone.
	Owner = ""
)

// Item is what one role has granted to another on an object: May are the privileges, Grant those of them
// that it may grant to others.
type Item struct {
	To, By     string
	May, Grant Privileges
}

// Letters returns the privileges as in an aclitem: each has a star behind it that may be granted.
func (i Item) Letters() string {
	var b strings.Builder
	for n := range privilegeLetters {
		if i.May&(1<<n) == 0 {
			continue
		}
		b.WriteByte(privilegeLetters[n])
		if i.Grant&(1<<n) != 0 {
			b.WriteByte('*')
		}
	}
	return b.String()
}

// ParseLetters reads what Letters gives.
func ParseLetters(text string) (may, grant Privileges, err error) {
	for i := 0; i < len(text); i++ {
		n := strings.IndexByte(privilegeLetters, text[i])
		if n < 0 {
			return 0, 0, fmt.Errorf("unknown privilege in %q", text)
		}
		may |= 1 << n
		if strings.HasPrefix(text[i+1:], "*") {
			grant |= 1 << n
			i++
		}
	}
	return may, grant, nil
}

type itemText struct {
	To  string `json:"to"`
	By  string `json:"by,omitempty"`
	May string `json:"may"`
}

// MarshalJSON writes the privileges by their letters.
func (i Item) MarshalJSON() ([]byte, error) { return json.Marshal(itemText{i.To, i.By, i.Letters()}) }

// UnmarshalJSON reads what MarshalJSON writes.
func (i *Item) UnmarshalJSON(text []byte) error {
	var t itemText
	if err := json.Unmarshal(text, &t); err != nil {
		return err
	}
	i.To, i.By = t.To, t.By
	var err error
	i.May, i.Grant, err = ParseLetters(t.May)
	return err
}

// ACL is who may do what with an object, as PostgreSQL keeps it. It is immutable. nil stands for the default.
type ACL []Item

// DefaultACL is what holds of an object while nobody has granted or revoked anything.
func DefaultACL(owner string, owns, public Privileges) ACL {
	var acl ACL
	if public != 0 {
		acl = append(acl, Item{To: Public, By: owner, May: public})
	}
	if owns != 0 {
		acl = append(acl, Item{To: owner, By: owner, May: owns})
	}
	return acl
}

// access is an ACL and whose it is: what is asked of it depends on who is in which role.
type access struct {
	set   *Set
	owner string
	acl   ACL
}

// has reports whether a role has what another has: a superuser has what the database's owner has.
func (a access) has(name, of string) bool {
	switch {
	case name == of:
		return true
	case name == Public || name == Owner || of == Public:
		return false
	case of == Owner:
		return a.set.Superuser(name)
	}
	return a.set.Has(name, of)
}

// may returns the privileges of a role, itself and by roles that it is in.
func (a access) may(name string) (may Privileges) {
	for _, i := range a.acl {
		if i.To == Public || a.has(name, i.To) {
			may |= i.May
		}
	}
	return may
}

// grants returns the privileges that a role may grant to others: the owner all of them.
func (a access) grants(name string) (grant Privileges) {
	if a.has(name, a.owner) {
		return ^Privileges(0)
	}
	for _, i := range a.acl {
		if i.To != Public && a.has(name, i.To) {
			grant |= i.Grant
		}
	}
	return grant
}

// direct returns the privileges that a role itself may grant.
func (a access) direct(name string) (grant Privileges) {
	if name == a.owner {
		return ^Privileges(0)
	}
	for _, i := range a.acl {
		if i.To == name {
			grant |= i.Grant
		}
	}
	return grant
}

// bestGrantor returns as whom a role grants or revokes privileges, and which of them it may.
func (a access) bestGrantor(g Grant) (grantor string, may Privileges) {
	if g.Super || g.By == a.owner || a.set.Superuser(g.By) {
		return a.owner, g.Privileges
	}
	grantor = g.By
	for _, other := range a.set.within(g.By) {
		switch can := a.direct(other) & g.Privileges; {
		case can == g.Privileges:
			return other, can
		case bits.OnesCount16(uint16(can)) > bits.OnesCount16(uint16(may)):
			grantor, may = other, can
		}
	}
	return grantor, may
}

// GrantError says why a grant or a revocation is not possible.
type GrantError uint8

// Reasons.
const (
	ErrDependent GrantError = iota + 1 // others were granted it by who is to lose it
	ErrCircular                        // a grant option would come back to who gave it
)

func (e GrantError) Error() string {
	return [...]string{"", "dependent privileges exist", "grant options cannot be granted back to your own grantor"}[e]
}

// with returns the ACL with more granted by an item.
func (a access) with(item Item) (ACL, error) {
	if item.Grant != 0 {
		if err := a.circular(item); err != nil {
			return nil, err
		}
	}
	acl := slices.Clone(a.acl)
	i := slices.IndexFunc(acl, func(o Item) bool { return o.To == item.To && o.By == item.By })
	if i < 0 {
		return append(acl, item), nil
	}
	acl[i].May |= item.May
	acl[i].Grant |= item.Grant
	return acl, nil
}

// without returns the ACL without what an item has; cascade takes away too what was granted by who loses it.
func (a access) without(item Item, cascade bool) (ACL, error) {
	i := slices.IndexFunc(a.acl, func(o Item) bool { return o.To == item.To && o.By == item.By })
	if i < 0 {
		return a.acl, nil
	}
	acl := slices.Clone(a.acl)
	lost := acl[i].Grant & item.Grant
	acl[i].May &^= item.May
	acl[i].Grant &^= item.Grant
	if acl[i].May == 0 {
		acl = slices.Delete(acl, i, i+1)
	}
	left := access{a.set, a.owner, acl}
	if lost != 0 {
		return left.abandon(item.To, lost, cascade)
	}
	return acl, nil
}

// abandon takes away what a role has granted that may not grant it any more.
func (a access) abandon(name string, lost Privileges, cascade bool) (ACL, error) {
	if name == a.owner {
		return a.acl, nil
	}
	if lost &^= a.grants(name); lost == 0 {
		return a.acl, nil
	}
	for i := 0; i < len(a.acl); i++ {
		item := a.acl[i]
		if item.By != name || item.May&lost == 0 {
			continue
		}
		if !cascade {
			return nil, ErrDependent
		}
		acl, err := a.without(Item{To: item.To, By: name, May: lost, Grant: lost}, true)
		if err != nil {
			return nil, err
		}
		a.acl, i = acl, -1
	}
	return a.acl, nil
}

// circular refuses a grant option whose grantor has it by none but who is to have it.
func (a access) circular(item Item) error {
	if item.By == a.owner {
		return nil
	}
	rest := a
	for i := 0; i < len(rest.acl); i++ {
		if o := rest.acl[i]; o.To == item.To && o.Grant != 0 {
			acl, err := rest.without(Item{To: o.To, By: o.By, May: o.Grant, Grant: o.Grant}, true)
			if err != nil {
				return err
			}
			rest.acl, i = acl, -1
		}
	}
	if item.Grant&^rest.grants(item.By) != 0 {
		return ErrCircular
	}
	return nil
}

// owned returns the ACL as it is when another owns the object.
func (acl ACL) owned(from, to string) ACL {
	if acl == nil {
		return nil
	}
	made := make(ACL, 0, len(acl))
	for _, i := range acl {
		if i.To == from {
			i.To = to
		}
		if i.By == from {
			i.By = to
		}
		made = made.merged(i)
	}
	return made
}

// merged adds an item, to one that the same role has from the same if there is one.
func (acl ACL) merged(item Item) ACL {
	for i := range acl {
		if acl[i].To == item.To && acl[i].By == item.By {
			acl[i].May |= item.May
			acl[i].Grant |= item.Grant
			return acl
		}
	}
	return append(acl, item)
}

// Names reports whether a role is named, to whom or by whom something is granted.
func (acl ACL) Names(name string) bool {
	return slices.ContainsFunc(acl, func(i Item) bool { return i.To == name || i.By == name })
}

// forgetting returns the ACL without all that a role was granted, and has granted.
func (a access) forgetting(name string) ACL {
	for _, item := range slices.Clone(a.acl) {
		if item.To == name {
			a.acl, _ = a.without(item, true) // with cascade, nothing is refused
		}
	}
	if a.acl == nil {
		return nil
	}
	left := make(ACL, 0, len(a.acl))
	for _, item := range a.acl {
		if item.By != name || name == a.owner {
			left = append(left, item)
		}
	}
	return left
}
