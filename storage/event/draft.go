package event

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// Limits of a draft and of a transaction.
const (
	DataBytesMax       = 16 << 20
	MetadataBytesMax   = 1 << 20
	RecordedByBytesMax = 255
	DraftsMax          = 1 << 20 // of one transaction
)

// Validate reports what forbids a draft in the log, as a *DraftError.
func Validate(d *Draft) error {
	if d.ID == (ID{}) {
		return &DraftError{State: "22023", Message: "event_id must not be zero"}
	}
	for _, n := range [...]struct {
		column, value      string
		bytesMin, bytesMax int
	}{
		{"entity", string(d.Entity), 1, EntityBytesMax},
		{"kind", string(d.Kind), 1, KindBytesMax},
		{"recorded_by", d.RecordedBy, 0, RecordedByBytesMax},
	} {
		if err := validateText(n.column, n.value, n.bytesMin, n.bytesMax); err != nil {
			return err
		}
	}
	if err := validateSize("data", len(d.Data), DataBytesMax); err != nil {
		return err
	}
	return validateSize("metadata", len(d.Metadata), MetadataBytesMax)
}

func validateText(column, s string, bytesMin, bytesMax int) error {
	if len(s) < bytesMin {
		return &DraftError{State: "22023", Message: column + " must not be empty"}
	}
	if err := validateSize(column, len(s), bytesMax); err != nil {
		return err
	}
	if !utf8.ValidString(s) || strings.IndexByte(s, 0) >= 0 {
		return &DraftError{State: "22021", Message: "invalid byte sequence for encoding \"UTF8\" in " + column}
	}
	return nil
}

func validateSize(column string, n, bytesMax int) error {
	if n <= bytesMax {
		return nil
	}
	return &DraftError{
		State:   "54000",
		Message: column + " is too long",
		Detail:  fmt.Sprintf("%s has %d bytes; the limit is %d.", column, n, bytesMax),
	}
}

// Matches reports whether e is what appending d would have made of it: the rule
// for an event id that comes again. An occurred_at that the client left out matches any.
func (d *Draft) Matches(e *Event) bool {
	return d.Entity == e.Entity && d.Kind == e.Kind &&
		bytes.Equal(d.Data, e.Data) &&
		(d.Metadata == nil) == (e.Metadata == nil) && bytes.Equal(d.Metadata, e.Metadata) &&
		d.Correlation == e.Correlation && d.Causation == e.Causation &&
		(d.OccurredAt == NoTime || d.Dated || d.OccurredAt == e.OccurredAt)
}

// DraftError says why a draft, or a change, can never be in the log. It refuses
// the whole transaction.
type DraftError struct {
	State   string // SQLSTATE: 22021, 22023, 40001 or 54000
	Message string
	Detail  string
}

func (e *DraftError) Error() string { return e.Message }

// SQLState returns the error's code.
func (e *DraftError) SQLState() string { return e.State }

// SQLDetail returns the sizes of a limit that was broken.
func (e *DraftError) SQLDetail() string { return e.Detail }
