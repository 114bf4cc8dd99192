package projection

import (
	"encoding/json"
	"fmt"
	"maps"
	"strings"
)

// Comments are what COMMENT says of a projection, or of events, and of the columns. They are
// immutable.
type Comments struct {
	Relation string            `json:"relation,omitempty"` // "" = nothing
	Columns  map[string]string `json:"columns,omitempty"`  // by name; none is ""
	// Version is that of the catalog record.
	Version uint64 `json:"-"`
}

// The catalog holds the comments of a relation as a record of its own, which outlives the
// relation's definitions: its name is CommentsPrefix and the relation's name, its value a header
// line with the version of the format, then the comments as a JSON object. Releases that do not
// know such records keep them.
const (
	CommentsPrefix = "comments/"
	commentsHeader = "projsql comments 1\n"
)

// CommentsRecordName returns the name of the catalog record of a relation's comments.
func CommentsRecordName(relation string) string { return CommentsPrefix + relation }

// Of returns the comment on a column, that on the relation for "", "" if there is none.
// There may be no comments at all.
func (c *Comments) Of(column string) string {
	switch {
	case c == nil:
		return ""
	case column == "":
		return c.Relation
	}
	return c.Columns[column]
}

// With returns comments of which one is another; "" takes it away.
func (c *Comments) With(column, text string) *Comments {
	made := &Comments{Columns: map[string]string{}}
	if c != nil {
		made.Relation, made.Columns, made.Version = c.Relation, maps.Clone(c.Columns), c.Version
	}
	switch {
	case column == "":
		made.Relation = text
	case text == "":
		delete(made.Columns, column)
	case made.Columns == nil:
		made.Columns = map[string]string{column: text}
	default:
		made.Columns[column] = text
	}
	return made
}

// Record returns the value of the catalog record; nil if there is no comment.
func (c *Comments) Record() ([]byte, error) {
	if c.Relation == "" && len(c.Columns) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(c)
	return append([]byte(commentsHeader), text...), err
}

// RecordComments returns the comments in a catalog record's value, without Version.
func RecordComments(value []byte) (*Comments, error) {
	c := &Comments{}
	text, ok := strings.CutPrefix(string(value), commentsHeader)
	if !ok || json.Unmarshal([]byte(text), c) != nil {
		return nil, fmt.Errorf("comments of an unknown format: %.40q", value)
	}
	return c, nil
}
