package expr

import (
	"slices"

	"github.com/projsql/projsql/query/expr/pgdata"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Simplify computes what is constant in e, by PostgreSQL's rules, which decide what is
// evaluated at all: a condition that is constant leaves out the results that it excludes,
// a strict function of NULL is NULL whatever its other arguments are. So an error in a
// constant part is met although no row reaches it, and one in a part that is left out is
// not. Parameters count as constants where params has them.
func Simplify(e Expr, params []types.Datum, env *Env) (Expr, error) {
	if e == nil {
		return nil, nil
	}
	if env == nil || env.Env == nil {
		env = &Env{Env: types.NewEnv()}
	}
	s := simplifier{params: params, env: env}
	return s.expr(e)
}

type simplifier struct {
	params []types.Datum
	env    *Env
}

func (s *simplifier) expr(e Expr) (Expr, error) {
	switch n := e.(type) {
	case *Param:
		if n.N <= len(s.params) {
			return NewConst(n.typ, s.params[n.N-1], n.pos), nil
		}
		return e, nil
	case *And:
		return s.junction(e, n.Args, false)
	case *Or:
		return s.junction(e, n.Args, true)
	case *Not:
		return s.negation(n)
	case *Case:
		return s.choice(n)
	case *Coalesce:
		return s.coalesce(n)
	case *Call:
		return s.call(n)
	case Rebuilder:
		return s.operands(n)
	}
	return e, nil
}

// negation takes NOT to the parts of a junction, which are conditions of their own then.
func (s *simplifier) negation(e *Not) (Expr, error) {
	switch arg := e.Arg.(type) {
	case *Not:
		return s.expr(arg.Arg)
	case *And:
		return s.expr(NewOr(eachNegated(arg.Args)...))
	case *Or:
		return s.expr(NewAnd(eachNegated(arg.Args)...))
	}
	n, err := s.operands(e)
	if not, ok := n.(*Not); ok {
		return not.turned(), err
	}
	return n, err
}

// negators are pairs of operators of which PostgreSQL puts one in the place of NOT and the other.
var negators = map[string]string{"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}

// turned is e with the negator of what it negates, where that is not the same: shapes with NaN are neither
// less than others nor greater than or equal to them.
func (e *Not) turned() Expr {
	c, ok := e.Arg.(*Call)
	if !ok || c.Op == nil || !types.IsShape(c.Op.Left) {
		return e
	}
	for _, op := range pgdata.Operators(negators[c.Op.Name]) {
		if op.Left == c.Op.Left && op.Right == c.Op.Right {
			row := pgdata.ProcByOID(op.Proc)
			p := &Proc{Row: row, Args: c.Proc.Args, Result: c.Proc.Result, impl: implementations()[row.Source]}
			return &Call{base: c.base, Proc: p, Op: op, Args: c.Args}
		}
	}
	return e
}

func eachNegated(all []Expr) []Expr {
	made := make([]Expr, len(all))
	for i, e := range all {
		made[i] = NewNot(e)
	}
	return made
}

// all simplifies expressions in order, and reports what constants are among them.
func (s *simplifier) all(old []Expr) (made []Expr, constant, null bool, err error) {
	constant = true
	for i, e := range old {
		n, err := s.expr(e)
		if err != nil {
			return nil, false, false, err
		}
		if n != e && made == nil {
			made = slices.Clone(old)
		}
		if made != nil {
			made[i] = n
		}
		c, ok := n.(*Const)
		constant, null = constant && ok, null || ok && c.Value.IsNull()
	}
	if made == nil {
		made = old
	}
	return made, constant, null, nil
}

// rebuilt is n over operands, of which old are its own.
func rebuilt(n Rebuilder, old, made []Expr) Expr {
	if len(old) == len(made) && (len(old) == 0 || &old[0] == &made[0]) {
		return n
	}
	return n.WithChildren(made)
}

// junction simplifies an AND, which one false decides, or an OR, which one true does.
func (s *simplifier) junction(e Expr, args []Expr, decisive bool) (Expr, error) {
	var kept []Expr
	var null Expr
	for _, a := range args {
		a, err := s.expr(a)
		if err != nil {
			return nil, err
		}
		switch c, ok := a.(*Const); {
		case !ok:
			kept = append(kept, a)
		case c.Value.IsNull():
			null = a
		case c.Value.Bool() == decisive:
			return a, nil
		}
	}
	if null != nil {
		kept = append(kept, null)
	}
	switch {
	case len(kept) == 0:
		return NewConst(e.Type(), types.Bool(!decisive), e.Pos()), nil
	case slices.Equal(kept, args):
		return e, nil
	case len(kept) == 1:
		return kept[0], nil
	}
	return e.(Rebuilder).WithChildren(kept), nil
}

func (s *simplifier) choice(e *Case) (Expr, error) {
	made := Case{base: e.base, Else: e.Else}
	for _, w := range e.When {
		condition, err := s.expr(w.If)
		if err != nil {
			return nil, err
		}
		c, constant := condition.(*Const)
		if constant && (c.Value.IsNull() || !c.Value.Bool()) {
			continue
		}
		if constant {
			made.Else = w.Then
			break
		}
		result, err := s.expr(w.Then)
		if err != nil {
			return nil, err
		}
		made.When = append(made.When, Branch{If: condition, Then: result})
	}
	if made.Else == nil {
		made.Else = NewConst(e.typ, types.Null, e.pos)
	}
	otherwise, err := s.expr(made.Else)
	if made.Else = otherwise; err != nil || len(made.When) == 0 {
		return otherwise, err
	}
	return &made, nil
}

func (s *simplifier) coalesce(e *Coalesce) (Expr, error) {
	made := Coalesce{base: e.base}
	for _, a := range e.Args {
		a, err := s.expr(a)
		if err != nil {
			return nil, err
		}
		c, constant := a.(*Const)
		if constant && c.Value.IsNull() {
			continue
		}
		if made.Args = append(made.Args, a); constant {
			break
		}
	}
	switch len(made.Args) {
	case 0:
		return NewConst(e.typ, types.Null, e.pos), nil
	case 1:
		return made.Args[0], nil
	}
	return &made, nil
}

func (s *simplifier) call(e *Call) (Expr, error) {
	args, constant, null, err := s.all(e.Args)
	if err != nil {
		return nil, err
	}
	row := e.Proc.Row
	n := rebuilt(e, e.Args, args)
	switch {
	case row.Set || types.IsRecord(e.typ.OID) || e.Proc.Ran:
		return n, nil
	case row.Strict && null:
		return NewConst(e.typ, types.Null, e.pos), nil
	case constant && row.Volatile == 'i':
		v, err := s.value(n)
		if err != nil && row.InSQL() {
			err = withinSQL(err, row.Name)
		}
		return v, err
	}
	return n, nil
}

// withinSQL adds the function's name to an error, as PostgreSQL does where it runs one in SQL
// for constants; elsewhere it puts the function's body in the place of the call.
func withinSQL(err error, name string) error {
	e := *sqlstate.Of(err)
	return e.Within(`SQL function "` + name + `" statement 1`)
}

// operands simplifies those of a node that evaluates all of them.
func (s *simplifier) operands(e Rebuilder) (Expr, error) {
	old := e.Children()
	made, constant, null, err := s.all(old)
	if err != nil {
		return nil, err
	}
	n := rebuilt(e, old, made)
	if _, ok := e.(*NullIf); ok && null {
		return made[0], nil // nothing equals NULL
	}
	if !constant || !immutable(e) {
		return n, nil
	}
	return s.value(n)
}

// immutable reports whether a node that is no call gives the same value for the same
// operands, whatever the settings are.
func immutable(e Expr) bool {
	switch n := e.(type) {
	case *IOCast:
		return n.immutable()
	case *ArrayCast:
		return !dependsOnSettings(n.Arg.Type().OID) && !dependsOnSettings(n.typ.OID)
	case *NullTest:
		return !types.IsRecord(n.Arg.Type().OID)
	case *Distinct:
		return sameMoments(n.Left, n.Right)
	case *NullIf:
		return sameMoments(n.Left, n.Right)
	case *ScalarArray:
		return types.ElemOf(n.Right.Type().OID) == n.Left.Type().OID
	case *Relabel, *Array, *MinMax, *Not, *BooleanTest, *Length, *Index, *Slice:
		return !types.IsRecord(e.Type().OID)
	}
	return false
}

// Mutable reports whether an expression may give another value for the same row: it calls a function
// that is not immutable, or converts by one. (PostgreSQL's contain_mutable_functions.)
func Mutable(e Expr) bool {
	found := false
	Walk(e, func(e Expr) bool {
		switch e := e.(type) {
		case *Call:
			found = found || e.Proc.Row.Volatile != 'i' && !e.concatenates()
		case *IOCast:
			found = found || e.stable()
		case *ArrayCast:
			found = found || Mutable(e.Elem)
		}
		return !found
	})
	return found
}

// concatenates reports whether a call is a || b of a text and what is no text, and always the same:
// PostgreSQL sees the cast within.
func (e *Call) concatenates() bool {
	if n := e.Proc.Row.Name; n != "anytextcat" && n != "textanycat" {
		return false
	}
	return !slices.ContainsFunc(e.Args, func(a Expr) bool { return stableOutput(a.Type().OID) })
}

// sameMoments: dates and timestamps compare with moments by the time zone.
func sameMoments(a, b Expr) bool {
	return a.Type().OID == b.Type().OID || !dependsOnSettings(a.Type().OID) && !dependsOnSettings(b.Type().OID)
}

// value computes an expression of constants.
func (s *simplifier) value(e Expr) (Expr, error) {
	v, err := e.Compile(&Compiler{Env: s.env})(&Frame{Params: s.params, Env: s.env})
	if err != nil {
		return nil, err
	}
	return NewConst(e.Type(), v, e.Pos()), nil
}
