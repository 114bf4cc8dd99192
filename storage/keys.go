package storage

import (
	"encoding/binary"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
)

// table is the part of the key space that a key belongs to.
type table byte

const (
	tableRecord table = 'c'
	tableEvent  table = 'e'
	tableHead   table = 'h'
	tableID     table = 'i'
	tableKind   table = 'k'
	tableMeta   table = 'm'
	tablePosts  table = 'p'
	tableRun    table = 's'
	tableStamp  table = 't'
)

const (
	prefixBytes  = 3 // database and table
	versionBytes = 8
	entityEnd    = 0
)

// keyspace is the number of a database, which leads every key: 0, as a store holds one. Its methods append keys to buf.
type keyspace uint16

func (k keyspace) table(buf []byte, t table) []byte {
	return append(binary.BigEndian.AppendUint16(buf, uint16(k)), byte(t))
}

func (k keyspace) block(buf []byte, e event.Entity, v event.Version) []byte {
	buf = append(k.table(buf, tableEvent), e...)
	return binary.BigEndian.AppendUint64(append(buf, entityEnd), uint64(v))
}

func (k keyspace) head(buf []byte, e event.Entity) []byte {
	return append(k.table(buf, tableHead), e...)
}

func (k keyspace) run(buf []byte, s event.Sequence) []byte {
	return binary.BigEndian.AppendUint64(k.table(buf, tableRun), uint64(s))
}

func (k keyspace) stamp(buf []byte, ts hlc.Timestamp) []byte {
	return binary.BigEndian.AppendUint64(k.table(buf, tableStamp), uint64(ts))
}

func (k keyspace) id(buf []byte, id event.ID) []byte {
	return append(k.table(buf, tableID), id[:]...)
}

func (k keyspace) kind(buf []byte, n uint32) []byte {
	return binary.BigEndian.AppendUint32(k.table(buf, tableKind), n)
}

func (k keyspace) posting(buf []byte, n kindNumber, s event.Sequence) []byte {
	buf = binary.BigEndian.AppendUint32(k.table(buf, tablePosts), uint32(n))
	return binary.BigEndian.AppendUint64(buf, uint64(s))
}

func (k keyspace) record(buf []byte, name string) []byte {
	return append(k.table(buf, tableRecord), name...)
}

func (k keyspace) meta(buf []byte) []byte { return k.table(buf, tableMeta) }

// bounds returns the first key of a table and the first behind it.
func (k keyspace) bounds(t table) (lower, upper []byte) {
	return k.table(nil, t), k.table(nil, t+1)
}

// blockFirst returns the version in a block's key.
func blockFirst(key []byte) event.Version {
	return event.Version(binary.BigEndian.Uint64(key[len(key)-versionBytes:]))
}

// blockEntity returns the entity in a block's key, sharing it.
func blockEntity(key []byte) []byte {
	return key[prefixBytes : len(key)-versionBytes-1]
}

// lastNumber returns the number that ends a key of runs, stamps or postings.
func lastNumber(key []byte) uint64 { return binary.BigEndian.Uint64(key[len(key)-8:]) }
