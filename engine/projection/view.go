package projection

import (
	"encoding/json"
	"fmt"
	"strings"
)

// View is a SELECT with a name that all sessions see. It is immutable.
type View struct {
	Name string `json:"-"`
	// SQL is the SELECT with every name and literal written out: it means the same to every session.
	SQL     string       `json:"sql"`
	Columns []ViewColumn `json:"columns"`
	// Reads are the events, projections and views that SQL names, each once.
	Reads []string `json:"reads,omitempty"`
	// Calls are the Keys of the routines that SQL calls.
	Calls []string `json:"calls,omitempty"`
	// Freshness is what its reader gets who says none, as WITH FRESHNESS has it; "" = what the
	// reader's session says.
	Freshness string `json:"freshness,omitempty"`
	// Age tells which of two views was made before the other; no two have the same.
	Age uint64 `json:"age"`
	// Options are those of WITH (…), by name.
	Options map[string]string `json:"options,omitempty"`
	Comment string            `json:"comment,omitempty"`
	// Version is that of the catalog record.
	Version uint64 `json:"-"`
}

// ViewColumn is a column of a View. Its type is one of PostgreSQL's own, by number.
type ViewColumn struct {
	Name      string `json:"name"`
	Type      uint32 `json:"type"`
	Mod       int32  `json:"mod"`
	Collation uint32 `json:"collation,omitempty"` // 0 = the type's
	Default   string `json:"default,omitempty"`
	Comment   string `json:"comment,omitempty"`
}

// The catalog holds every view as a record: its name is ViewPrefix and the view's name, its value a
// header line with the version of the format, then the View as a JSON object. ViewsRecordName is of
// a record that is put anew with every change of a view: who changes views, or what views read, does
// so on the condition that it is as it was read, so that nobody misses another's change.
// Releases that do not know such records keep them.
const (
	ViewPrefix      = "view/"
	ViewsRecordName = "views"
	viewHeader      = "projsql view 1\n"
)

// ViewRecordName returns the name of the catalog record of a view.
func ViewRecordName(view string) string { return ViewPrefix + view }

// Record returns the value of the catalog record.
func (v *View) Record() ([]byte, error) {
	text, err := json.Marshal(v)
	return append([]byte(viewHeader), text...), err
}

// RecordView returns the view in a catalog record's value, without Name and Version.
func RecordView(value []byte) (*View, error) {
	v := &View{}
	text, ok := strings.CutPrefix(string(value), viewHeader)
	if !ok || json.Unmarshal([]byte(text), v) != nil {
		return nil, fmt.Errorf("view of an unknown format: %.40q", value)
	}
	return v, nil
}
