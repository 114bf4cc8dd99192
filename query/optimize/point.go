package optimize

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
)

// Point recognises a plan that reads one known entity and returns its columns and what is
// computed from them alone; nil if it is none.
func Point(root plan.Node) *plan.Point {
	p, ok := root.(*plan.Project)
	if !ok {
		return nil
	}
	input, through := beneath(p.Input)
	switch in := input.(type) {
	case *plan.PointScan:
		return pointOfCall(in, p.Exprs, through)
	case *plan.Scan:
		return pointOfScan(in, p.Exprs, through)
	}
	return nil
}

// beneath is what gives the rows of which a node, a view or a subquery, only takes columns; through finds
// them among those of that one's rows.
func beneath(n plan.Node) (input plan.Node, through func([]int) []int) {
	p, ok := n.(*plan.Project)
	if !ok {
		return n, func(columns []int) []int { return columns }
	}
	taken := make([]int, len(p.Exprs))
	for i, e := range p.Exprs {
		c, plain := e.(*expr.Column)
		if !plain || c.Level > 0 {
			return n, nil
		}
		taken[i] = c.Index
	}
	input, rest := beneath(p.Input)
	return input, func(columns []int) []int {
		columns = rest(columns)
		made := make([]int, len(taken))
		for i, c := range taken {
			made[i] = columns[c]
		}
		return made
	}
}

func pointOfCall(n *plan.PointScan, exprs []expr.Expr, through func([]int) []int) *plan.Point {
	if n.Filter != nil {
		return nil
	}
	made := &plan.Point{Definition: n.Relation.Definition}
	var ok bool
	if made.Entity, ok = argument(n.Entity); !ok {
		return nil
	}
	if n.Generation != nil {
		made.IfChanged = true
		if made.Generation, ok = argument(n.Generation); !ok {
			return nil
		}
	}
	return outputs(made, exprs, through(n.Columns))
}

func pointOfScan(n *plan.Scan, exprs []expr.Expr, through func([]int) []int) *plan.Point {
	if n.Relation.Kind != plan.ProjectionRelation || len(n.Bounds.Entities) != 1 || len(plan.Conjuncts(n.Filter)) != 1 {
		return nil
	}
	if c, ok := n.Filter.(*expr.Call); !ok || c.Op == nil || c.Op.Name != "=" {
		return nil
	}
	entity, ok := argument(n.Bounds.Entities[0])
	if !ok {
		return nil
	}
	made := &plan.Point{Definition: n.Relation.Definition, Entity: entity}
	return outputs(made, exprs, through(n.Columns))
}

// argument returns a value that is known without reading anything.
func argument(e expr.Expr) (plan.Argument, bool) {
	switch e := e.(type) {
	case *expr.Const:
		return plan.Argument{Value: e.Value}, true
	case *expr.Param:
		return plan.Argument{Param: e.N}, true
	case *expr.Relabel:
		if from := e.Arg.Type().OID; from == types.TextOID || from == types.VarcharOID {
			return argument(e.Arg)
		}
	}
	return plan.Argument{}, false
}

func outputs(p *plan.Point, exprs []expr.Expr, columns []int) *plan.Point {
	for _, e := range exprs {
		c, plain := e.(*expr.Column)
		switch {
		case !expr.OfRow(e):
			return nil
		case plain:
			p.Outputs = append(p.Outputs, outputOf(p, columns[c.Index]))
		default:
			p.Outputs = append(p.Outputs, plan.Output{Kind: plan.ComputedOutput, Index: len(p.Computed)})
			p.Computed = append(p.Computed, e.Compile(&expr.Compiler{}))
		}
	}
	for _, c := range columns {
		p.Row = append(p.Row, outputOf(p, c))
	}
	return p
}

func outputOf(p *plan.Point, column int) plan.Output {
	declared := len(p.Definition.Columns)
	switch {
	case column == plan.GenerationColumn:
		return plan.Output{Kind: plan.GenerationOutput}
	case column == 0:
		return plan.Output{Kind: plan.EntityOutput}
	case column <= declared:
		return plan.Output{Kind: plan.StateOutput, Index: column - 1}
	}
	return plan.Output{Kind: plan.SystemOutput, Index: column - 1 - declared}
}
