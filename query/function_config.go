package query

import (
	"slices"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/settings"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// unconfigured are parameters that no function can be run with: what they say holds for the whole of the statement that
// calls it, or of its transaction.
var unconfigured = []string{freshnessSetting, "transaction_isolation", "transaction_read_only", "transaction_deferrable", "seed"}

// reconfigure takes the SETs and RESETs among options.
func (s *Session) reconfigure(c *compiled, o *functionOptions, all []*pg.Node, config settings.Config) error {
	for _, n := range all {
		if n.GetDefElem().GetDefname() != "set" {
			continue
		}
		set := n.GetDefElem().GetArg().GetVariableSetStmt()
		if slices.Contains(unconfigured, strings.ToLower(set.GetName())) || set.GetKind() == pg.VariableSetKind_VAR_SET_MULTI {
			return unsupported(c.sql, n.GetDefElem().GetLocation(), "SET %s of a function is not supported", set.GetName())
		}
		made, err := s.configured(c, config, set)
		if err != nil {
			return err
		}
		config, o.config = made, (*[]string)(&made)
	}
	return nil
}

// configured is what a function is run with after one SET or RESET.
func (s *Session) configured(c *compiled, config settings.Config, n *pg.VariableSetStmt) (settings.Config, error) {
	switch n.GetKind() {
	case pg.VariableSetKind_VAR_RESET_ALL:
		return nil, nil
	case pg.VariableSetKind_VAR_SET_CURRENT:
		value, ok := s.settingValue(n.GetName())
		if !ok {
			_, err := s.settings.Get(n.GetName())
			return nil, err
		}
		return config.With(s.settings, n.GetName(), value)
	case pg.VariableSetKind_VAR_SET_VALUE:
		k := &setCommand{name: n.GetName()}
		if err := k.bindValue(&compiled{}, n); err != nil {
			return nil, err
		}
		s.foretell(k.name, k.value)
		return config.With(s.settings, k.name, k.value)
	}
	return config.Without(s.settings, n.GetName())
}

// foretell tells of a role that a function could not be run as now.
func (s *Session) foretell(parameter, to string) {
	if parameter != "role" && parameter != "session_authorization" {
		return
	}
	err := s.settings.Check(parameter, to)
	if err == nil {
		return
	}
	switch sqlstate.Of(err).Code {
	case sqlstate.InvalidParameterValue:
		s.waiting = append(s.waiting, notice{"NOTICE", sqlstate.New(sqlstate.UndefinedObject, "role %q does not exist", to)})
	case sqlstate.InsufficientPrivilege:
		if parameter == "role" && !s.asDefiner {
			s.waiting = append(s.waiting, notice{"NOTICE", sqlstate.New(sqlstate.InsufficientPrivilege, "permission will be denied to set role %q", to)})
		}
	}
}

// namesOwnPath refuses a search path of a function of the session whose body is no string: its names are found anew when
// it is planned, and would mean something else by that path.
func (c *compiled) namesOwnPath(f *temptable.Function) error {
	if !f.Standard || !settings.Config(f.Config).Has("search_path") {
		return nil
	}
	return unsupported(c.sql, int32(c.statement.Start), "SET search_path of a %s of the session whose body is no string is not supported", kindOf(f))
}

// configure has the settings of a function hold until leave.
func (s *Session) configure(f *temptable.Function) (leave func(), err error) {
	if f.Config == nil {
		return func() {}, nil
	}
	back, err := s.settings.Enter(f.Config)
	if err != nil {
		return nil, err
	}
	s.settle()
	return func() { back(); s.settle() }, nil
}

// enter makes the session what a function runs in: its owner's if it is SECURITY DEFINER, with the function's settings.
func (s *Session) enter(f *temptable.Function) (leave func(), err error) {
	back := func() {}
	if f.Definer {
		user, definer, system := s.user, s.asDefiner, s.asSystem
		back = func() { s.user, s.asDefiner, s.asSystem = user, definer, system }
		s.user, s.asDefiner, s.asSystem = s.ownerOf(f), true, s.ownedBySystem(f)
	}
	give, err := s.configure(f)
	if err != nil {
		back()
		return nil, err
	}
	return func() { give(); back() }, nil
}
