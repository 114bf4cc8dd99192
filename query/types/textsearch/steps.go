package textsearch

// steps counts what is done, and asks now and then whether to go on.
type steps struct {
	check func() error // nil: nothing ends it
	n     int
	err   error
}

const stepsBetweenChecks = 1 << 12

// goOn counts n more steps; after false, what comes out does not matter.
func (s *steps) goOn(n int) bool {
	if s.n += n; s.n >= stepsBetweenChecks && s.err == nil {
		s.n = 0
		if s.check != nil {
			s.err = s.check()
		}
	}
	return s.err == nil
}
