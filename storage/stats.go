package storage

// Stats are numbers for metrics. Counters start at Open.
type Stats struct {
	Events, Entities uint64 // in the log
	DiskBytes        uint64
	WriteStalls      uint64 // times that Pebble made Apply wait
	GuardsJudged     uint64
	GuardReads       uint64 // records that judging guards has read
	HeadHits         uint64
	HeadMisses       uint64
	HeadCacheBytes   int64
	BlockHits        int64
	BlockMisses      int64
}

// Entities returns the number of entities in the log.
func (s *Store) Entities() uint64 { return s.now.Load().meta.entities }

// Stats returns what metrics show. It takes milliseconds at most.
func (s *Store) Stats() Stats {
	v := s.now.Load()
	heads := v.content.heads.stats()
	t := Stats{
		Events: uint64(v.meta.sequence), Entities: v.meta.entities, WriteStalls: s.fail.stalls.Load(),
		GuardsJudged: s.apply.judge.judged.Load(), GuardReads: s.apply.judge.reads.Load(),
		HeadHits: heads.hits, HeadMisses: heads.misses, HeadCacheBytes: heads.bytes,
	}
	if v.content.acquire() {
		m := v.content.db.Metrics()
		v.content.release()
		t.DiskBytes, t.BlockHits, t.BlockMisses = m.DiskSpaceUsage(), m.BlockCache.Hits, m.BlockCache.Misses
	}
	return t
}
