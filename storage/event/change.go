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

// Refusal is why a change is not made of records that have versions, 0 those that there are not: a *DraftError or a
// *RecordError. err is version's.
func (c *Change) Refusal(version func(record string) (uint64, error)) (refusal, err error) {
	if refusal := ValidateChange(c); refusal != nil {
		return refusal, nil
	}
	if c.Needs != "" {
		if needed, err := version(c.Needs); needed == 0 || err != nil {
			return &RecordError{Name: c.Needs}, err
		}
	}
	for _, h := range c.Holds {
		if now, err := version(h.Name); now != h.Version || err != nil {
			return &RecordError{Name: h.Name, Exists: now != 0, Changed: now != 0 && h.Version != 0}, err
		}
	}
	now, err := version(c.Name)
	if err != nil {
		return nil, err
	}
	exists := now != 0
	if c.Expect == NoRecord && exists || c.Expect == SomeRecord && !exists || c.Expect == ThisRecord && now != c.Version {
		return &RecordError{Name: c.Name, Exists: exists, Changed: exists && c.Expect == ThisRecord}, nil
	}
	return nil, nil
}
