package types

import "github.com/projsql/projsql/query/types/textsearch"

// VectorOf is a value of tsvector.
func VectorOf(v textsearch.Vector) Datum { return String(v.Encode()) }

// QueryOf is a value of tsquery.
func QueryOf(q textsearch.Query) Datum { return String(q.Encode()) }

// IsSearchConfiguration reports whether there is a configuration of a name for full text search.
func IsSearchConfiguration(name string) bool {
	_, ok := textsearch.ConfigurationNamed(name)
	return ok
}

// parseSearch reads a tsvector or a tsquery.
func parseSearch(t OID, s string) (Datum, error) {
	if err := checkUTF8(s); err != nil {
		return Null, err
	}
	if t == TSVectorOID {
		v, err := textsearch.ParseVector(s)
		return VectorOf(v), err
	}
	q, err := textsearch.ParseQuery(s)
	return QueryOf(q), err
}

func (r *wireReader) search(t OID) (Datum, error) {
	receive := textsearch.Receive
	if t == TSQueryOID {
		receive = textsearch.ReceiveQuery
	}
	encoded, rest, short, err := receive(r.b)
	r.b, r.short = rest, r.short || short
	return String(encoded), err
}
