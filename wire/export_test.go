package wire

// Looks returns how often the watchdog has looked after connections.
func (s *Server) Looks() int64 { return s.tick.Load() }

var (
	OpenSSLName = openSSLName
	KeyBits     = keyBits
)
