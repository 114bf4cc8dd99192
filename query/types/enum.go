package types

import (
	"cmp"
	"slices"
	"sort"

	"github.com/projsql/projsql/wire/sqlstate"
)

// Label is a value of an enum type. Values of the type are their labels' numbers, which sort as
// the labels do, so that whatever knows integers knows them.
type Label struct {
	Name   string
	OID    OID // of the label's row in pg_enum
	Number int64
	// New is set until the transaction has ended that added the label.
	New bool
}

// labelGap lies between the numbers of labels that nothing was put between; PostgreSQL's
// enumsortorder is their multiple of it.
const labelGap = 1 << 32

// Sort is the label's enumsortorder.
func (l *Label) Sort() float64 { return float64(float32(l.Number) / labelGap) }

// NewLabels numbers an enum type's labels.
func NewLabels(names []string) []Label {
	all := make([]Label, len(names))
	for i, n := range names {
		all[i] = Label{Name: n, OID: NewOID(), Number: int64(i+1) * labelGap}
	}
	return all
}

// LabelsWith puts a label at a place among others, which stay as they are. 54000 if there is no
// number between its neighbours.
func LabelsWith(all []Label, name string, at int) ([]Label, error) {
	made := Label{Name: name, OID: NewOID(), New: true}
	switch {
	case len(all) == 0:
		made.Number = labelGap
	case at == 0:
		made.Number = all[0].Number - labelGap
	case at == len(all):
		made.Number = all[at-1].Number + labelGap
	default:
		made.Number = (all[at-1].Number + all[at].Number) / 2
		if made.Number == all[at-1].Number {
			return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "too many labels were added between two of an enum")
		}
	}
	return slices.Insert(slices.Clone(all), at, made), nil
}

// FindLabel finds a label by its name; -1 if there is none.
func FindLabel(all []Label, name string) int {
	return slices.IndexFunc(all, func(l Label) bool { return l.Name == name })
}

// Usable fails with 55P04 if the label is not the type's for good.
func (l *Label) Usable(t *TypeInfo) error {
	if l.New {
		return sqlstate.New(sqlstate.UnsafeNewEnumValueUsage, "unsafe use of new value \"%s\" of enum type %s", l.Name, t.SQLName).
			WithHint("New enum values must be committed before they can be used.")
	}
	return nil
}

func parseEnum(t *TypeInfo, s string) (Datum, error) {
	i := FindLabel(t.Labels, s)
	if i < 0 {
		return Null, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input value for enum %s: \"%s\"", t.SQLName, s)
	}
	return Int(t.Labels[i].Number), t.Labels[i].Usable(t)
}

// labelOf is the text of an enum type's value; ok is false where d is of another type.
func labelOf(t OID, d Datum) (string, bool) {
	if t < firstDefined {
		return "", false
	}
	i := definedInfo(t)
	if i == nil || i.Kind != 'e' {
		return "", false
	}
	at := sort.Search(len(i.Labels), func(j int) bool { return cmp.Compare(i.Labels[j].Number, d.Int()) >= 0 })
	if at == len(i.Labels) {
		return "", false
	}
	return i.Labels[at].Name, true
}

// IsEnum reports whether t is an enum type.
func IsEnum(t OID) bool {
	i := definedInfo(t)
	return i != nil && i.Kind == 'e'
}
