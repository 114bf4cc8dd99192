package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// paramsMax is the highest parameter number of the protocol.
const paramsMax = 65535

// Params are the types of a statement's parameters: given ones win, others are
// inferred from their first use. It is used by one goroutine while binding.
type Params struct {
	types []types.OID // unknown = not determined, 0 = not seen
	fixed bool
}

// NewParams returns parameters with the types a client gave; 0 and unknown are to
// be inferred.
func NewParams(given []types.OID) *Params {
	p := &Params{types: make([]types.OID, len(given))}
	for i, t := range given {
		if t != 0 {
			p.types[i] = t
		}
	}
	return p
}

// FixedParams returns exactly the given parameters; others are 42P02.
func FixedParams(given []types.OID) *Params {
	p := NewParams(given)
	p.fixed = true
	return p
}

// Types returns the types of $1 to the highest seen, and 42P18 for the first that
// nothing determined.
func (p *Params) Types() ([]types.OID, error) {
	for i, t := range p.types {
		if t == 0 || t == types.UnknownOID {
			return nil, sqlstate.New(sqlstate.IndeterminateDatatype, "could not determine data type of parameter $%d", i+1)
		}
	}
	return p.types, nil
}

// Len returns the highest parameter number seen.
func (p *Params) Len() int { return len(p.types) }

func (b *Binder) bindParam(n, pos int) (Expr, error) {
	p := b.Params
	if p == nil || n <= 0 || n > paramsMax || (p.fixed && n > len(p.types)) {
		return nil, b.errorAt(pos, sqlstate.UndefinedParameter, "there is no parameter $%d", n)
	}
	for len(p.types) < n {
		p.types = append(p.types, 0)
	}
	if p.types[n-1] == 0 {
		p.types[n-1] = types.UnknownOID
	}
	return NewParam(n, types.Type{OID: p.types[n-1], Mod: -1}, pos), nil
}

// resolveParam determines the type of a parameter that was unknown when it was
// bound.
func (b *Binder) resolveParam(e *Param, to types.OID) (Expr, error) {
	known := &b.Params.types[e.N-1]
	if *known == types.UnknownOID {
		*known = to
	}
	if *known != to {
		return nil, b.errorAt(e.pos, sqlstate.AmbiguousParameter, "inconsistent types deduced for parameter $%d", e.N).
			WithDetail("%s versus %s", typeName(*known), typeName(to))
	}
	return NewParam(e.N, types.Type{OID: to, Mod: -1}, e.pos), nil
}
