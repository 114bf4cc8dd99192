package query

import (
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/storage/event"
)

// edited is what a statement makes of the catalog, all or nothing. No changes are none.
type edited struct {
	changes []event.Change
	// roles are what the record of roles among them will say; nil: it is not among them. They are written when the transaction
	// commits: there may be much of them, and a transaction may change them often.
	roles *role.Set
}

// withRoles adds to changes that of the roles. They are made over these roles also where they say nothing new of them: what is
// granted meanwhile on what goes, or gets another name, is not lost.
func withRoles(c *projection.Catalog, changes []event.Change, next *role.Set) *edited {
	e := &edited{changes: changes}
	if next == c.Roles {
		return e.holding(c, event.Hold{Name: role.RecordName, Version: c.Roles.Of()})
	}
	e.changes, e.roles = append(changes, rolesChange(c.Roles)), next
	return e
}

// onViews has changes of views made if no view is changed meanwhile.
func (e *edited) onViews(c *projection.Catalog) *edited {
	e.changes = append(e.changes, event.Change{Name: projection.ViewsRecordName, Value: viewsRecord, Expect: event.ThisRecord, Version: c.ViewsVersion})
	return e
}

// holdingViews has changes made only if no view is changed meanwhile.
func (e *edited) holdingViews(c *projection.Catalog) *edited {
	return e.holding(c, event.Hold{Name: projection.ViewsRecordName, Version: c.ViewsVersion})
}

// holding has changes made only if a record is what it was. Where there was never a view one that is alone holds nothing:
// releases that know of no views read it too.
func (e *edited) holding(c *projection.Catalog, h event.Hold) *edited {
	if len(e.changes) > 1 || len(e.changes) == 1 && c.ViewsVersion > 0 {
		e.changes[0].Holds = append(e.changes[0].Holds, h)
	}
	return e
}

// written are the changes as they go into the log.
func (e *edited) written() (_ []event.Change, err error) {
	for i := range e.changes {
		if e.roles != nil && e.changes[i].Name == role.RecordName {
			e.changes[i].Value, err = e.roles.Record()
		}
	}
	return e.changes, err
}
