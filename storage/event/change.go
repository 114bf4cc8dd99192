package event

// Limits of a catalog record.
const (
	RecordNameBytesMax = 1024
	RecordBytesMax     = 4 << 20
)

// ValidateChange reports what forbids a change in the log, as a *DraftError.
func ValidateChange(c *Change) error {
	if c.Expect < AnyRecord || c.Expect > ThisRecord || (c.Expect == ThisRecord) != (c.Version != 0) {
		return &DraftError{State: "22023", Message: "unknown expectation of a catalog change"}
	}
	if err := validateText("record name", c.Name, 1, RecordNameBytesMax); err != nil {
		return err
	}
	if err := validateText("record name", c.Needs, 0, RecordNameBytesMax); err != nil {
		return err
	}
	return validateSize("record", len(c.Value), RecordBytesMax)
}
