package wire

import "github.com/prometheus/client_golang/prometheus"

// metrics are what a Server counts.
type metrics struct {
	accepted, refused, queries, gone prometheus.Counter
}

func newMetrics(s *Server, r prometheus.Registerer) *metrics {
	m := &metrics{
		accepted: counter("connections_total", "Connections accepted."),
		refused:  counter("connections_refused_total", "Connections refused because there were too many."),
		queries:  counter("queries_total", "Query and Execute messages served."),
		gone:     counter("clients_gone_total", "Statements cancelled and writes ended because the client was gone or did not read."),
	}
	if r == nil {
		return m
	}
	r.MustRegister(m.accepted, m.refused, m.queries, m.gone,
		looks("paid", func() float64 { paid, _ := s.options.Alert.Looks(); return float64(paid) }),
		looks("vain", func() float64 { _, vain := s.options.Alert.Looks(); return float64(vain) }),
		gauge("connections", "Connections now.", func() float64 { n, _ := s.counts(); return float64(n) }),
		gauge("connections_unauthenticated", "Connections now that have not authenticated.", func() float64 { _, n := s.counts(); return float64(n) }))
	return m
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "projsql", Subsystem: "wire", Name: name, Help: help})
}

func gauge(name, help string, value func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Namespace: "projsql", Subsystem: "wire", Name: name, Help: help}, value)
}

// looks counts those of the server's Alert, at its connections and at those to other nodes.
func looks(result string, value func() float64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{
		Namespace: "projsql", Subsystem: "wire", Name: "looks_total",
		Help:        "Looks for what comes next before waiting for it, while one session alone was at work.",
		ConstLabels: prometheus.Labels{"result": result},
	}, value)
}

// counts returns the connections and those that have not authenticated.
func (s *Server) counts() (all, preAuth int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns), s.preAuth
}
