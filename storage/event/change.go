package event

// Limits of a catalog record.
const (
	RecordNameBytesMax = 1024
	RecordBytesMax     = 4 << 20
	HoldsMax           = 4096
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
	if len(c.Holds) > HoldsMax {
		return &DraftError{State: "54000", Message: "a catalog change depends on too many records"}
	}
	for i := range c.Holds {
		if err := validateText("record name", c.Holds[i].Name, 1, RecordNameBytesMax); err != nil {
			return err
		}
	}
	return validateSize("record", len(c.Value), RecordBytesMax)
}
