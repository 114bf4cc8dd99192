package engine

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/projsql/projsql/engine/projection"
)

// metrics shows an engine's counts to Prometheus.
type metrics struct {
	engine *Engine

	answers, unchanged, folded, ahead, shared, failed *prometheus.Desc
	stores, faults                                    *prometheus.Desc
	poisoned                                          *prometheus.Desc
	slotBytes, slotBytesMax, slots                    *prometheus.Desc
	listingBytes, listingMaking                       *prometheus.Desc
	externalBytes, externalDamaged                    *prometheus.Desc
}

func newMetrics(e *Engine) *metrics {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("projsql_engine_"+name, help, labels, prometheus.Labels{"database": e.opts.DatabaseLabel})
	}
	return &metrics{
		engine:          e,
		answers:         desc("answers_total", "Projection reads answered.", "projection", "strategy", "cache_status", "freshness", "external_store", "slot_store"),
		unchanged:       desc("unchanged_total", "Conditional reads that found the generation unchanged.", "projection"),
		folded:          desc("folded_events_total", "Events folded.", "projection"),
		ahead:           desc("read_ahead_states_total", "States made ahead of reads.", "projection"),
		shared:          desc("shared_answers_total", "Reads that waited for another's answer and shared it.", "projection"),
		failed:          desc("failed_total", "Reads that failed.", "projection"),
		stores:          desc("cache_stores_total", "Attempts to keep a state.", "projection", "cache", "outcome"),
		faults:          desc("cache_faults_total", "Cache failures that no reader noticed.", "projection", "fault"),
		poisoned:        desc("poisoned_entities", "Entities met whose events cannot be folded.", "projection"),
		slotBytes:       desc("slot_bytes", "Memory in use by group-local slots."),
		slotBytesMax:    desc("slot_bytes_max", "Bound of slot_bytes."),
		slots:           desc("slots", "Group-local slots."),
		listingBytes:    desc("listing_bytes", "Memory in use by the listings of scans.", "projection"),
		listingMaking:   desc("listing_making_bytes", "Memory claimed by listings that scans are making."),
		externalBytes:   desc("external_cache_bytes", "Disk space of the external cache."),
		externalDamaged: desc("external_cache_damaged_rows_total", "Rows of the external cache found damaged and deleted."),
	}
}

// Metrics returns the collector of the engine's metrics, for one registry.
func (e *Engine) Metrics() prometheus.Collector { return e.metrics }

// Describe implements prometheus.Collector.
func (m *metrics) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		m.answers, m.unchanged, m.folded, m.ahead, m.shared, m.failed, m.stores, m.faults, m.poisoned,
		m.slotBytes, m.slotBytesMax, m.slots, m.listingBytes, m.listingMaking, m.externalBytes, m.externalDamaged,
	} {
		ch <- d
	}
}

// Collect implements prometheus.Collector. Versions of one projection are summed.
func (m *metrics) Collect(ch chan<- prometheus.Metric) {
	for _, s := range m.engine.Stats() {
		m.collect(ch, &s)
	}
	used, bytesMax := m.engine.SlotBytes()
	gauge(ch, m.slotBytes, float64(used))
	gauge(ch, m.slotBytesMax, float64(bytesMax))
	gauge(ch, m.slots, float64(m.engine.slots.Len()))
	m.collectListings(ch)
	external := m.engine.external.Metrics()
	gauge(ch, m.externalBytes, float64(external.Bytes))
	counter(ch, m.externalDamaged, external.Damaged)
}

func (m *metrics) collectListings(ch chan<- prometheus.Metric) {
	listings, making := m.engine.Listings()
	bytes := map[string]uint64{}
	for _, l := range listings {
		bytes[l.Projection] += l.Bytes
	}
	for name, n := range bytes {
		ch <- prometheus.MustNewConstMetric(m.listingBytes, prometheus.GaugeValue, float64(n), name)
	}
	gauge(ch, m.listingMaking, float64(making))
}

func (m *metrics) collect(ch chan<- prometheus.Metric, s *Stats) {
	for _, a := range s.Answers {
		counter(ch, m.answers, a.Count, s.Projection, a.Strategy.String(), a.Cache.String(), a.Observed.String(),
			a.Stores.External.String(), a.Stores.Slot.String())
	}
	counter(ch, m.unchanged, s.Unchanged, s.Projection)
	counter(ch, m.folded, s.Folded, s.Projection)
	counter(ch, m.ahead, s.Ahead, s.Projection)
	counter(ch, m.shared, s.Shared, s.Projection)
	counter(ch, m.failed, s.Failed, s.Projection)
	for _, st := range s.Stores {
		counter(ch, m.stores, st.Count, s.Projection, st.Cache, st.Outcome)
	}
	counter(ch, m.faults, s.DecodeFailed, s.Projection, "decode")
	counter(ch, m.faults, s.GetFailed, s.Projection, "get")
	counter(ch, m.faults, s.PrefetchFailed, s.Projection, "prefetch")
	ch <- prometheus.MustNewConstMetric(m.poisoned, prometheus.GaugeValue, float64(s.Poisoned), s.Projection)
}

func counter(ch chan<- prometheus.Metric, d *prometheus.Desc, v uint64, labels ...string) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
}

func gauge(ch chan<- prometheus.Metric, d *prometheus.Desc, v float64) {
	ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v)
}

// Stats are the counts of one projection since the engine began, over all its
// versions.
type Stats struct {
	Projection string
	Answers    []AnswerCount // those that are not zero
	Stores     []StoreCount  // those that are not zero
	Unchanged  uint64        // conditional reads that found the generation unchanged
	Folded     uint64        // events
	Ahead      uint64        // states made ahead of reads
	Shared     uint64        // reads that took the answer of another
	Failed     uint64        // reads
	Poisoned   uint64        // entities that are so now

	DecodeFailed, GetFailed, PrefetchFailed uint64 // faults of the external cache
}

// AnswerCount is how many reads were answered in one way.
type AnswerCount struct {
	Strategy projection.Strategy
	Cache    projection.CacheStatus
	Observed projection.Observed
	Stores   projection.Stores
	Count    uint64
}

// StoreCount is how many attempts to keep a state had one outcome: skipped, stored,
// superseded, put_failed.
type StoreCount struct {
	Cache   string // slot, external
	Outcome string
	Count   uint64
}

// SlotBytes returns the memory that slots hold, and their bound.
func (e *Engine) SlotBytes() (used, bytesMax uint64) { return e.slots.Bytes() }

// Stats returns the counts of every projection that was read, in no particular order.
func (e *Engine) Stats() []Stats {
	byName, lineage := map[string]*Stats{}, e.log.Lineage()
	for name, c := range e.definitions.countsByName() {
		byName[name] = &Stats{Projection: name}
		byName[name].add(c)
	}
	for own := range e.definitions.all() {
		if s := byName[own.name]; s != nil { // else it came since
			s.Poisoned += uint64(len(own.poison.of(lineage)))
		}
	}
	out := make([]Stats, 0, len(byName))
	for _, s := range byName {
		out = append(out, *s)
	}
	return out
}

func (s *Stats) add(c *counts) {
	for st := range c.answers {
		for cs := range c.answers[st] {
			for ob := range c.answers[st][cs] {
				s.addAnswers(AnswerCount{
					Strategy: projection.Strategy(st), Cache: projection.CacheStatus(cs), Observed: projection.Observed(ob),
				}, c.answers[st][cs][ob].Load())
			}
		}
	}
	s.addStores("external", &c.externalStores)
	s.addStores("slot", &c.slotStores)
	s.Unchanged += c.unchanged.Load()
	s.Folded += c.folded.Load()
	s.Ahead += c.ahead.Load()
	s.Shared += c.shared.Load()
	s.Failed += c.failed.Load()
	s.DecodeFailed += c.decodeFailed.Load()
	s.GetFailed += c.getFailed.Load()
	s.PrefetchFailed += c.prefetchFailed.Load()
}

// addAnswers adds answers like a.
func (s *Stats) addAnswers(a AnswerCount, all *answersByStores) {
	if all == nil {
		return
	}
	for external := range all {
		for slot := range all[external] {
			a.Stores = projection.Stores{External: projection.StoreOutcome(external), Slot: projection.StoreOutcome(slot)}
			a.Count = all[external][slot].Load()
			s.addAnswer(a)
		}
	}
}

func (s *Stats) addAnswer(a AnswerCount) {
	if a.Count == 0 {
		return
	}
	for i := range s.Answers {
		if own := &s.Answers[i]; own.Strategy == a.Strategy && own.Cache == a.Cache && own.Observed == a.Observed && own.Stores == a.Stores {
			own.Count += a.Count
			return
		}
	}
	s.Answers = append(s.Answers, a)
}

func (s *Stats) addStores(kind string, counts *[stores]atomic.Uint64) {
	for o := range counts {
		n := counts[o].Load()
		if n == 0 {
			continue
		}
		s.addStore(StoreCount{kind, projection.StoreOutcome(o).String(), n})
	}
}

func (s *Stats) addStore(c StoreCount) {
	for i := range s.Stores {
		if own := &s.Stores[i]; own.Cache == c.Cache && own.Outcome == c.Outcome {
			own.Count += c.Count
			return
		}
	}
	s.Stores = append(s.Stores, c)
}
