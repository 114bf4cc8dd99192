package catalog

import (
	"slices"

	"github.com/projsql/projsql/query/types"
)

// dependencies are the rows of pg_depend that tools find the parts of tables by: the index of a
// constraint, its columns, and what a column has. Temporary tables have those of sequences alone.
func dependencies(s Session, add func(values)) {
	extensionMembers(s, add)
	for _, t := range s.Objects().tables {
		switch {
		case t.Sequence != nil && t.Sequence.Owner != 0:
			t.dependOwner(s, add)
		case t.View && t.Lasting:
			t.dependReads(add)
		case t.Sequence == nil && !t.Temporary && !t.View && t.Composite == 0:
			t.dependents(add)
		}
	}
	for _, r := range s.Objects().routines {
		if r.Lasting {
			r.dependReads(s, add)
		}
	}
	for _, c := range s.Objects().constraints {
		if c.key != nil && !c.table.Temporary {
			c.dependents(add)
		}
	}
}

// dependence is a row of pg_depend.
func dependence(on described, kind byte, of described) values {
	return values{
		"classid": oid(on.class), "objid": oid(on.object), "objsubid": number(int(on.part)),
		"refclassid": oid(of.class), "refobjid": oid(of.object), "refobjsubid": number(int(of.part)), "deptype": char(kind),
	}
}

func (t *Table) dependOwner(s Session, add func(values)) {
	owner := s.Objects().byOID[t.Sequence.Owner]
	i := owner.column(t.Sequence.Column)
	kind := byte('a')
	if owner.Identity != nil && owner.Identity[i] != 0 {
		kind = 'i'
	}
	add(dependence(described{t.OID, classOfRelations, 0}, kind, described{owner.OID, classOfRelations, uint32(owner.number(i))}))
}

// ruleOID is that of the rule that makes a view of all sessions one.
func (t *Table) ruleOID() uint32 { return RelationOID("rule " + t.Schema + "." + t.Name) }

// dependReads are the rows of a view of all sessions: its rule needs what it reads.
func (t *Table) dependReads(add func(values)) {
	view, row, rule := described{t.OID, classOfRelations, 0}, described{t.row, classOfTypes, 0}, described{t.ruleOID(), classOfRules, 0}
	add(dependence(view, 'n', described{t.namespace(), classOfNamespaces, 0}))
	add(dependence(row, 'i', view))
	add(dependence(described{t.array, classOfTypes, 0}, 'i', row))
	add(dependence(rule, 'i', view))
	add(dependence(rule, 'n', view))
	for _, of := range t.Reads {
		add(dependence(rule, 'n', described{of, classOfRelations, 0}))
	}
	for _, of := range t.Calls {
		add(dependence(rule, 'n', described{of, classOfProcs, 0}))
	}
}

// dependReads are the rows of a routine of all sessions: it needs the types of the rows that it takes and gives, and
// what a body names that is no string.
func (r *Routine) dependReads(s Session, add func(values)) {
	self := described{r.OID, classOfProcs, 0}
	add(dependence(self, 'n', described{namespaceOID(r.Schema), classOfNamespaces, 0}))
	for _, t := range s.Objects().tables {
		if t.row != 0 && slices.ContainsFunc(append(slices.Clone(r.AllTypes), r.Result), func(of types.OID) bool { return uint32(of) == t.row || uint32(of) == t.array }) {
			add(dependence(self, 'n', described{t.row, classOfTypes, 0}))
		}
	}
	for _, of := range r.Reads {
		add(dependence(self, 'n', described{of, classOfRelations, 0}))
	}
	for _, of := range r.Calls {
		add(dependence(self, 'n', described{of, classOfProcs, 0}))
	}
}

// rules are those of the views that all sessions see.
func rules(s Session, add func(values)) {
	for _, t := range s.Objects().tables {
		if t.View && t.Lasting {
			add(values{
				"oid": oid(t.ruleOID()), "rulename": types.String("_RETURN"), "ev_class": oid(t.OID), "ev_type": char('1'), "ev_enabled": char('O'),
				"is_instead": types.Bool(true), "ev_qual": types.String("<>"), "ev_action": types.String("<>"),
			})
		}
	}
}

func (t *Table) dependents(add func(values)) {
	table := described{t.OID, classOfRelations, 0}
	row := described{t.row, classOfTypes, 0}
	add(dependence(table, 'n', described{t.namespace(), classOfNamespaces, 0}))
	add(dependence(row, 'i', table))
	add(dependence(described{t.array, classOfTypes, 0}, 'i', row))
	for i := range t.visible() {
		if t.initial(i) != "" {
			add(dependence(described{t.defaultOID(i), classOfDefaults, 0}, 'a', described{t.OID, classOfRelations, uint32(t.number(i))}))
		}
	}
}

func (c *constraint) dependents(add func(values)) {
	own := described{c.oid, classOfConstraints, 0}
	add(dependence(described{c.index, classOfRelations, 0}, 'i', own))
	for _, p := range c.parts() {
		add(dependence(own, 'a', described{c.table.OID, classOfRelations, uint32(c.table.number(p.Column))}))
	}
}

// defaultOID is the OID that the default of a column has in pg_attrdef.
func (t *Table) defaultOID(i int) uint32 {
	return RelationOID("default " + t.Schema + "." + t.Name + "." + t.Columns[i].Name)
}
