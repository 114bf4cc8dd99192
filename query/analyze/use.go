package analyze

import (
	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
)

// use notes that the statement does something with a relation.
func (p *planner) use(r *plan.Relation, privilege role.Privileges) *plan.Use {
	u := plan.NewUse(r, privilege)
	u.View = p.by
	p.uses = append(p.uses, u)
	return u
}

// reads notes that the statement reads a relation, those columns that it names of an item.
func (p *planner) reads(r *plan.Relation, it *item) { asks(p.use(r, role.Select), it) }

// asks has a use told of the columns that the statement names of an item.
func asks(u *plan.Use, it *item) {
	for i := range it.fields {
		for _, v := range plan.Variables(it.fields[i].value) {
			v.Named = &u.Named[i]
		}
	}
}

// named notes that the statement names what an expression refers to.
func named(e expr.Expr) {
	for _, v := range plan.Variables(e) {
		if v.Named != nil {
			*v.Named = true
		}
	}
}

// readsHistory is reads of project_history: whoever may read a projection may see what it was, and by which kinds of events
// it changed; what is in them is read of events.
func (p *planner) readsHistory(r *plan.Relation, it *item) {
	u := p.use(r, role.Select)
	events := p.use(plan.NewEvents(0, nil), role.Select)
	events.Beside = true
	of := map[string]*bool{"_occurred_at": &events.Named[plan.EventOccurredAt], "_event_id": &events.Named[plan.EventID], "_data": &events.Named[plan.EventData]}
	for i := range r.Columns {
		of[r.Columns[i].Name] = &u.Named[i]
	}
	for i := range it.fields {
		it.fields[i].value.(*plan.Variable).Named = of[it.fields[i].name]
	}
}
