package event

import "github.com/google/uuid"

// NewID returns a fresh UUID version 7: ids of one process ascend, so that an
// index of them grows at its end.
func NewID() ID { return ID(uuid.Must(uuid.NewV7())) }
