package settings

import (
	"cmp"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Start is what a session begins with.
type Start struct {
	User     string
	Settings map[string]string // of the startup packet
	Defaults map[string]string // of the user's role, by lower-case name; those that are not valid are left out
	Ordinary bool              // the user is no superuser
}

// value is a parameter's value now and after the transaction.
type value struct {
	now     string
	session string // without SET LOCAL
	// own and ownAfter tell whether these were set, not reset.
	own, ownAfter bool
}

type undo struct {
	name  string
	had   bool
	old   value
	local bool // it was changed until the end of the transaction only
}

// Settings are the parameters of one session. One goroutine uses it at a time.
type Settings struct {
	registry *Registry
	set      map[string]value // by lower-case name; absent = default
	start    map[string]string
	may      func(parameter, by, role string) error
	super    func() bool
	log      []undo
	changes  uint64
}

// Session returns the settings of a new session. Errors: 42704, 22023, 42501.
func (r *Registry) Session(start Start) (*Settings, error) {
	s := &Settings{registry: r, set: map[string]value{}, start: map[string]string{}}
	s.start["session_authorization"] = start.User
	for name, text := range start.Defaults {
		if p, v, err := s.prepare(name, text, false); err == nil {
			s.start[strings.ToLower(p.Name)] = v
		}
	}
	if start.Ordinary {
		s.Derive("is_superuser", "off")
	}
	for name, text := range start.Settings {
		if tolerated[strings.ToLower(name)] {
			continue
		}
		p, v, err := s.prepare(name, text, true)
		if err != nil {
			return nil, err
		}
		s.start[strings.ToLower(p.Name)] = v
	}
	return s, nil
}

// tolerated are startup parameters that old clients send and PostgreSQL dropped.
var tolerated = map[string]bool{"ssl_renegotiation_limit": true}

// Govern has may refuse to make a role the value of "role" or "session_authorization" (42501, 22023); by is the
// session's user, role "" where the one that it began with is taken again. Without it the user's own role is the only one.
// super tells whether the current role may set what superusers alone may; without it is_superuser does.
func (s *Settings) Govern(may func(parameter, by, role string) error, super func() bool) {
	s.may, s.super = may, super
}

// all reports whether the current role may set what superusers alone may.
func (s *Settings) all() bool {
	if s.super != nil {
		return s.super()
	}
	return s.On("is_superuser")
}

// Derive gives a parameter that nobody sets the value that follows from the others.
func (s *Settings) Derive(name, v string) { s.start[name] = v }

// Changes counts changes; equal counts mean equal values.
func (s *Settings) Changes() uint64 { return s.changes }

// Lookup finds a parameter's definition, also a custom one that this session set.
func (s *Settings) Lookup(name string) (*Parameter, bool) {
	if p, ok := s.registry.Lookup(name); ok {
		return p, true
	}
	if _, ok := s.stored(name); ok {
		return custom(name), true
	}
	return nil, false
}

// Get returns a parameter's value as SHOW prints it. Errors: 42704.
func (s *Settings) Get(name string) (string, error) {
	p, ok := s.Lookup(name)
	if !ok {
		return "", unknown(name)
	}
	return p.show(s.Raw(p.Name)), nil
}

// Raw returns a parameter's value in its base unit; "" for an unknown one.
func (s *Settings) Raw(name string) string {
	if v, ok := s.stored(name); ok {
		return v
	}
	if p, ok := s.registry.Lookup(name); ok {
		return p.Default
	}
	return ""
}

// On reports whether a Boolean parameter is on.
func (s *Settings) On(name string) bool { return s.Raw(name) == "on" }

func (s *Settings) stored(name string) (string, bool) {
	key := strings.ToLower(name)
	if v, ok := s.set[key]; ok {
		return v.now, true
	}
	v, ok := s.start[key]
	return v, ok
}

// Set changes a parameter, with local until the end of the transaction only.
// Errors: 42704 unknown, 22023 invalid, 55P02 not changeable, 42501 not by this user.
func (s *Settings) Set(name, text string, local bool) error {
	p, v, err := s.prepare(name, text, false)
	if err != nil {
		return err
	}
	s.put(p.Name, v, local, true)
	s.leaveRole(p, local)
	return nil
}

// leaveRole has the session's user be the current one again, where that is another: also where it is the same.
func (s *Settings) leaveRole(p *Parameter, local bool) {
	if p.Name == "session_authorization" {
		s.put("role", "none", local, false)
	}
}

// prepare validates a change and returns the normalised value.
func (s *Settings) prepare(name, text string, starting bool) (*Parameter, string, error) {
	p, ok := s.registry.Lookup(name)
	if !ok {
		if err := s.customName(name); err != nil {
			return nil, "", err
		}
		return custom(name), text, nil
	}
	if err := s.changeable(p, starting); err != nil {
		return nil, "", err
	}
	if identifies(p.Name) {
		v, err := s.identity(p.Name, text)
		return p, v, err
	}
	if p.Name == "DateStyle" && !starting {
		text = completeDateStyle(text, s.Raw(p.Name))
	}
	v, err := p.Parse(text)
	return p, v, err
}

// identifies reports whether a parameter's value is a role.
func identifies(name string) bool { return name == "role" || name == "session_authorization" }

// identity takes the session's own role, and those that it may become.
func (s *Settings) identity(name, role string) (string, error) {
	switch own := s.start["session_authorization"]; {
	case name == "role" && strings.EqualFold(role, "none"):
		return role, s.leaves(name)
	case role == "":
	case s.may != nil:
		return role, s.may(name, s.Raw("session_authorization"), role)
	case role == own:
		return role, nil
	}
	return "", sqlstate.New(sqlstate.InvalidParameterValue, "role %q does not exist", role)
}

// leaves asks whether the role that a parameter made the current one may be left.
func (s *Settings) leaves(name string) error {
	if s.may == nil || !identifies(name) {
		return nil
	}
	return s.may(name, s.Raw("session_authorization"), "")
}

func (s *Settings) changeable(p *Parameter, starting bool) error {
	how := ""
	switch p.Context {
	case "internal":
		how = "cannot be changed"
	case "postmaster":
		how = "cannot be changed without restarting the server"
	case "sighup":
		how = "cannot be changed now"
	case "superuser":
		if !s.all() {
			return denied(p.Name)
		}
	case "backend", "superuser-backend":
		if !starting {
			how = "cannot be set after connection start"
		}
	}
	if how == "" {
		return nil
	}
	return sqlstate.New(sqlstate.CantChangeRuntimeParam, "parameter %q %s", p.Name, how)
}

func (s *Settings) put(name, v string, local, own bool) {
	key := strings.ToLower(name)
	old, had := s.set[key]
	s.log = append(s.log, undo{name: key, had: had, old: old, local: local})
	next := value{now: v, session: v, own: own, ownAfter: own}
	if local {
		next.session, next.ownAfter = old.session, old.ownAfter
		if !had {
			next.session = s.initial(key)
		}
	}
	s.set[key] = next
	s.changes++
}

// initial is the value that RESET goes back to.
func (s *Settings) initial(key string) string {
	if v, ok := s.start[key]; ok {
		return v
	}
	if p, ok := s.registry.byName[key]; ok {
		return p.Default
	}
	return ""
}

// Reset gives a parameter the value that the session began with. Errors: 42704, 55P02, 42501.
func (s *Settings) Reset(name string, local bool) error {
	p, ok := s.Lookup(name)
	if !ok {
		return unknown(name)
	}
	if err := cmp.Or(s.changeable(p, false), s.leaves(p.Name)); err != nil {
		return err
	}
	s.put(p.Name, s.initial(strings.ToLower(p.Name)), local, false)
	s.leaveRole(p, local)
	return nil
}

// ResetAll resets every parameter that RESET ALL touches.
func (s *Settings) ResetAll() {
	for key := range s.set {
		if p, ok := s.registry.byName[key]; ok && p.has("NO_RESET_ALL") {
			continue
		}
		s.put(key, s.initial(key), false, false)
	}
}

// Mark names the present point of the transaction, for Rollback.
func (s *Settings) Mark() int { return len(s.log) }

// Rollback undoes what was set since the mark.
func (s *Settings) Rollback(mark int) {
	for len(s.log) > mark {
		s.undo(s.log[len(s.log)-1])
		s.log = s.log[:len(s.log)-1]
	}
}

func (s *Settings) undo(u undo) {
	if u.had {
		s.set[u.name] = u.old
	} else {
		delete(s.set, u.name)
	}
	s.changes++
}

// Commit ends a transaction: what was SET LOCAL is over, the rest stays.
func (s *Settings) Commit() {
	for _, u := range s.log {
		v := s.set[u.name]
		if v.now != v.session {
			s.changes++
		}
		v.now, v.own = v.session, v.ownAfter
		s.set[u.name] = v
	}
	s.log = s.log[:0]
}

// Reported returns the parameters that clients are told of, with their values.
func (s *Settings) Reported() [][2]string {
	all := make([][2]string, 0, len(reported))
	for _, name := range reported {
		all = append(all, [2]string{name, s.Raw(name)})
	}
	return all
}

// Entry is a parameter and its value, as SHOW ALL and pg_settings list it.
type Entry struct {
	*Parameter
	Value string // in the base unit, as pg_settings shows it
	Shown string // as SHOW prints it
	Reset string
	// From is where the value comes from, as pg_settings tells.
	From string
}

// All lists the parameters that are not hidden, by name.
func (s *Settings) All() []Entry {
	all := make([]Entry, 0, len(s.registry.sorted))
	for _, p := range s.registry.sorted {
		if p.has("NO_SHOW_ALL") {
			continue
		}
		v := s.Raw(p.Name)
		all = append(all, Entry{Parameter: p, Value: p.plain(v), Shown: p.show(v), Reset: s.initial(strings.ToLower(p.Name)), From: s.source(p)})
	}
	return all
}

// source is where a parameter's value comes from.
func (s *Settings) source(p *Parameter) string {
	key := strings.ToLower(p.Name)
	if s.set[key].own {
		return "session"
	}
	if _, ok := s.start[key]; ok {
		return "client"
	}
	if p.Source != "" {
		return p.Source
	}
	return "default"
}

func denied(name string) *sqlstate.Error {
	return sqlstate.New(sqlstate.InsufficientPrivilege, "permission denied to set parameter %q", name)
}

func unknown(name string) *sqlstate.Error {
	return sqlstate.New(sqlstate.UndefinedObject, "unrecognized configuration parameter %q", name)
}

func custom(name string) *Parameter {
	return &Parameter{Name: name, Kind: Text, Context: "user"}
}

// customName checks a name that nobody defined: only qualified ones may be made up.
func (s *Settings) customName(name string) error {
	parts := strings.Split(name, ".")
	if len(parts) < 2 {
		return unknown(name)
	}
	for _, part := range parts {
		if !identifier(part) {
			return sqlstate.New(sqlstate.InvalidName, "invalid configuration parameter name %q", name).
				WithDetail("Custom parameter names must be two or more simple identifiers separated by dots.")
		}
	}
	if prefix := strings.ToLower(parts[0]); s.registry.reserved[prefix] {
		return sqlstate.New(sqlstate.InvalidName, "invalid configuration parameter name %q", name).
			WithDetail("%q is a reserved prefix.", prefix)
	}
	return nil
}

func identifier(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80
		if !letter && (i == 0 || (c != '$' && (c < '0' || c > '9'))) {
			return false
		}
	}
	return s != ""
}
