// Package sqlstate holds PostgreSQL's error codes and the one error type that
// carries them to a client.
//
// It knows nothing of the rest of projsql. Rooms that must not know SQL give
// their errors a SQLState method instead; Of reads it.
package sqlstate

import (
	"errors"
	"fmt"
	"strings"
)

// Code is a five-character SQLSTATE.
type Code string

// The codes that projsql uses, with PostgreSQL's condition names
// (https://www.postgresql.org/docs/15/errcodes-appendix.html).
const (
	SuccessfulCompletion              Code = "00000"
	Warning                           Code = "01000"
	PrivilegeNotRevoked               Code = "01006"
	PrivilegeNotGranted               Code = "01007"
	ConnectionFailure                 Code = "08006"
	ProtocolViolation                 Code = "08P01"
	FeatureNotSupported               Code = "0A000"
	CardinalityViolation              Code = "21000"
	DataException                     Code = "22000"
	StringDataRightTruncation         Code = "22001"
	StringDataLengthMismatch          Code = "22026"
	NumericValueOutOfRange            Code = "22003"
	NullValueNotAllowed               Code = "22004"
	ZeroLengthCharacterString         Code = "2200F"
	InvalidDatetimeFormat             Code = "22007"
	DatetimeFieldOverflow             Code = "22008"
	SubstringError                    Code = "22011"
	DivisionByZero                    Code = "22012"
	InvalidPrecedingOrFollowingSize   Code = "22013"
	InvalidArgumentForNtile           Code = "22014"
	IntervalFieldOverflow             Code = "22015"
	InvalidArgumentForNthValue        Code = "22016"
	InvalidEscapeSequence             Code = "22025"
	InvalidParameterValue             Code = "22023"
	InvalidRegularExpression          Code = "2201B"
	InvalidArgumentForLogarithm       Code = "2201E"
	InvalidArgumentForPowerFunction   Code = "2201F"
	InvalidArgumentForWidthBucket     Code = "2201G"
	InvalidRowCountInLimit            Code = "2201W"
	InvalidRowCountInOffset           Code = "2201X"
	CharacterNotInRepertoire          Code = "22021"
	InvalidTablesampleRepeat          Code = "2202G"
	InvalidTablesampleArgument        Code = "2202H"
	ArraySubscriptError               Code = "2202E"
	InvalidTextRepresentation         Code = "22P02"
	InvalidBinaryRepresentation       Code = "22P03"
	BadCopyFileFormat                 Code = "22P04"
	UntranslatableCharacter           Code = "22P05"
	InvalidTimeZoneDisplacementValue  Code = "22009"
	InvalidUseOfEscapeCharacter       Code = "2200C"
	InvalidArgumentForJSONDatetime    Code = "22031"
	InvalidJSONSubscript              Code = "22033"
	NonNumericJSONItem                Code = "22036"
	SingletonJSONItemRequired         Code = "22038"
	JSONArrayNotFound                 Code = "22039"
	JSONMemberNotFound                Code = "2203A"
	JSONNumberNotFound                Code = "2203B"
	JSONObjectNotFound                Code = "2203C"
	NotNullViolation                  Code = "23502"
	UniqueViolation                   Code = "23505"
	CheckViolation                    Code = "23514"
	ActiveSQLTransaction              Code = "25001"
	ReadOnlySQLTransaction            Code = "25006"
	NoActiveSQLTransaction            Code = "25P01"
	InFailedSQLTransaction            Code = "25P02"
	IdleInTransactionSessionTimeout   Code = "25P03"
	InvalidSQLStatementName           Code = "26000"
	InvalidAuthorizationSpecification Code = "28000"
	InvalidPassword                   Code = "28P01"
	InvalidGrantOperation             Code = "0LP01"
	ReservedName                      Code = "42939"
	ObjectInUse                       Code = "55006"
	InvalidCursorName                 Code = "34000"
	InvalidCursorState                Code = "24000"
	InvalidCursorDefinition           Code = "42P11"
	DependentObjectsStillExist        Code = "2BP01"
	SequenceGeneratorLimitExceeded    Code = "2200H"
	ExternalRoutineException          Code = "38000" // a projection written in Go failed
	InvalidSavepointSpecification     Code = "3B001"
	InvalidCatalogName                Code = "3D000"
	InvalidSchemaName                 Code = "3F000"
	SerializationFailure              Code = "40001"
	StatementCompletionUnknown        Code = "40003"
	InsufficientPrivilege             Code = "42501"
	SyntaxError                       Code = "42601"
	InvalidName                       Code = "42602"
	NameTooLong                       Code = "42622"
	DuplicateColumn                   Code = "42701"
	AmbiguousColumn                   Code = "42702"
	UndefinedColumn                   Code = "42703"
	UndefinedObject                   Code = "42704"
	DuplicateObject                   Code = "42710"
	DuplicateAlias                    Code = "42712"
	AmbiguousFunction                 Code = "42725"
	GroupingError                     Code = "42803"
	DatatypeMismatch                  Code = "42804"
	WrongObjectType                   Code = "42809"
	CannotCoerce                      Code = "42846"
	UndefinedFunction                 Code = "42883"
	UndefinedTable                    Code = "42P01"
	UndefinedParameter                Code = "42P02"
	DuplicateCursor                   Code = "42P03"
	DuplicatePreparedStatement        Code = "42P05"
	DuplicateFunction                 Code = "42723"
	DuplicateTable                    Code = "42P07"
	AmbiguousParameter                Code = "42P08"
	InvalidColumnReference            Code = "42P10"
	InvalidColumnDefinition           Code = "42611"
	GeneratedAlways                   Code = "428C9"
	InvalidFunctionDefinition         Code = "42P13"
	InvalidTableDefinition            Code = "42P16"
	InvalidObjectDefinition           Code = "42P17"
	IndeterminateDatatype             Code = "42P18"
	InvalidRecursion                  Code = "42P19"
	WindowingError                    Code = "42P20"
	CollationMismatch                 Code = "42P21"
	IndeterminateCollation            Code = "42P22"
	DiskFull                          Code = "53100" // no room for the log, the store, or temporary files
	OutOfMemory                       Code = "53200" // a statement may not have the memory that it needs, and cannot do with less
	TooManyConnections                Code = "53300"
	ConfigurationLimitExceeded        Code = "53400" // temporary files have grown beyond temp_file_limit, or beyond --temp-files
	ProgramLimitExceeded              Code = "54000"
	StatementTooComplex               Code = "54001"
	TooManyColumns                    Code = "54011"
	TooManyArguments                  Code = "54023"
	ObjectNotInPrerequisiteState      Code = "55000"
	CantChangeRuntimeParam            Code = "55P02"
	UnsafeNewEnumValueUsage           Code = "55P04"
	QueryCanceled                     Code = "57014"
	IdleSessionTimeout                Code = "57P05"
	AdminShutdown                     Code = "57P01"
	CannotConnectNow                  Code = "57P03"
	IOError                           Code = "58030"
	UndefinedFile                     Code = "58P01"
	InternalError                     Code = "XX000"
	DataCorrupted                     Code = "XX001"
	AssertFailure                     Code = "P0004" // an ASSERT does not hold where its transaction reads; not for a retry
	FreshnessNotMet                   Code = "PJ001" // projsql: no reachable replica met WITH FRESHNESS in time
)

// Error is an error that a client can act on. Error values are immutable once
// returned to another package.
type Error struct {
	Code     Code
	Message  string
	Detail   string
	Hint     string
	Position int    // character of the statement text, from 1; 0 = none
	Where    string // context, PostgreSQL's CONTEXT line
	// Query is what a place within counts in that is no place in the statement: the body of a
	// function; "" = none.
	Query         string
	QueryPosition int
	Schema        string
	Table         string
	Column        string
	DataType      string
	// Constraint is the name of the one that a row violates.
	Constraint string
	Cause      error
}

// New returns an error with a formatted message. %q puts a name between double quotes as it is, as PostgreSQL does.
func New(code Code, format string, args ...any) *Error {
	return &Error{Code: code, Message: text(format, args...)}
}

// text formats a message, a detail or a hint.
func text(format string, args ...any) string {
	if false {
		_ = fmt.Sprintf(format, args...) // go vet checks what is handed to text
	}
	return fmt.Sprintf(strings.ReplaceAll(format, "%q", `"%s"`), args...)
}

// Error returns the message alone, as PostgreSQL's primary message.
func (e *Error) Error() string { return e.Message }

// SQLState returns the code.
func (e *Error) SQLState() string { return string(e.Code) }

// Unwrap returns the cause, if any.
func (e *Error) Unwrap() error { return e.Cause }

// At sets the position unless one is set already, and returns e. pos counts
// characters from 1; 0 and less are ignored.
func (e *Error) At(pos int) *Error {
	if e.Position == 0 && pos > 0 {
		e.Position = pos
	}
	return e
}

// InQuery makes the position one in a query that is not the statement, unless it is one already.
func (e *Error) InQuery(text string) *Error {
	if e.Position > 0 && e.Query == "" {
		e.Query, e.QueryPosition = text, e.Position
	}
	e.Position = 0
	return e
}

// WithDetail sets the detail and returns e.
func (e *Error) WithDetail(format string, args ...any) *Error {
	e.Detail = text(format, args...)
	return e
}

// WithHint sets the hint and returns e.
func (e *Error) WithHint(format string, args ...any) *Error {
	e.Hint = text(format, args...)
	return e
}

// Within adds an outer line to the context and returns e.
func (e *Error) Within(line string) *Error {
	if e.Where != "" {
		line = e.Where + "\n" + line
	}
	e.Where = line
	return e
}

// stater is an error of a room that must not know this package.
type stater interface{ SQLState() string }

type detailer interface{ SQLDetail() string }

type hinter interface{ SQLHint() string }

// WithoutPosition is an error as PostgreSQL tells of what it finds while a statement runs.
func WithoutPosition(err error) error {
	e := *Of(err)
	e.Position = 0
	return &e
}

// Of returns what a client is told about err: err itself if it is (or wraps) an
// *Error, an Error with the code, detail and hint of the methods SQLState,
// SQLDetail and SQLHint of the first error in the chain that has them, else
// XX000 with the error's text. Of(nil) is nil.
func Of(err error) *Error {
	if err == nil {
		return nil
	}
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	e := &Error{Code: InternalError, Message: err.Error(), Cause: err}
	var s stater
	if errors.As(err, &s) {
		e.Code = Code(s.SQLState())
	}
	var d detailer
	if errors.As(err, &d) {
		e.Detail = d.SQLDetail()
	}
	var h hinter
	if errors.As(err, &h) {
		e.Hint = h.SQLHint()
	}
	return e
}
