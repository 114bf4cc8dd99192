package socket

import "time"

// NewPatientAlert is an Alert for which a wait of any length is short: after the first eight it
// looks until something comes, or another session works.
func NewPatientAlert() *Alert {
	const ever = time.Hour
	return &Alert{limits: limits{look: ever, short: ever, away: ever, trust: 8, pause: 1}}
}

// NewHastyAlert gives up each look at once.
func NewHastyAlert() *Alert {
	a := NewPatientAlert()
	a.limits.look, a.limits.pause = 0, 1<<14
	return a
}

// Looking reports whether a connection looks.
func (a *Alert) Looking() bool { return a.looking.Load() }
