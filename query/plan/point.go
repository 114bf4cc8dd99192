package plan

import (
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// point recognises a plan that reads one known entity and returns its columns and what is
// computed from them alone; nil if it is none.
func point(root Node) *Point {
	p, ok := root.(*Project)
	if !ok {
		return nil
	}
	switch in := p.Input.(type) {
	case *PointScan:
		return in.point(p.Exprs)
	case *Scan:
		return in.point(p.Exprs)
	}
	return nil
}

func (n *PointScan) point(exprs []expr.Expr) *Point {
	if n.Filter != nil {
		return nil
	}
	made := &Point{Definition: n.Relation.Definition}
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
	return made.outputs(exprs, n.Columns)
}

func (n *Scan) point(exprs []expr.Expr) *Point {
	if n.Relation.Kind != ProjectionRelation || len(n.Bounds.Entities) != 1 || len(conjuncts(n.Filter)) != 1 {
		return nil
	}
	if c, ok := n.Filter.(*expr.Call); !ok || c.Op == nil || c.Op.Name != "=" {
		return nil
	}
	entity, ok := argument(n.Bounds.Entities[0])
	if !ok {
		return nil
	}
	made := &Point{Definition: n.Relation.Definition, Entity: entity}
	return made.outputs(exprs, n.Columns)
}

// argument returns a value that is known without reading anything.
func argument(e expr.Expr) (Argument, bool) {
	switch e := e.(type) {
	case *expr.Const:
		return Argument{Value: e.Value}, true
	case *expr.Param:
		return Argument{Param: e.N}, true
	case *expr.Relabel:
		if from := e.Arg.Type().OID; from == types.TextOID || from == types.VarcharOID {
			return argument(e.Arg)
		}
	}
	return Argument{}, false
}

func (p *Point) outputs(exprs []expr.Expr, columns []int) *Point {
	for _, e := range exprs {
		c, plain := e.(*expr.Column)
		switch {
		case !expr.OfRow(e):
			return nil
		case plain:
			p.Outputs = append(p.Outputs, p.output(columns[c.Index]))
		default:
			p.Outputs = append(p.Outputs, Output{Kind: ComputedOutput, Index: len(p.Computed)})
			p.Computed = append(p.Computed, e.Compile(&expr.Compiler{}))
		}
	}
	for _, c := range columns {
		p.Row = append(p.Row, p.output(c))
	}
	return p
}

func (p *Point) output(column int) Output {
	declared := len(p.Definition.Columns)
	switch {
	case column == GenerationColumn:
		return Output{Kind: GenerationOutput}
	case column == 0:
		return Output{Kind: EntityOutput}
	case column <= declared:
		return Output{Kind: StateOutput, Index: column - 1}
	}
	return Output{Kind: SystemOutput, Index: column - 1 - declared}
}
