package types

import "github.com/projsql/projsql/wire/sqlstate"

// Domains of information_schema have PostgreSQL's OIDs; they are found by that schema's name alone.
const (
	firstDomain       OID = 13_220 // of these, and of the arrays of them
	cardinalNumberOID OID = 13_221
	characterDataOID  OID = 13_224
	sqlIdentifierOID  OID = 13_226
	timeStampOID      OID = 13_232
	yesOrNoOID        OID = 13_234
	collationC        OID = 950
)

var informationDomains = []*TypeInfo{
	domainOf(cardinalNumberOID, "cardinal_number", Of(Int4OID), func(d Datum) string {
		if d.Int() < 0 {
			return "cardinal_number_domain_check"
		}
		return ""
	}),
	domainOf(characterDataOID, "character_data", Of(VarcharOID), nil),
	domainOf(sqlIdentifierOID, "sql_identifier", Of(NameOID), nil),
	domainOf(timeStampOID, "time_stamp", Type{TimestamptzOID, 2}, nil),
	domainOf(yesOrNoOID, "yes_or_no", Type{VarcharOID, 3 + 4}, func(d Datum) string {
		if s := d.Str(); s != "YES" && s != "NO" {
			return "yes_or_no_check"
		}
		return ""
	}),
}

// domainOf makes a domain; broken names the constraint that a value breaks, nil: there is none.
func domainOf(oid OID, name string, base Type, broken func(Datum) string) *TypeInfo {
	i := &TypeInfo{OID: oid, Name: name, SQLName: "information_schema." + name, Kind: 'd', Delim: ',', Array: oid - 1, Base: base}
	if oid == timeStampOID {
		i.Default, i.ShownDefault = "CURRENT_TIMESTAMP(2)", "CURRENT_TIMESTAMP(2)"
	}
	i.Check = func(_ *Env, d Datum) error {
		if broken == nil || d.IsNull() {
			return nil
		}
		if constraint := broken(d); constraint != "" {
			e := sqlstate.New(sqlstate.CheckViolation, "value for domain %s violates check constraint %q", i.SQLName, constraint)
			e.Schema, e.DataType, e.Constraint = "information_schema", name, constraint
			return e
		}
		return nil
	}
	return i
}

// addDomains takes the domains of information_schema, which only DomainNamed finds by name.
func (t *typeTable) addDomains() {
	for _, i := range informationDomains {
		base := t.byOID[i.Base.OID]
		i.Len, i.ByVal, i.Category, i.Align, i.Storage = base.Len, base.ByVal, base.Category, base.Align, base.Storage
		if base.Collation != 0 {
			i.Collation = collationC
		}
		t.byOID[i.OID], t.byOID[i.Array] = i, arrayOf(i)
	}
}

// DomainNamed returns a domain of information_schema; nil if it has none of the name.
func DomainNamed(name string) *TypeInfo {
	for _, i := range informationDomains {
		if i.Name == name {
			return Info(i.OID)
		}
	}
	return nil
}
