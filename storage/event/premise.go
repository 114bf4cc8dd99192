package event

import "fmt"

// Premise refuses its transaction if the catalog is not what the transaction's guards
// were made of: Version is the highest among the records whose names begin with Prefix,
// 0 if there were none. It sees records that are put; of those that are deleted it sees
// the newest alone. The zero Premise asks for nothing.
type Premise struct {
	Prefix  string
	Version uint64
}

// PremiseError says that a transaction was refused because records were changed that
// its guards were made of.
type PremiseError struct {
	Premise
	Actual uint64 // the highest version by now
}

func (e *PremiseError) Error() string {
	return fmt.Sprintf("could not serialize access: %q was changed after an assertion", e.Prefix)
}

// SQLState returns 40001.
func (e *PremiseError) SQLState() string { return "40001" }
