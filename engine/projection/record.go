package projection

import (
	"fmt"
	"strings"
)

// The catalog holds a definition as a record: its name is RecordPrefix and the
// projection's name, its value a header line with the version of the format,
// then the CREATE PROJECTION statement.
const (
	RecordPrefix = "projection/"
	recordHeader = "projsql projection 1\n"
)

// RecordName returns the name of the catalog record of a projection.
func RecordName(name string) string { return RecordPrefix + name }

// RecordValue returns the value of the catalog record of a projection that is
// defined by the given CREATE PROJECTION statement.
func RecordValue(source string) []byte { return []byte(recordHeader + source) }

// RecordSource returns the statement in a catalog record's value. A value that
// RecordValue did not write, or a newer projsql wrote, is an error.
func RecordSource(value []byte) (string, error) {
	source, ok := strings.CutPrefix(string(value), recordHeader)
	if !ok {
		return "", fmt.Errorf("projection record of an unknown format: %.40q", value)
	}
	return source, nil
}
