package storage

import (
	"encoding/binary"

	"github.com/projsql/projsql/storage/event"
)

// change puts or deletes one catalog record. made has the version and position that
// the record will get.
func (a *applier) change(c *event.Change, made event.Record) (event.ChangeResult, error) {
	if refusal, err := c.Refusal(a.recordVersion); refusal != nil || err != nil {
		return event.ChangeResult{Err: refusal}, err
	}
	return a.put(c, made)
}

// put makes a change that is not refused.
func (a *applier) put(c *event.Change, r event.Record) (event.ChangeResult, error) {
	r.Name, r.Value = c.Name, c.Value
	a.key = a.content.keys.record(a.key[:0], c.Name)
	a.renew(&r)
	if c.Value == nil {
		a.records[c.Name] = 0
		return event.ChangeResult{Record: r}, a.batch.Delete(a.key, nil)
	}
	a.records[c.Name] = r.Version
	a.value = binary.BigEndian.AppendUint64(a.value[:0], r.Version)
	a.value = binary.BigEndian.AppendUint64(a.value, uint64(r.Since))
	a.value = append(a.value, c.Value...)
	return event.ChangeResult{Record: r}, a.set(a.key)
}

// recordVersion returns the version of a record; 0 if there is none.
func (a *applier) recordVersion(name string) (uint64, error) {
	if version, ok := a.records[name]; ok {
		return version, nil
	}
	b, err := a.content.get(a.content.keys.record(nil, name))
	if b == nil || err != nil {
		return 0, err
	}
	f := fields{rest: b}
	version := f.uint64()
	if f.bad || version == 0 {
		return 0, damage("catalog record %q", name)
	}
	return version, nil
}

// Records returns all catalog records, by name in byte order. It reads past all that were replaced
// and not compacted yet; what Apply changed, its results have.
func (s *Store) Records() ([]event.Record, error) {
	c := s.now.Load().content
	if !c.acquire() {
		return nil, errReplaced()
	}
	defer c.release()
	records, err := c.records()
	return records, s.fail.read(err)
}

func (c *content) records() ([]event.Record, error) {
	it, err := c.iter(tableRecord)
	if err != nil {
		return nil, err
	}
	defer it.Close()
	var records []event.Record
	for ok := it.First(); ok; ok = it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return nil, err
		}
		f := fields{rest: v}
		r := event.Record{Name: string(it.Key()[prefixBytes:]), Version: f.uint64(), Since: event.Sequence(f.uint64())}
		if f.bad {
			return nil, damage("catalog record %q", r.Name)
		}
		r.Value = append([]byte{}, f.rest...)
		records = append(records, r)
	}
	return records, it.Error()
}
