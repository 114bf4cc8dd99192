package types

import (
	"time"

	"github.com/projsql/projsql/wire/sqlstate"
)

// DateFormat is the first word of the setting DateStyle.
type DateFormat uint8

// Date formats; the zero value is ISO.
const (
	DateISO DateFormat = iota
	DateSQL
	DatePostgres
	DateGerman
)

// DateOrder is the second word of DateStyle: how 01/02/03 is read.
type DateOrder uint8

// Date orders; the zero value is MDY.
const (
	OrderMDY DateOrder = iota
	OrderDMY
	OrderYMD
)

// IntervalFormat is the setting IntervalStyle.
type IntervalFormat uint8

// Interval formats; the zero value is postgres.
const (
	IntervalPostgres IntervalFormat = iota
	IntervalPostgresVerbose
	IntervalSQLStandard
	IntervalISO8601
)

// Registry names the objects that reg* values stand for. An unknown OID has no
// name and is printed as its number.
type Registry interface {
	// RegName returns the text of oid as the type t (regclass, regtype …) prints it.
	RegName(t OID, oid uint32) (string, bool)
	// RegOID finds the object; its error is PostgreSQL's (42P01, 42704, 42883 …).
	RegOID(t OID, name string) (uint32, error)
	// TypeNamed finds a type that the session has defined; "" is any schema. nil if there
	// is none.
	TypeNamed(schema, name string) *TypeInfo
	// SchemaOf returns the schema that a qualified name says, "" if it says none. Errors: 3F000,
	// 42601 of more than three parts, 0A000 of another database.
	SchemaOf(parts []string) (string, error)
}

// Env is what text input and output depend on beside the value. A nil *Env is
// valid and means the defaults of NewEnv. An Env is not changed here and may be
// shared while nobody changes it.
type Env struct {
	TimeZone         *time.Location // nil = UTC
	Date             DateFormat
	Order            DateOrder
	Interval         IntervalFormat
	ByteaEscape      bool      // bytea_output = escape
	ExtraFloatDigits int       // PostgreSQL's default is 1: shortest exact
	Now              time.Time // start of the transaction, for 'now', 'today'; zero refuses them
	// Present, where Now is zero, is asked by 'now', 'today', 'tomorrow' and 'yesterday';
	// nil refuses them. What has asked is good for that moment only.
	Present  func() time.Time
	Registry Registry // nil: reg* know types only
	// Warn takes what PostgreSQL warns of as a statement is bound; nil: nobody asks.
	Warn func(*sqlstate.Error)
}

// NewEnv returns PostgreSQL's defaults: UTC, ISO, MDY, postgres, hex, 1.
func NewEnv() *Env { return &Env{TimeZone: time.UTC, ExtraFloatDigits: 1} }
