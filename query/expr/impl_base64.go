package expr

import (
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

const base64Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// decodeBase64 reads digits in groups of four. After the first = every group gives as many bytes as
// the group that it stood in, and further = count as zeros.
func decodeBase64(s string) (string, error) {
	var made []byte
	group, digits, bytes := 0, 0, 3
	for _, r := range s {
		n := 0
		switch {
		case strings.ContainsRune(" \t\n\r", r):
			continue
		case r != '=':
			if n = strings.IndexRune(base64Digits, r); n < 0 {
				return "", sqlstate.New(sqlstate.InvalidParameterValue, "invalid symbol \"%c\" found while decoding base64 sequence", r)
			}
		case bytes == 3:
			if digits < 2 {
				return "", sqlstate.New(sqlstate.InvalidParameterValue, "unexpected \"=\" while decoding base64 sequence")
			}
			bytes = digits - 1
		}
		group = group<<6 | n
		if digits++; digits == 4 {
			made = append(made, []byte{byte(group >> 16), byte(group >> 8), byte(group)}[:bytes]...)
			group, digits = 0, 0
		}
	}
	if digits > 0 {
		return "", sqlstate.New(sqlstate.InvalidParameterValue, "invalid base64 end sequence").
			WithHint("Input data is missing padding, is truncated, or is otherwise corrupted.")
	}
	return string(made), nil
}
