package query

import (
	"maps"
	"slices"
	"strings"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/wire/sqlstate"
)

// needed refuses to drop a role that owns something, or is named in privileges.
func (s *Session) needed(c *projection.Catalog, name string) error {
	set := c.Roles
	var lines []string
	named := func(o *role.Object, what string) {
		if o == nil {
			return
		}
		if o.Owner == name {
			lines = append(lines, "owner of "+what)
			return
		}
		for _, column := range o.Named(name) {
			if column != "" {
				lines = append(lines, "privileges for column "+column+" of "+what)
				continue
			}
			lines = append(lines, "privileges for "+what)
		}
	}
	for _, relation := range slices.Sorted(maps.Keys(set.Relations())) {
		named(c.Held(relation), relationWord(c, relation)+" "+relation)
	}
	for _, r := range c.AllRoutines() {
		named(c.HeldRoutine(r.Key), routineNamed(r))
	}
	named(set.OfSchema(), "schema public")
	named(set.OfDatabase(), "database "+s.server.options.Database)
	for _, d := range set.Defaults() {
		switch {
		case d.Role == name:
			lines = append(lines, "owner of "+describeDefault(d))
		case d.ACL.Names(name):
			lines = append(lines, "privileges for "+describeDefault(d))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return sqlstate.New(sqlstate.DependentObjectsStillExist, "role %q cannot be dropped because some objects depend on it", name).
		WithDetail("%s", strings.Join(lines, "\n"))
}

func describeDefault(d role.Default) string {
	what := map[role.Kind]string{
		role.Table: "relations", role.Sequences: "sequences", role.Functions: "functions", role.Types: "types", role.Schema: "schemas",
	}[d.Kind]
	text := "default privileges on new " + what + " belonging to role " + shownRole(d.Role)
	if d.Schema != "" {
		text += " in schema " + d.Schema
	}
	return text
}
