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
	Sort   float32 // enumsortorder
	// New is set until the transaction has ended that added the label.
	New bool
}

// labelGap lies between the numbers of labels that nothing was put between.
const labelGap = 1 << 32

// NewLabels numbers an enum type's labels.
func NewLabels(names []string) []Label {
	all := make([]Label, len(names))
	for i, n := range names {
		all[i] = Label{Name: n, OID: NewOID(), Number: int64(i+1) * labelGap, Sort: float32(i + 1)}
	}
	return all
}

// LabelsWith puts a label at a place among others, which keep their numbers. 54000 if there is none
// between its neighbours.
func LabelsWith(all []Label, name string, at int) ([]Label, error) {
	made := Label{Name: name, OID: NewOID(), New: true}
	all = slices.Clone(all)
	switch {
	case len(all) == 0:
		made.Number, made.Sort = labelGap, 1
	case at == 0:
		made.Number, made.Sort = all[0].Number-labelGap, all[0].Sort-1
	case at == len(all):
		made.Number, made.Sort = all[at-1].Number+labelGap, all[at-1].Sort+1
	default:
		before, behind := &all[at-1], &all[at]
		made.Number, made.Sort = before.Number+(behind.Number-before.Number)/2, (before.Sort+behind.Sort)/2
		if made.Number == before.Number {
			return nil, sqlstate.New(sqlstate.ProgramLimitExceeded, "too many labels were added between two of an enum")
		}
		if made.Sort == before.Sort || made.Sort == behind.Sort {
			for i := range all {
				all[i].Sort = float32(i + 1)
			}
			made.Sort = (before.Sort + behind.Sort) / 2
		}
	}
	return slices.Insert(all, at, made), nil
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
