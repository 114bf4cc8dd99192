package expr

import (
	"fmt"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (b *Binder) bindCollate(n *pg_query.CollateClause) (Expr, error) {
	arg, err := b.Bind(n.Arg)
	if err != nil {
		return nil, err
	}
	pos := int(n.Location)
	if _, literal := arg.(*Const); !literal {
		if arg, err = b.Settle(arg); err != nil {
			return nil, err
		}
	}
	if i := types.Info(arg.Type().OID); i != nil && i.Collation == 0 && i.OID != types.UnknownOID {
		return nil, b.errorAt(pos, sqlstate.DatatypeMismatch, "collations are not supported by type %s", typeName(arg.Type().OID))
	}
	name := collationName(n)
	if oid := parse.CollationOf(n); oid != 0 { // all the same order
		if b.Bound != nil { // somebody wants to write it
			if arg, err = b.Settle(arg); err != nil {
				return nil, err
			}
			arg = &collateExpr{base: base{typ: arg.Type(), pos: pos}, Arg: arg, name: name}
		}
		b.collations.add(arg, collate{name, types.OID(oid), pos})
		return arg, nil
	}
	if r := b.env().Registry; r != nil {
		if _, err := r.RegOID(types.RegcollationOID, QuoteIdent(name)); err != nil {
			return nil, b.at(err, pos)
		}
	}
	return nil, b.unsupported(pos, fmt.Sprintf("collation \"%s\"", name))
}

func collationName(n *pg_query.CollateClause) string {
	return n.Collname[len(n.Collname)-1].GetString_().GetSval()
}

// collationFor is COLLATION FOR, or pg_collation_for: the collation that an expression has.
func (b *Binder) collationFor(call *Call) (Expr, error) {
	null := NewConst(types.Of(types.TextOID), types.Null, call.pos)
	arg := call.Args[0]
	d, err := b.derivationOf(arg)
	switch {
	case err != nil:
		return nil, err
	case d.strength == explicit:
		return b.collationText(d.name, call.pos), nil
	case arg.Type().OID == types.UnknownOID:
		return null, nil
	}
	info := types.Info(arg.Type().OID)
	if info == nil || info.Collation == 0 {
		return nil, sqlstate.New(sqlstate.DatatypeMismatch, "collations are not supported by type %s", typeName(arg.Type().OID))
	}
	if d.strength != implicit {
		return null, nil
	}
	return b.collationText(collationNames[d.collation], call.pos), nil
}

func (b *Binder) collationText(name string, pos int) Expr {
	return NewConst(types.Of(types.TextOID), types.String(QuoteIdent(name)), pos)
}
