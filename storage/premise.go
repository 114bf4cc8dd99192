package storage

import (
	"encoding/binary"
	"strings"

	"github.com/cockroachdb/pebble/v2"

	"github.com/projsql/projsql/storage/event"
)

// changed returns why a transaction's premise refuses it.
func (a *applier) changed(p event.Premise) (refusal, err error) {
	if p == (event.Premise{}) {
		return nil, nil
	}
	actual, err := a.newestRecord(p.Prefix)
	if err != nil || actual == p.Version {
		return nil, err
	}
	return &event.PremiseError{Premise: p, Actual: actual}, nil
}

// newestRecord returns the highest version among the records whose names begin with a
// prefix.
func (a *applier) newestRecord(prefix string) (uint64, error) {
	if version, ok := a.newest[prefix]; ok {
		return version, nil
	}
	version, err := a.searchRecords(prefix)
	if err == nil {
		a.newest[prefix] = version
	}
	return version, err
}

// renew keeps what newestRecord found in step with a record that is put, or is deleted.
func (a *applier) renew(r *event.Record) {
	for prefix := range a.newest {
		switch {
		case !strings.HasPrefix(r.Name, prefix):
		case r.Value == nil:
			delete(a.newest, prefix)
		default:
			a.newest[prefix] = r.Version
		}
	}
}

func (a *applier) searchRecords(prefix string) (newest uint64, err error) {
	for name, version := range a.records {
		if strings.HasPrefix(name, prefix) {
			newest = max(newest, version)
		}
	}
	it, err := a.content.iter(tableRecord)
	if err != nil {
		return 0, err
	}
	defer it.Close()
	first := a.content.keys.record(nil, prefix)
	for ok := it.SeekGE(first); ok && strings.HasPrefix(string(it.Key()), string(first)); ok = it.Next() {
		version, err := storedVersion(it)
		if err != nil {
			return 0, err
		}
		if _, again := a.records[string(it.Key()[prefixBytes:])]; !again {
			newest = max(newest, version)
		}
	}
	return newest, it.Error()
}

func storedVersion(it *pebble.Iterator) (uint64, error) {
	v, err := it.ValueAndErr()
	switch {
	case err != nil:
		return 0, err
	case len(v) < 8:
		return 0, damage("catalog record %q", it.Key()[prefixBytes:])
	}
	return binary.BigEndian.Uint64(v), nil
}
