package temptable

// View is a SELECT with a name. It is immutable.
type View struct {
	Name    string
	OID     uint32 // given by CreateView
	SQL     string
	Columns []Column
	Needs   []string // the names of the session's objects that it reads
	Keys    []string // those of them whose primary keys GROUP BY needs
	Comment string   // "" = none
	// Freshness is what its reader gets who says none; "" = what the session says.
	Freshness string
}
