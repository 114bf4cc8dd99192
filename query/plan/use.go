package plan

import "github.com/projsql/projsql/engine/role"

// Use is what a statement does with a relation that it names, whatever of that its plan needs in the end: who
// runs the statement needs privileges on all of it, but for what it reads by views: that their owners need.
type Use struct {
	Relation  *Relation
	Privilege role.Privileges
	// Named tells of the relation's columns whether the statement names them.
	Named []bool
	// View is the view by whose owner's rights the relation is used; "" = the rights of who runs the statement, OfTheSystem = a
	// view of PostgreSQL's catalogs, from which nothing is withheld.
	View string
	// Beside says that the relation is one that the statement does not name, but columns of: without any it does
	// not use it.
	Beside bool
}

// OfTheSystem is no relation's name.
const OfTheSystem = "\x00"

// NewUse returns a use of no columns yet.
func NewUse(r *Relation, p role.Privileges) *Use {
	return &Use{Relation: r, Privilege: p, Named: make([]bool, len(r.Columns))}
}

// Columns are the names of the columns that are named.
func (u *Use) Columns() (names []string) {
	for i, named := range u.Named {
		if named {
			names = append(names, u.Relation.Columns[i].Name)
		}
	}
	return names
}
