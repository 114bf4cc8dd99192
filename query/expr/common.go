package expr

import (
	"slices"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// CommonType resolves the type of UNION, CASE, VALUES and the like (chapter
// 10.5). context names the construct in errors, e.g. "CASE". Errors: 42804.
func (b *Binder) CommonType(all []Expr, context string) (types.Type, error) {
	oids := make([]types.OID, len(all))
	for i, e := range all {
		oids[i] = e.Type().OID
	}
	oid, wrong := selectCommon(oids)
	if wrong >= 0 {
		return types.Type{}, b.errorAt(all[wrong].Pos(), sqlstate.DatatypeMismatch, "%s types %s and %s cannot be matched", context, typeName(oid), typeName(oids[wrong]))
	}
	return types.Type{OID: oid, Mod: commonMod(all, oid)}, nil
}

// CoerceCommon resolves the common type and converts all to it.
func (b *Binder) CoerceCommon(all []Expr, context string) ([]Expr, types.Type, error) {
	t, err := b.CommonType(all, context)
	if err != nil {
		return nil, t, err
	}
	made, err := b.coerceAllTo(all, t.OID, context)
	return made, t, err
}

func (b *Binder) coerceAllTo(all []Expr, oid types.OID, context string) ([]Expr, error) {
	made := make([]Expr, len(all))
	for i, e := range all {
		from := e.Type().OID
		if !canCoerce(from, oid, Implicit) {
			return nil, b.errorAt(e.Pos(), sqlstate.CannotCoerce, "%s could not convert type %s to %s", context, typeName(from), typeName(oid))
		}
		var err error
		if made[i], err = b.coerceType(e, types.Of(oid), Implicit, -1); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// selectCommon is PostgreSQL's select_common_type; wrong is the index of the
// first that does not match the type so far, -1 if all do.
func selectCommon(oids []types.OID) (t types.OID, wrong int) {
	if slices.ContainsFunc(oids, func(o types.OID) bool { return o != oids[0] && o != types.UnknownOID }) {
		oids = withoutDomains(oids)
	}
	t = oids[0]
	for i, o := range oids[1:] {
		switch {
		case o == types.UnknownOID || o == t:
		case t == types.UnknownOID:
			t = o
		case category(o) != category(t):
			return t, i + 1
		case !preferred(t) && canCoerce(t, o, Implicit) && !canCoerce(o, t, Implicit):
			t = o
		}
	}
	if t == types.UnknownOID {
		t = types.TextOID
	}
	return t, -1
}

// commonOID is selectCommon for types alone; false if one cannot be converted.
func commonOID(oids []types.OID) (types.OID, bool) {
	if len(oids) == 0 {
		return types.TextOID, true
	}
	t, wrong := selectCommon(oids)
	if wrong >= 0 {
		return 0, false
	}
	for _, o := range oids {
		if !canCoerce(o, t, Implicit) {
			return 0, false
		}
	}
	return t, true
}

// commonMod is the modifier that all share, if they are of the type already.
func commonMod(all []Expr, oid types.OID) int32 {
	mod := all[0].Type().Mod
	for _, e := range all {
		if t := e.Type(); t.OID != oid || t.Mod != mod {
			return -1
		}
	}
	return mod
}
