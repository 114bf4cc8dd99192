package cache

// Damaged reports whether b is refused as the row under key.
func Damaged(key, b []byte) bool {
	_, _, err := decodeRow(key, b)
	return err != nil
}
