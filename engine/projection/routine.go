package projection

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Routine is a function or procedure in SQL that all sessions see. It is immutable.
type Routine struct {
	// Key is the name, and in parentheses the types of what calls give it: no two have the same.
	Key        string             `json:"-"`
	Name       string             `json:"name"`
	Procedure  bool               `json:"procedure,omitempty"`
	Parameters []RoutineParameter `json:"parameters,omitempty"`
	Result     string             `json:"result"` // a type as SQL writes it, that of a relation's rows with its schema
	Set        bool               `json:"set,omitempty"`
	Strict     bool               `json:"strict,omitempty"`
	Leakproof  bool               `json:"leakproof,omitempty"`
	Definer    bool               `json:"definer,omitempty"`  // SECURITY DEFINER
	Volatile   string             `json:"volatile,omitempty"` // as pg_proc has it: i, s or v
	Parallel   string             `json:"parallel,omitempty"` // s, r or u
	Cost       float64            `json:"cost,omitempty"`
	Rows       float64            `json:"rows,omitempty"`
	Config     []string           `json:"config,omitempty"` // as pg_proc has it: what it is run with
	// Body is SQL: as it was written if it is a string, else with every name written out, so that it means the same
	// to every session.
	Body     string `json:"body"`
	Standard bool   `json:"standard,omitempty"` // it is no string
	Return   bool   `json:"return,omitempty"`   // such a body is RETURN of an expression
	// Reads are the relations that it cannot be without: those whose rows it takes or gives, and those that a body
	// names that is no string. Calls are the Keys of routines that such a body calls, or the
	// default of a parameter.
	Reads []string `json:"reads,omitempty"`
	Calls []string `json:"calls,omitempty"`
	// Age tells which of two routines was made before the other; neither views nor routines have the same.
	Age     uint64 `json:"age"`
	Comment string `json:"comment,omitempty"`
	// Version is that of the catalog record.
	Version uint64 `json:"-"`
}

// RoutineParameter is a parameter of a Routine.
type RoutineParameter struct {
	Name    string `json:"name,omitempty"`
	Type    string `json:"type"`
	Mode    string `json:"mode"` // as pg_proc has it: i, o, b, v or t
	Default string `json:"default,omitempty"`
}

// The catalog holds every routine as a record: its name is RoutinePrefix and the routine's Key, its value a header line
// with the version of the format, then the Routine as a JSON object. Who changes routines puts ViewsRecordName, as
// who changes views does. Releases that do not know such records keep them.
const (
	RoutinePrefix = "routine/"
	routineHeader = "projsql routine 1\n"
)

// RoutineRecordName returns the name of the catalog record of a routine.
func RoutineRecordName(key string) string { return RoutinePrefix + key }

// Record returns the value of the catalog record.
func (r *Routine) Record() ([]byte, error) {
	text, err := json.Marshal(r)
	return append([]byte(routineHeader), text...), err
}

// RecordRoutine returns the routine in a catalog record's value, without Key and Version.
func RecordRoutine(value []byte) (*Routine, error) {
	r := &Routine{}
	text, ok := strings.CutPrefix(string(value), routineHeader)
	if !ok || json.Unmarshal([]byte(text), r) != nil || r.Name == "" {
		return nil, fmt.Errorf("routine of an unknown format: %.40q", value)
	}
	return r, nil
}
