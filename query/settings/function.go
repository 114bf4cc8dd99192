package settings

import (
	"iter"
	"slices"
	"strings"
)

// Config are the parameters that a function is run with, each "name=value", as pg_proc.proconfig has them. It is immutable.
type Config []string

// With is the configuration with another value for a parameter, which is checked, but for a role: whether there is one, and it
// may be taken on, is seen when the function is run, and Check tells before. Errors: those of Set.
func (c Config) With(s *Settings, name, text string) (Config, error) {
	name, err := s.configurable(name)
	if err != nil {
		return nil, err
	}
	if err := s.Check(name, text); err != nil && !identifies(name) {
		return nil, err
	}
	made := append(slices.Clone(c), name+"="+text)
	if i := c.index(name); i >= 0 {
		made[i], made = made[len(c)], made[:len(c)]
	}
	return made, nil
}

// Check is the error that Set would have.
func (s *Settings) Check(name, text string) error {
	_, _, err := s.prepare(name, text, false)
	return err
}

// Without is the configuration without a parameter. Errors: 42704, 55P02, 42501.
func (c Config) Without(s *Settings, name string) (Config, error) {
	name, err := s.configurable(name)
	i := c.index(name)
	switch {
	case err != nil:
		return nil, err
	case i < 0:
		return c, nil
	case len(c) == 1:
		return nil, nil
	}
	return slices.Delete(slices.Clone(c), i, i+1), nil
}

// Has reports whether the configuration has a parameter, whose name is as it is kept.
func (c Config) Has(name string) bool { return c.index(name) >= 0 }

func (c Config) index(name string) int {
	return slices.IndexFunc(c, func(one string) bool { return strings.HasPrefix(one, name+"=") })
}

// configurable is a parameter's name as it is kept, if the current role may say what functions are run with. (PostgreSQL's
// validate_option_array_item.)
func (s *Settings) configurable(name string) (string, error) {
	p, ok := s.registry.Lookup(name)
	if ok {
		return p.Name, s.changeable(p, false)
	}
	if err := s.customName(name); err != nil {
		return "", err
	}
	if !s.all() {
		return "", denied(name)
	}
	return name, nil
}

// All are the parameters, with their values.
func (c Config) All() iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, one := range c {
			if name, value, _ := strings.Cut(one, "="); !yield(name, value) {
				return
			}
		}
	}
}

// Enter sets parameters for what a function does. leave gives back those that were not SET in it without LOCAL. After an
// error, one of those of Set, nothing is set.
func (s *Settings) Enter(c Config) (leave func(), err error) {
	mark := s.Mark()
	for name, text := range c.All() {
		if err := s.Set(name, text, true); err != nil {
			s.Rollback(mark)
			return nil, err
		}
	}
	entered := s.Mark()
	return func() { s.leave(mark, entered) }, nil
}

func (s *Settings) leave(mark, entered int) {
	settled := map[string]bool{} // what stays, and what is given back
	for _, u := range s.log[entered:] {
		settled[u.name] = settled[u.name] || !u.local
	}
	given := map[string]bool{}
	for _, u := range s.log[mark:entered] {
		if !settled[u.name] {
			s.undo(u)
			settled[u.name], given[u.name] = true, true
		}
	}
	s.log = append(s.log[:mark], slices.DeleteFunc(s.log[mark:], func(u undo) bool { return given[u.name] })...)
}
