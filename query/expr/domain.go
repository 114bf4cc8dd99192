package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// DomainCheck takes a value for one of a domain, if the domain's constraints hold.
type DomainCheck struct {
	base
	Arg Expr
}

// Children implements Expr.
func (e *DomainCheck) Children() []Expr { return []Expr{e.Arg} }

// WithChildren implements Rebuilder.
func (e *DomainCheck) WithChildren(c []Expr) Expr { n := *e; n.Arg = c[0]; return &n }

// Compile implements Expr.
func (e *DomainCheck) Compile(c *Compiler) Eval {
	arg, domain := e.Arg.Compile(c), e.typ.OID
	return func(fr *Frame) (types.Datum, error) {
		v, err := arg(fr)
		if err != nil {
			return types.Null, err
		}
		info := types.Info(domain)
		if info == nil {
			return types.Null, sqlstate.New(sqlstate.UndefinedObject, "type with OID %d does not exist", domain)
		}
		return v, info.Check(fr.Env.Env, v)
	}
}

func newBase(t types.Type, pos int) base { return base{typ: t, pos: pos} }

func isDomain(t types.OID) bool { return types.BaseOf(t) != t }

// domainCast converts to the domain's type, and then asks the domain.
func (b *Binder) domainCast(e Expr, to types.Type, context CoercionContext, pos int) (Expr, error) {
	if p, ok := e.(*Param); ok && e.Type().OID == types.UnknownOID { // read as one, and held against it then
		return b.resolveParam(p, to.OID)
	}
	under := types.UnderDomains(to)
	made, err := b.coerceType(e, under, context, pos)
	if err != nil {
		return nil, err
	}
	if made, err = b.coerceLength(made, under, context, pos); err != nil {
		return nil, err
	}
	return &DomainCheck{base: newBase(types.Of(to.OID), e.Pos()), Arg: made}, nil
}

// withoutDomain takes a value of a domain for one of the type under it.
func withoutDomain(e Expr) Expr {
	if under := types.BaseOf(e.Type().OID); under != e.Type().OID {
		return &Relabel{base: newBase(types.Of(under), e.Pos()), Arg: e}
	}
	return e
}

// withoutDomains are the types under domains.
func withoutDomains(all []types.OID) []types.OID {
	made := make([]types.OID, len(all))
	for i, t := range all {
		made[i] = types.BaseOf(t)
	}
	return made
}
