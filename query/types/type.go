// Package types holds PostgreSQL's types and values: OIDs, text and binary input
// and output, comparison, exact numeric, jsonb, dates, arrays.
//
// It knows nothing of expressions, plans or the cluster.
package types

// OID identifies a type, as in PostgreSQL's pg_type.
type OID uint32

// Type is a type with its modifier, as a column or expression has it.
type Type struct {
	OID OID
	Mod int32 // -1 = none
}

// Of returns the type without a modifier.
func Of(t OID) Type { return Type{OID: t, Mod: -1} }

// String returns the SQL name with its modifier, as FormatType.
func (t Type) String() string { return FormatType(t) }
