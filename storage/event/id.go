package event

import (
	"encoding/hex"
	"fmt"

	"github.com/google/uuid"
)

// NewID returns a fresh UUID version 7: ids of one process ascend, so that an
// index of them grows at its end.
func NewID() ID { return ID(uuid.Must(uuid.NewV7())) }

// ParseID reads the forms of a UUID that PostgreSQL reads: 32 hexadecimal digits
// of either case, a hyphen allowed after every fourth, braces allowed around.
// Anything else is an *IDError.
func ParseID(s string) (ID, error) {
	var id ID
	digits := make([]byte, 0, 2*len(id))
	body := s
	if len(s) >= 2 && s[0] == '{' && s[len(s)-1] == '}' {
		body = s[1 : len(s)-1]
	}
	for i := range len(body) {
		c := body[i]
		hyphen := c == '-' && len(digits)%4 == 0 && len(digits) > 0 && body[i-1] != '-' && i < len(body)-1
		if hyphen {
			continue
		}
		if len(digits) == cap(digits) {
			return ID{}, &IDError{Text: s}
		}
		digits = append(digits, c)
	}
	if n, err := hex.Decode(id[:], digits); err != nil || n != len(id) {
		return ID{}, &IDError{Text: s}
	}
	return id, nil
}

// IDError says that a text is no UUID.
type IDError struct{ Text string }

func (e *IDError) Error() string {
	return fmt.Sprintf("invalid input syntax for type uuid: %q", e.Text)
}

// SQLState returns 22P02.
func (e *IDError) SQLState() string { return "22P02" }
