package types

import (
	"fmt"
	"hash/fnv"
	"slices"
	"sync"

	"github.com/projsql/projsql/wire/sqlstate"
)

const (
	// firstRow is where the OIDs of the types of relations' rows begin; there are rowOIDs of them and
	// of arrays of them.
	firstRow OID = 3 << 30
	rowOIDs      = 1 << 30
	// rowTypesMax is how many a process may know: those of definitions that are gone stay, as values of
	// them may.
	rowTypesMax = 100_000
)

var rows struct {
	mu    sync.Mutex
	known int
}

// RowOf is the composite type of the rows of a relation that all sessions see, t, of which name, as SQL
// writes it and plain, and Attributes are given. It is made when it is first asked for, and with it
// the type of arrays of it, whose OID is the next. The OID follows from what the rows are, so that
// nodes agree on it, but for types of one hash; a relation that changes has another. Safe for
// concurrent use. 54000 if there are too many.
func RowOf(t TypeInfo) (OID, error) {
	rows.mu.Lock()
	defer rows.mu.Unlock()
	for at := rowHash(&t); ; at = (at + 2) % rowOIDs {
		oid := firstRow + OID(at)
		switch known := definedInfo(oid); {
		case known == nil && rows.known == rowTypesMax:
			return 0, sqlstate.New(sqlstate.ProgramLimitExceeded, "too many types of rows since the start")
		case known == nil:
			rows.known++
			defineRow(t, oid)
			return oid, nil
		case known.SQLName == t.SQLName && slices.Equal(known.Attributes, t.Attributes):
			return oid, nil
		}
	}
}

// IsRow reports whether t is the type of a row that RowOf made, or of arrays of it.
func IsRow(t OID) bool { return t >= firstRow }

func rowHash(t *TypeInfo) uint32 {
	h := fnv.New32a()
	fmt.Fprint(h, t.SQLName)
	for _, a := range t.Attributes {
		fmt.Fprintf(h, "\x00%s\x00%d %d", a.Name, a.Type.OID, a.Type.Mod)
	}
	return h.Sum32() % rowOIDs &^ 1
}

func defineRow(t TypeInfo, oid OID) {
	t.OID, t.Array, t.Kind, t.Len, t.Category, t.Align, t.Storage, t.Delim = oid, oid+1, 'c', -1, 'C', 'd', 'x', ','
	store(&t)
}
