package query

import (
	"context"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/freshness"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/scatter"
	"github.com/projsql/projsql/query/settings"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Names of our own settings.
const (
	freshnessSetting   = "projsql.freshness"
	distributeSetting  = "projsql.distribute"
	readAheadSetting   = "projsql.read_ahead"
	lastOutcomeSetting = "projsql.last_outcome"
	lastHLCSetting     = "projsql.last_hlc"
)

// ownSettings are projsql's parameters beside PostgreSQL's.
func ownSettings() []settings.Parameter {
	const category = "projsql"
	return []settings.Parameter{
		{
			Name: freshnessSetting, Kind: settings.Text, Context: "user", Default: "consistent", Category: category, Check: checkFreshness,
			Description: "Freshness of statements that say nothing about it.",
		},
		{
			Name: distributeSetting, Kind: settings.Enum, Context: "user", Default: scatter.Auto, Category: category,
			Values:      []string{scatter.Auto, scatter.On, scatter.Off},
			Description: "Whether the nodes of a cluster share scans of projections: if they are long, always, or never.",
		},
		{
			Name: readAheadSetting, Kind: settings.Boolean, Context: "user", Default: "on", Category: category,
			Description: "Makes states ahead of reads that are pipelined, or go through entities in order.",
		},
		{
			Name: lastOutcomeSetting, Kind: settings.Text, Context: "internal", Category: category,
			Description: "How the session's last read of a projection was answered, as JSON.",
		},
		{
			Name: lastHLCSetting, Kind: settings.Text, Context: "internal", Category: category,
			Description: "The stamp that covers all the session has read and appended, for AT LEAST.",
		},
	}
}

func checkFreshness(value string) (string, error) {
	f, err := parse.ParseFreshness(value)
	if err == nil {
		_, err = freshness.Fixed(types.NewEnv(), f)
	}
	if err != nil {
		told := sqlstate.Of(err)
		return "", sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter %q: %q", freshnessSetting, value).
			WithDetail("%s", told.Message).WithHint("%s", told.Hint)
	}
	return value, nil
}

// setCommand is SET, SET LOCAL or RESET of one parameter.
type setCommand struct {
	name   string
	value  string
	reset  bool // to the session's first value
	local  bool
	isLead string // the statement's first word: its tag
}

func bindSet(c *compiled, n *pg.VariableSetStmt) error {
	k := &setCommand{name: n.GetName(), local: n.GetIsLocal(), isLead: "SET"}
	switch n.GetKind() {
	case pg.VariableSetKind_VAR_SET_VALUE:
		return k.bindValue(c, n)
	case pg.VariableSetKind_VAR_SET_DEFAULT:
		k.reset = true
	case pg.VariableSetKind_VAR_RESET:
		k.reset, k.isLead = true, "RESET"
	case pg.VariableSetKind_VAR_RESET_ALL:
		c.command = resetAll{}
		return nil
	case pg.VariableSetKind_VAR_SET_MULTI:
		return bindSetMulti(c, n)
	default:
		return unsupported(c.sql, int32(c.statement.Start), "SET ... FROM CURRENT is not supported")
	}
	c.command = k
	return nil
}

func (k *setCommand) bindValue(c *compiled, n *pg.VariableSetStmt) error {
	quoted := settings.Quoted(k.name)
	if len(n.GetArgs()) > 1 && !quoted && !strings.EqualFold(k.name, "DateStyle") {
		return sqlstate.New(sqlstate.InvalidParameterValue, "SET %s takes only one argument", k.name)
	}
	var words []string
	for _, a := range n.GetArgs() {
		if c := a.GetTypeCast(); c != nil {
			zone, err := intervalZone(c)
			if err != nil {
				return err
			}
			words = append(words, zone)
			continue
		}
		word := parse.ConstText(a)
		if quoted {
			word = expr.QuoteIdent(word)
		}
		words = append(words, word)
	}
	k.value = strings.Join(words, ", ")
	c.command = k
	return nil
}

// intervalZone is the value of SET TIME ZONE INTERVAL '+05:30' HOUR TO MINUTE.
func intervalZone(c *pg.TypeCast) (string, error) {
	text := parse.ConstText(c.GetArg())
	d, err := types.Parse(nil, types.Of(types.IntervalOID), text)
	if err != nil {
		return "", err
	}
	i := d.Interval()
	if i.Months != 0 || i.Days != 0 {
		return "", sqlstate.New(sqlstate.InvalidParameterValue, "invalid value for parameter %q: %q", "TimeZone", text).
			WithDetail("Cannot specify months or days in time zone interval.")
	}
	return settings.FixedZone(int(i.Micros / 1_000_000)), nil
}

func (k *setCommand) run(_ context.Context, s *Session, x *call) (result, error) {
	if k.local && s.tx.state != block {
		if err := s.warn(x.out, sqlstate.NoActiveSQLTransaction, "SET LOCAL can only be used in transaction blocks"); err != nil {
			return result{}, err
		}
	}
	if err := s.set(k); err != nil {
		return result{}, err
	}
	return done(k.isLead)
}

func (s *Session) set(k *setCommand) error {
	switch strings.ToLower(k.name) {
	case "transaction_isolation", "transaction_read_only", "transaction_deferrable":
		return s.setTransactionMode(k)
	case "seed":
		return sqlstate.New(sqlstate.FeatureNotSupported, "setting the seed of random() is not supported")
	}
	if k.reset {
		return s.settings.Reset(k.name, k.local)
	}
	return s.settings.Set(k.name, k.value, k.local)
}

// resetAll is RESET ALL.
type resetAll struct{}

func (resetAll) run(_ context.Context, s *Session, _ *call) (result, error) {
	s.settings.ResetAll()
	return done("RESET")
}

// setConstraints is SET CONSTRAINTS, of which only IMMEDIATE, as they are, can be had.
type setConstraints struct{ *pg.ConstraintsSetStmt }

func (k *setConstraints) run(_ context.Context, s *Session, x *call) (result, error) {
	if s.tx.state != block {
		if err := s.warn(x.out, sqlstate.NoActiveSQLTransaction, "SET CONSTRAINTS can only be used in transaction blocks"); err != nil {
			return result{}, err
		}
	}
	deferrable := false
	known := map[string]bool{}
	for _, t := range s.tables.All() {
		for _, key := range t.Keys {
			if !key.Index {
				known[key.Name] = known[key.Name] || key.Later
				deferrable = deferrable || key.Later
			}
		}
		for _, check := range t.Checks {
			if _, found := known[check.Name]; !found {
				known[check.Name] = false
			}
		}
	}
	for _, n := range k.GetConstraints() {
		name := n.GetRangeVar().GetRelname()
		later, found := known[name]
		switch {
		case !found:
			return result{}, sqlstate.New(sqlstate.UndefinedObject, "constraint %q does not exist", name)
		case !later:
			return result{}, sqlstate.New(sqlstate.WrongObjectType, "constraint %q is not deferrable", name)
		}
	}
	if k.GetDeferred() && deferrable {
		return result{}, unsupported(x.sql, int32(x.statement.Start), "SET CONSTRAINTS … DEFERRED is not supported")
	}
	return done("SET CONSTRAINTS")
}

// showCommand is SHOW of one parameter.
type showCommand struct{ name string }

func bindShow(c *compiled, n *pg.VariableShowStmt) error {
	c.rows = true
	if strings.EqualFold(n.GetName(), "all") {
		c.command = showAll{}
		c.columns = []plan.Column{textColumn("name"), textColumn("setting"), textColumn("description")}
		return nil
	}
	c.command = &showCommand{name: n.GetName()}
	return nil
}

func textColumn(name string) plan.Column {
	return plan.Column{Name: name, Type: types.Of(types.TextOID)}
}

// describe names the column as the parameter is spelled.
func (k *showCommand) describe(s *Session) ([]plan.Column, error) {
	p, ok := s.settings.Lookup(k.name)
	if !ok {
		return nil, sqlstate.New(sqlstate.UndefinedObject, "unrecognized configuration parameter %q", k.name)
	}
	return []plan.Column{textColumn(p.Name)}, nil
}

func (k *showCommand) run(_ context.Context, s *Session, _ *call) (result, error) {
	v, ok := s.settingValue(k.name)
	if !ok {
		return result{}, sqlstate.New(sqlstate.UndefinedObject, "unrecognized configuration parameter %q", k.name)
	}
	rows := [][]types.Datum{{types.String(v)}}
	return result{rows: &fixedRows{rows}, tag: "SHOW"}, nil
}

// showAll is SHOW ALL.
type showAll struct{}

func (showAll) run(_ context.Context, s *Session, _ *call) (result, error) {
	var rows [][]types.Datum
	for _, e := range s.allSettings() {
		rows = append(rows, []types.Datum{types.String(e.Name), types.String(e.Shown), types.String(e.Description)})
	}
	return result{rows: &fixedRows{rows}, tag: "SHOW"}, nil
}

// settingValue reads a setting as SHOW does; those of the transaction and of the
// session's reads are not stored.
func (s *Session) settingValue(name string) (string, bool) {
	if v, ok := s.computed(strings.ToLower(name)); ok {
		return v, true
	}
	v, err := s.settings.Get(name)
	return v, err == nil
}

func (s *Session) computed(name string) (string, bool) {
	modes := s.tx.modes
	if s.tx.state == idle {
		modes = s.modes
	}
	switch name {
	case "transaction_isolation":
		return modes.isolation, true
	case "transaction_read_only":
		return onOff(modes.readOnly), true
	case "transaction_deferrable":
		return onOff(modes.deferrable), true
	case "seed":
		return "unavailable", true
	case lastOutcomeSetting:
		return s.last.json(s.server.options.NodeName), true
	case lastHLCSetting:
		return strconv.FormatUint(uint64(s.lastHLC), 10), true
	}
	return "", false
}

func onOff(b bool) string {
	if b {
		return "on"
	}
	return "off"
}

// allSettings lists what SHOW ALL shows.
func (s *Session) allSettings() []settings.Entry {
	all := s.settings.All()
	for i := range all {
		if v, ok := s.computed(all[i].Name); ok {
			all[i].Value, all[i].Shown = v, v
		}
	}
	return all
}

// setConfig is set_config(), after which a running statement reads and writes values as set.
func (s *Session) setConfig(running *types.Env) func(name string, value *string, local bool) (string, error) {
	return func(name string, value *string, local bool) (string, error) {
		k := &setCommand{name: name, local: local, reset: value == nil}
		if value != nil {
			k.value = *value
		}
		if err := s.set(k); err != nil {
			return "", err
		}
		changed := textEnv(s.settings)
		changed.Registry = s.env.Registry
		s.env = changed
		now := running.Now
		*running = *changed
		running.Now = now
		v, _ := s.settingValue(name)
		return v, nil
	}
}
