package expr

import (
	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Operator applies an operator by name; left is nil for a prefix one. pos is the
// operator's byte offset. Errors: 42883, 42725, 0A000.
func (b *Binder) Operator(name string, left, right Expr, pos int) (Expr, error) {
	args := []Expr{right}
	if left != nil {
		args = []Expr{left, right}
	}
	op, err := b.findOperator(name, oidsOf(args), pos)
	if err != nil {
		return nil, err
	}
	return b.applyOperator(op, args, pos)
}

func (b *Binder) applyOperator(op *pgdata.Operator, args []Expr, pos int) (Expr, error) {
	declared, result, err := settle(operands(op), oidsOf(args), op.Result)
	if err != nil {
		return nil, err
	}
	coerced, err := b.coerceArgs(args, declared)
	if err != nil {
		return nil, err
	}
	p, err := b.operatorProc(op, oidsOf(coerced), result, pos)
	if err != nil {
		return nil, err
	}
	return &Call{base: base{typ: types.Of(result), pos: leftmost(pos, args...)}, Proc: p, Op: op, Args: coerced}, nil
}

func (b *Binder) operatorProc(op *pgdata.Operator, args []types.OID, result types.OID, pos int) (*Proc, error) {
	row := pgdata.ProcByOID(op.Proc)
	if row == nil || implementations()[row.Source] == nil {
		return nil, b.errorAt(pos, sqlstate.FeatureNotSupported, "operator %s is not supported yet", operatorText(op.Name, args))
	}
	return b.procOf(row, args, result, pos)
}

// coerceArgs converts arguments to settled parameter types.
func (b *Binder) coerceArgs(args []Expr, declared []types.OID) ([]Expr, error) {
	made := make([]Expr, len(args))
	for i, a := range args {
		var err error
		if made[i], err = b.coerceType(a, types.Of(declared[i]), Implicit, -1); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// findOperator resolves an overloaded operator (chapter 10.2).
func (b *Binder) findOperator(name string, args []types.OID, pos int) (*pgdata.Operator, error) {
	written := args
	args = withoutDomains(args)
	all := pgdata.Operators(name)
	if op := exactOperator(all, args); op != nil {
		return op, nil
	}
	var candidates []candidate
	for _, op := range all {
		if declared := operands(op); len(declared) == len(args) && op.Proc != 0 {
			candidates = append(candidates, candidate{declared, op})
		}
	}
	candidates = matching(candidates, written)
	switch len(candidates) {
	case 0:
		return nil, b.noOperator(name, written, pos)
	case 1:
		return candidates[0].row.(*pgdata.Operator), nil
	}
	c, ok := choose(candidates, args)
	if !ok {
		return nil, b.errorAt(pos, sqlstate.AmbiguousFunction, "operator is not unique: %s", operatorText(name, written)).
			WithHint("Could not choose a best candidate operator. You might need to add explicit type casts.")
	}
	return c.row.(*pgdata.Operator), nil
}

func (b *Binder) noOperator(name string, args []types.OID, pos int) error {
	e := b.errorAt(pos, sqlstate.UndefinedFunction, "operator does not exist: %s", operatorText(name, args))
	if len(args) == 1 {
		return e.WithHint("No operator matches the given name and argument type. You might need to add an explicit type cast.")
	}
	return e.WithHint("No operator matches the given name and argument types. You might need to add explicit type casts.")
}

// exactOperator finds an operator of just these types; an unknown one is taken
// for the type of the other.
func exactOperator(all []*pgdata.Operator, args []types.OID) *pgdata.Operator {
	right := args[len(args)-1]
	var left types.OID
	if len(args) == 2 {
		left = args[0]
		if left == types.UnknownOID {
			left = right
		} else if right == types.UnknownOID {
			right = left
		}
	}
	for _, op := range all {
		if op.Left == left && op.Right == right && op.Proc != 0 {
			return op
		}
	}
	return nil
}

func operands(op *pgdata.Operator) []types.OID {
	if op.Left == 0 {
		return []types.OID{op.Right}
	}
	return []types.OID{op.Left, op.Right}
}

func operatorText(name string, args []types.OID) string {
	if len(args) == 1 {
		return name + " " + typeName(args[0])
	}
	return typeName(args[0]) + " " + name + " " + typeName(args[1])
}

func oidsOf(all []Expr) []types.OID {
	oids := make([]types.OID, len(all))
	for i, e := range all {
		oids[i] = e.Type().OID
	}
	return oids
}
