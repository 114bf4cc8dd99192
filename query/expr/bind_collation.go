package expr

import (
	"fmt"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Collations of types.
const (
	collationDefault types.OID = 100
	collationC       types.OID = 950
)

func (b *Binder) bindCollate(n *pg_query.CollateClause) (Expr, error) {
	arg, err := b.Bind(n.Arg)
	if err != nil {
		return nil, err
	}
	b.collated++
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
	if parse.IsCollationC(n) { // all the same order
		b.collations.add(arg, collate{name, pos})
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

// collationFor is COLLATION FOR, or pg_collation_for: the collation that an expression has
// by its own COLLATE, or by its constants. collated is how many COLLATE were bound before it.
func (b *Binder) collationFor(n *pg_query.FuncCall, call *Call, collated int) (Expr, error) {
	null := NewConst(types.Of(types.TextOID), types.Null, call.pos)
	arg := call.Args[0]
	oid := arg.Type().OID
	if c := n.Args[0].GetCollateClause(); c != nil {
		return b.collationText(collationName(c), call.pos), nil
	}
	if oid == types.UnknownOID {
		return null, nil
	}
	info := types.Info(types.BaseOf(oid))
	if info == nil || info.Collation == 0 {
		return nil, sqlstate.New(sqlstate.DatatypeMismatch, "collations are not supported by type %s", typeName(oid))
	}
	if b.collated != collated || !isMade(arg) {
		return nil, b.unsupported(call.pos, "the collation of an expression of columns or collations")
	}
	if collation(arg) == collationC {
		return b.collationText("C", call.pos), nil
	}
	return b.collationText("default", call.pos), nil
}

func (b *Binder) collationText(name string, pos int) Expr {
	return NewConst(types.Of(types.TextOID), types.String(QuoteIdent(name)), pos)
}

// collation is the one that an expression without COLLATE derives: that of its operands,
// the default one last, or that of its type.
func collation(e Expr) types.OID {
	found := types.OID(0)
	for _, child := range e.Children() {
		if c := collation(child); c != 0 && (found == 0 || found == collationDefault) {
			found = c
		}
	}
	info := types.Info(types.BaseOf(e.Type().OID))
	if info == nil || info.Collation == 0 || found == 0 && len(e.Children()) == 0 {
		found = 0
	}
	if found == 0 && info != nil {
		return info.Collation
	}
	return found
}
