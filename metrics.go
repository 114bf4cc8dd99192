package projsql

import (
	"errors"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/projsql/projsql/query"
)

// statementHooks counts sessions and statements.
func statementHooks(r prometheus.Registerer) query.Hooks {
	open := prometheus.NewGauge(prometheus.GaugeOpts{Name: "projsql_sessions", Help: "Open sessions."})
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "projsql_statement_seconds", Help: "Duration of statements.", Buckets: prometheus.ExponentialBuckets(10e-6, 4, 10),
	}, []string{"command", "result"})
	r.MustRegister(open, took)
	usual := map[string]prometheus.Observer{} // looking up labels costs as much as a hit
	for _, command := range []string{"SELECT", "INSERT"} {
		usual[command] = took.WithLabelValues(command, result(nil))
	}
	return query.Hooks{
		Session: func(delta int) { open.Add(float64(delta)) },
		Statement: func(command string, d time.Duration, err error) {
			observer := usual[command]
			if err != nil || observer == nil {
				observer = took.WithLabelValues(command, result(err))
			}
			observer.Observe(d.Seconds())
		},
	}
}

func result(err error) string {
	var s interface{ SQLState() string }
	switch {
	case err == nil:
		return "ok"
	case errors.As(err, &s):
		return s.SQLState()
	}
	return "XX000"
}

// nodeCollector reports the log and the store when asked.
type nodeCollector struct{ *DB }

func (c nodeCollector) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(c, ch) }

func (c nodeCollector) Collect(ch chan<- prometheus.Metric) {
	s, store, temp := c.cluster.Status(), c.store.Stats(), c.temp.Stats()
	gauge := func(name, help string, value float64) {
		ch <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, prometheus.Labels{"database": database}), prometheus.GaugeValue, value)
	}
	counter := func(name, help string, value uint64) {
		ch <- prometheus.MustNewConstMetric(prometheus.NewDesc(name, help, nil, prometheus.Labels{"database": database}), prometheus.CounterValue, float64(value))
	}
	gauge("projsql_raft_applied_index", "Raft index that the store has applied.", float64(s.AppliedIndex))
	gauge("projsql_raft_log_entries", "Entries in Raft's log.", float64(s.LogLast-min(s.LogFirst, s.LogLast)))
	gauge("projsql_raft_term", "Raft term.", float64(s.Term))
	counter("projsql_raft_acknowledged_lost_total", "Times that another member was found to lack entries that it had acknowledged, while this node led.", s.AcksLost)
	gauge("projsql_clock_offset_seconds", "How far this node's clock is ahead of the other members', by the median.", s.ClockOffset.Seconds())
	gauge("projsql_leader", "1 while this node leads, else 0.", one(s.Role == "leader"))
	gauge("projsql_age_seconds", "How long ago this node last knew itself current; -1: never.", max(float64(s.AgeMS)/1000, -1))
	gauge("projsql_partitions", "Partitions that this node owns.", float64(c.cluster.Owners().Owned(s.Name)))
	gauge("projsql_sequence", "Sequence of the last event.", float64(s.Sequence))
	gauge("projsql_append_queue_transactions", "Transactions waiting to be committed.", float64(s.QueueItems))
	gauge("projsql_append_queue_bytes", "Bytes waiting to be committed.", float64(s.QueueBytes))
	counter("projsql_append_transactions_total", "Transactions committed since start.", s.Transactions)
	counter("projsql_append_entries_total", "Raft entries proposed since start.", s.Entries)
	relayed, failed := c.cluster.Relays()
	counter("projsql_relayed_reads_total", "Reads that the owners of their entities have answered for this node.", relayed)
	counter("projsql_relay_failures_total", "Reads that this node answered since the owner did not.", failed)
	counter("projsql_temp_files_total", "Temporary files made by statements since start.", temp.Files)
	counter("projsql_temp_written_bytes_total", "Bytes written to temporary files since start.", temp.Written)
	gauge("projsql_temp_bytes", "Bytes that temporary files have now.", float64(temp.Bytes))
	sent, redone := c.cluster.Fragments()
	counter("projsql_fragments_sent_total", "Shares of scans that this node has asked their owners for.", sent)
	counter("projsql_fragment_failures_total", "Of these, what this node read itself since the owner did not.", redone)
	var served query.Served
	workers := int64(0)
	if c.query != nil { // it is when the metrics are described
		served, workers = c.query.Served(), c.query.Workers()
	}
	gauge("projsql_parallel_workers", "Workers that read parts of scans at this moment.", float64(workers))
	gauge("projsql_fragments_running", "Shares of scans that this node reads for others at this moment.", float64(served.Running))
	counter("projsql_fragments_served_total", "Shares of scans that this node has read for others.", served.Fragments)
	counter("projsql_fragment_states_total", "States that it has read for them.", served.States)
	counter("projsql_fragment_rows_total", "Rows that it has sent of them.", served.Rows)
	gauge("projsql_events", "Events in the store.", float64(store.Events))
	gauge("projsql_entities", "Entities in the store.", float64(store.Entities))
	gauge("projsql_store_bytes", "Bytes of the store on disk.", float64(store.DiskBytes))
}

func one(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
