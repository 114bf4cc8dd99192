package role

import (
	"maps"
	"reflect"
	"slices"
)

// Merge returns now with what mine says otherwise than base, which both were made of. False: both say something new of the same (a
// role, its settings, a membership, an object, the defaults of a role for a kind of objects), or of what the other goes by.
func Merge(base, mine, now *Set) (*Set, bool) {
	if base.Of() == now.Of() {
		return mine, true
	}
	if base.Guarded() != mine.Guarded() || base.Guarded() != now.Guarded() {
		return nil, false
	}
	if base == mine {
		return now, true
	}
	m := merge{base: base, mine: mine, now: now, made: now.clone(), stands: true}
	m.roles()
	m.settings()
	m.objects()
	m.defaults()
	return m.made, m.stands && !m.misses() && !m.made.circular() && m.made.Administered()
}

// merge is what Merge has made so far.
type merge struct {
	base, mine, now, made *Set
	stands                bool
}

// changed reports whether mine says something new; it does not stand where now does so too.
func (m *merge) changed(mine, now bool) bool {
	m.stands = m.stands && !(mine && now)
	return mine
}

func (m *merge) roles() {
	for _, name := range keys(m.base.names(), m.mine.names()) {
		base, mine, now := m.base.Get(name), m.mine.Get(name), m.now.Get(name)
		switch {
		case base == mine:
		case base != nil && mine != nil && now != nil:
			m.made.byName[name] = m.role(base, mine, now)
		case m.changed(true, !reflect.DeepEqual(base, now)) && mine == nil:
			delete(m.made.byName, name)
		default:
			m.made.byName[name] = mine
			m.groups(mine.MemberOf)
		}
	}
}

// role merges one that all three have.
func (m *merge) role(base, mine, now *Role) *Role {
	made := *now
	if m.changed(!reflect.DeepEqual(base.attributes(), mine.attributes()), !reflect.DeepEqual(base.attributes(), now.attributes())) {
		made = *mine.attributes()
	}
	made.Settings, made.MemberOf = now.Settings, maps.Clone(now.MemberOf)
	if m.changed(!maps.Equal(base.Settings, mine.Settings), !maps.Equal(base.Settings, now.Settings)) {
		made.Settings = mine.Settings
	}
	if base.ID != mine.ID || base.ID != now.ID || base.Superuser != now.Superuser { // it is another, or others may change it
		m.stands = false
	}
	changed := map[string]bool{}
	for group, admin := range differing(base.MemberOf, mine.MemberOf) {
		m.changed(true, !same(base.MemberOf, now.MemberOf, group))
		if made.MemberOf == nil {
			made.MemberOf = map[string]bool{}
		}
		changed[group] = true
		if made.MemberOf[group] = admin; !has(mine.MemberOf, group) {
			delete(made.MemberOf, group)
		}
	}
	m.groups(changed)
	return &made
}

// groups are those of which mine has made or unmade members: who may do so goes by whether they are superusers.
func (m *merge) groups(all map[string]bool) {
	for group := range all {
		if base, now := m.base.Get(group), m.now.Get(group); base != nil && now != nil && base.Superuser != now.Superuser {
			m.stands = false
		}
	}
}

func (m *merge) settings() {
	base := m.base.Settings()
	if m.changed(!maps.Equal(base, m.mine.Settings()), !maps.Equal(base, m.now.Settings())) {
		m.made.all = m.mine.Settings()
	}
}

func (m *merge) objects() {
	for name, o := range differing(m.base.Relations(), m.mine.Relations()) {
		m.object(m.base.Relation(name), o, m.now.Relation(name))
		m.made = m.made.WithRelation(name, o)
	}
	for key, o := range differing(m.base.Routines(), m.mine.Routines()) {
		m.object(m.base.Routine(key), o, m.now.Routine(key))
		m.made = m.made.WithRoutine(key, o)
	}
	if base := m.base.OfSchema(); m.changed(!reflect.DeepEqual(base, m.mine.OfSchema()), !reflect.DeepEqual(base, m.now.OfSchema())) {
		m.made = m.made.WithSchema(m.mine.OfSchema())
	}
	if base := m.base.OfDatabase(); m.changed(!reflect.DeepEqual(base, m.mine.OfDatabase()), !reflect.DeepEqual(base, m.now.OfDatabase())) {
		m.made = m.made.WithDatabase(m.mine.OfDatabase())
	}
}

// object is one of which mine says something new. What it is made with are the defaults.
func (m *merge) object(base, mine, now *Object) {
	m.changed(true, !reflect.DeepEqual(base, now))
	if base == nil && mine != nil && !slices.EqualFunc(m.base.Defaults(), m.now.Defaults(), func(a, b Default) bool { return reflect.DeepEqual(a, b) }) {
		m.stands = false
	}
}

func (m *merge) defaults() {
	for _, d := range slices.Concat(m.base.Defaults(), m.mine.Defaults()) {
		base, mine, now := m.base.DefaultOf(d.Role, d.Schema, d.Kind), m.mine.DefaultOf(d.Role, d.Schema, d.Kind), m.now.DefaultOf(d.Role, d.Schema, d.Kind)
		if m.changed(!reflect.DeepEqual(base, mine), !reflect.DeepEqual(base, now)) {
			m.made = m.made.WithDefault(mine)
		}
	}
}

// misses reports whether a role that one has dropped, or given another name, is named by the other, or its name may mean two.
func (m *merge) misses() bool {
	gone := map[string]bool{}
	for _, name := range keys(m.base.names(), m.mine.names(), m.now.names()) {
		made := m.made.Get(name)
		gone[name] = made == nil || slices.ContainsFunc([]*Set{m.base, m.mine, m.now}, func(s *Set) bool {
			r := s.Get(name)
			return r != nil && r.ID != made.ID
		})
	}
	for _, r := range m.made.byName {
		for group := range r.MemberOf {
			if gone[group] {
				return true
			}
		}
	}
	names := func(acl ACL) bool {
		return slices.ContainsFunc(acl, func(i Item) bool { return gone[i.To] || gone[i.By] })
	}
	return m.made.held.says(func(o *Object) bool {
		return o != nil && (gone[o.Owner] || names(o.ACL) || slices.ContainsFunc(slices.Collect(maps.Values(o.Columns)), names))
	}) || slices.ContainsFunc(m.made.Defaults(), func(d Default) bool { return gone[d.Role] || names(d.ACL) })
}

// circular reports whether a role is a member of itself.
func (s *Set) circular() bool {
	for name, r := range s.byName {
		for group := range r.MemberOf {
			if s.reaches(group, name, func(*Role) bool { return true }) {
				return true
			}
		}
	}
	return false
}

// SameRights reports whether a role may change the same in two sets, but for what is granted on single objects.
func SameRights(a, b *Set, name string) bool {
	if a.Superuser(name) && b.Superuser(name) {
		return true
	}
	seen := map[string]bool{}
	var walk func(string) bool
	walk = func(name string) bool {
		if seen[name] {
			return true
		}
		seen[name] = true
		one, other := a.Get(name), b.Get(name)
		if one == nil || other == nil {
			return one == other
		}
		if one.Superuser != other.Superuser || one.Inherit != other.Inherit || one.CreateRole != other.CreateRole || !maps.Equal(one.MemberOf, other.MemberOf) {
			return false
		}
		for group := range one.MemberOf {
			if !walk(group) {
				return false
			}
		}
		return true
	}
	return walk(name) && reflect.DeepEqual(a.OfSchema(), b.OfSchema()) && reflect.DeepEqual(a.OfDatabase(), b.OfDatabase())
}

// attributes is the role without its settings and memberships, which are changed beside them.
func (r *Role) attributes() *Role {
	made := *r
	made.Settings, made.MemberOf = nil, nil
	return &made
}

func (s *Set) names() map[string]*Role {
	if s == nil {
		return nil
	}
	return s.byName
}

// keys are those of all maps, each once.
func keys[V any](all ...map[string]V) []string {
	seen := map[string]bool{}
	for _, one := range all {
		for name := range one {
			seen[name] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func has[V any](all map[string]V, name string) bool {
	_, is := all[name]
	return is
}

// same reports whether two maps have the same of a name.
func same[V any](a, b map[string]V, name string) bool {
	return has(a, name) == has(b, name) && reflect.DeepEqual(a[name], b[name])
}

// differing are the values of b that are others in a; none for those that b does not have.
func differing[V any](a, b map[string]V) map[string]V {
	all := map[string]V{}
	for _, name := range keys(a, b) {
		if !same(a, b, name) {
			all[name] = b[name]
		}
	}
	return all
}
