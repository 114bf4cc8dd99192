package socket

import "time"

// NewPatientAlert is an Alert for which a wait of any length is short: after the first eight it
// looks until something comes, or another session works.
func NewPatientAlert() *Alert {
	const ever = time.Hour
	return &Alert{limits: limits{look: ever, short: ever, away: ever, trust: 8, pause: 1}, poll: func() {}}
}

// WaitsBetweenLooks returns how many short waits pass after each of some looks, of which some pay,
// before the next.
func WaitsBetweenLooks(paid ...bool) (waits []int) {
	e := eagerness{alert: &Alert{limits: usual, poll: func() {}}, counted: true}
	e.alert.limits.look = 0
	for _, paid := range paid {
		e.short = usual.trust
		e.look(func() bool { return paid })
		waits = append(waits, usual.trust-e.short)
	}
	return waits
}

// PollsInLooks returns how often the poller is asked in so many looks that pay.
func PollsInLooks(looks int) (polls int) {
	e := eagerness{alert: &Alert{limits: usual, poll: func() { polls++ }}, counted: true}
	for range looks {
		e.began = time.Now()
		e.look(func() bool { return true })
	}
	return polls
}

// Looking reports whether a connection looks.
func (a *Alert) Looking() bool { return a.looking.Load() }
