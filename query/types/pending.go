package types

import (
	"time"

	"github.com/projsql/projsql/wire/sqlstate"
)

var errPending = sqlstate.New(sqlstate.FeatureNotSupported, "not supported yet")

// Parse is the type's input function, typmod applied. The error has PostgreSQL's
// message and SQLSTATE (22P02, 22003, 22007, 22008 …). The Datum may share s.
func Parse(env *Env, t Type, s string) (Datum, error) { return Null, errPending }

// AppendText appends the type's output function to buf. d must not be NULL.
func AppendText(env *Env, buf []byte, t OID, d Datum) []byte { return buf }

// Text is AppendText as a string; for string types it shares d.
func Text(env *Env, t OID, d Datum) string { return string(AppendText(env, nil, t, d)) }

// DecodeBinary is the type's receive function, typmod applied. Errors: 22P03,
// 22021, 08P01, 0A000 (no binary input for the type). The Datum does not share b.
func DecodeBinary(t Type, b []byte) (Datum, error) { return Null, errPending }

// AppendBinary appends the type's send function to buf. d must not be NULL.
func AppendBinary(buf []byte, t OID, d Datum) []byte { return buf }

// Compare orders two values as the type's btree operator class does (text in C
// collation, NaN greatest); types without one (json) by bytes. Neither may be NULL.
func Compare(t OID, a, b Datum) int { return 0 }

// Equal reports Compare == 0, faster. Neither may be NULL.
func Equal(t OID, a, b Datum) bool { return false }

// Hash is consistent with Equal (1.0 and 1.00 hash alike) and the same in every
// process. d must not be NULL.
func Hash(t OID, d Datum, seed uint64) uint64 { return 0 }

// Clone returns d in memory of its own.
func Clone(d Datum) Datum { return d }

// SizeBytes is the memory d holds, the Datum itself included.
func SizeBytes(d Datum) int { return 24 }

// FormatType is PostgreSQL's format_type: numeric(10,2), character varying(3)[].
func FormatType(t Type) string { return "???" }

// Typmod returns the modifier for the numbers written behind a type's name:
// numeric(10,2) → {10, 2}; interval: the grammar's field mask, then precision.
// Errors: 22023.
func Typmod(t OID, args []int32) (int32, error) { return -1, errPending }

// Coerce applies a type's modifier to a value of that type, as an assignment or
// (explicit) a cast does: rounds numeric and time, cuts or refuses text. Array
// elements too. Errors: 22001, 22003.
func Coerce(t Type, d Datum, explicit bool) (Datum, error) { return d, errPending }

// NumericFromInt returns a numeric with scale 0.
func NumericFromInt(i int64) Datum { return Null }

// NumericFromFloat converts as PostgreSQL's cast from float8 (15 digits) or, with
// bits 32, float4 (6 digits).
func NumericFromFloat(f float64, bits int) Datum { return Null }

// NumericScaled returns coefficient·10^-scale with that display scale (0..16383).
func NumericScaled(coefficient int64, scale int32) Datum { return Null }

// ParseNumeric is numeric's input function without a modifier.
func ParseNumeric(s string) (Datum, error) { return Null, errPending }

// NumericAdd returns a + b; 22003 if it overflows, as the others.
func NumericAdd(a, b Datum) (Datum, error) { return Null, errPending }

// NumericSub returns a - b.
func NumericSub(a, b Datum) (Datum, error) { return Null, errPending }

// NumericMul returns a * b.
func NumericMul(a, b Datum) (Datum, error) { return Null, errPending }

// NumericDiv returns a / b with PostgreSQL's scale; 22012 if b is 0.
func NumericDiv(a, b Datum) (Datum, error) { return Null, errPending }

// NumericDivTrunc is div(a, b): the quotient's integer part.
func NumericDivTrunc(a, b Datum) (Datum, error) { return Null, errPending }

// NumericMod returns a % b, with the sign of a; 22012 if b is 0.
func NumericMod(a, b Datum) (Datum, error) { return Null, errPending }

// NumericNeg returns -a.
func NumericNeg(a Datum) Datum { return a }

// NumericAbs returns |a|.
func NumericAbs(a Datum) Datum { return a }

// NumericSign returns -1, 0 or 1, or NaN's 2.
func NumericSign(a Datum) int { return 0 }

// NumericCmp compares; NaN is greatest and equals itself.
func NumericCmp(a, b Datum) int { return 0 }

// NumericRound rounds half away from zero to scale digits (negative: left of the point).
func NumericRound(a Datum, scale int32) (Datum, error) { return Null, errPending }

// NumericTrunc cuts to scale digits.
func NumericTrunc(a Datum, scale int32) (Datum, error) { return Null, errPending }

// NumericCeil returns ceil(a).
func NumericCeil(a Datum) (Datum, error) { return Null, errPending }

// NumericFloor returns floor(a).
func NumericFloor(a Datum) (Datum, error) { return Null, errPending }

// NumericSqrt returns sqrt(a); 2201F if a is negative.
func NumericSqrt(a Datum) (Datum, error) { return Null, errPending }

// NumericExp returns exp(a).
func NumericExp(a Datum) (Datum, error) { return Null, errPending }

// NumericLn returns ln(a); 2201E if a is not positive.
func NumericLn(a Datum) (Datum, error) { return Null, errPending }

// NumericLog returns the logarithm of a to the base.
func NumericLog(base, a Datum) (Datum, error) { return Null, errPending }

// NumericPower returns a ^ b.
func NumericPower(a, b Datum) (Datum, error) { return Null, errPending }

// NumericScale is scale(a), digits shown behind the point; false for NaN and infinities.
func NumericScale(a Datum) (int32, bool) { return 0, false }

// NumericMinScale is min_scale(a); false for NaN and infinities.
func NumericMinScale(a Datum) (int32, bool) { return 0, false }

// NumericTrimScale is trim_scale(a).
func NumericTrimScale(a Datum) Datum { return a }

// NumericIsNaN reports NaN.
func NumericIsNaN(a Datum) bool { return false }

// NumericIsInf returns 1, -1 or 0.
func NumericIsInf(a Datum) int { return 0 }

// NumericToInt rounds to an integer of the type t (int2, int4, int8); 22003 if it
// does not fit, 0A000 for NaN and infinities.
func NumericToInt(t OID, a Datum) (int64, error) { return 0, errPending }

// NumericToFloat converts to float8 or, with bits 32, float4; 22003 if it does not fit.
func NumericToFloat(a Datum, bits int) (float64, error) { return 0, errPending }

// Civil is a point of local time taken apart. Year 0 is 1 BC.
type Civil struct {
	Year, Month, Day     int
	Hour, Minute, Second int
	Micros               int
}

// Special dates and timestamps.
const (
	DateInfinity     int64 = 1<<31 - 1
	DateMinusInf     int64 = -1 << 31
	TimestampInfin   int64 = 1<<63 - 1
	TimestampMinus   int64 = -1 << 63
	MicrosPerDay     int64 = 86400e6
	UnixEpochMicros  int64 = -946684800e6 // 1970-01-01 as a timestamp
	UnixEpochDay     int64 = -10957       // 1970-01-01 as a date
	timestampMinimum int64 = -211813488000000000
	timestampEnd     int64 = 9223371331200000000
)

// CivilOf takes a timestamp (microseconds since 2000-01-01) apart; it must be finite.
func CivilOf(micros int64) Civil { return Civil{} }

// Micros puts the civil time together, day and month within range; false if it is
// out of timestamp's range.
func (c Civil) Timestamp() (int64, bool) { return 0, false }

// DaysOf returns the date (days since 2000-01-01) of a year (0 = 1 BC), month 1..12, day.
func DaysOf(year, month, day int) int64 { return 0 }

// LocalOf converts a timestamptz to the local timestamp in loc (nil = UTC).
func LocalOf(micros int64, loc *time.Location) int64 { return 0 }

// InstantOf converts a local timestamp in loc to a timestamptz, resolving gaps and
// overlaps as PostgreSQL does; 22008 if out of range.
func InstantOf(local int64, loc *time.Location) (int64, error) { return 0, errPending }

// TimestampAdd returns a timestamp plus an interval; 22008 if out of range.
func TimestampAdd(ts int64, i Interval) (int64, error) { return 0, errPending }

// TimestamptzAdd is TimestampAdd with days and months counted in loc.
func TimestamptzAdd(ts int64, i Interval, loc *time.Location) (int64, error) { return 0, errPending }

// TimestampSub returns a - b as days and microseconds; 22008 for infinities.
func TimestampSub(a, b int64) (Interval, error) { return Interval{}, errPending }

// TimestampAge returns age(a, b) in years, months, days; for timestamptz hand in
// local timestamps.
func TimestampAge(a, b int64) (Interval, error) { return Interval{}, errPending }

// IntervalAdd returns a + b; 22008 if out of range, as the others.
func IntervalAdd(a, b Interval) (Interval, error) { return Interval{}, errPending }

// IntervalSub returns a - b.
func IntervalSub(a, b Interval) (Interval, error) { return Interval{}, errPending }

// IntervalNeg returns -a.
func IntervalNeg(a Interval) (Interval, error) { return Interval{}, errPending }

// IntervalMul returns a * f, fractions cascading down as in PostgreSQL.
func IntervalMul(a Interval, f float64) (Interval, error) { return Interval{}, errPending }

// IntervalDiv returns a / f; 22012 if f is 0.
func IntervalDiv(a Interval, f float64) (Interval, error) { return Interval{}, errPending }

// IntervalCmp compares with months of 30 days and days of 24 hours.
func IntervalCmp(a, b Interval) int { return 0 }

// JustifyHours, JustifyDays and Justify are PostgreSQL's justify_hours,
// justify_days and justify_interval.
func JustifyHours(a Interval) (Interval, error) { return Interval{}, errPending }

// JustifyDays: see JustifyHours.
func JustifyDays(a Interval) (Interval, error) { return Interval{}, errPending }

// Justify: see JustifyHours.
func Justify(a Interval) (Interval, error) { return Interval{}, errPending }

// DateTrunc is date_trunc on a local timestamp; 22023 for an unknown unit.
func DateTrunc(unit string, ts int64) (int64, error) { return 0, errPending }

// IntervalTrunc is date_trunc on an interval.
func IntervalTrunc(unit string, i Interval) (Interval, error) { return Interval{}, errPending }

// Extract is extract(field FROM value) for date, time, timetz, timestamp,
// timestamptz (local in env's zone) and interval: a numeric. 22023, 0A000.
func Extract(env *Env, field string, t OID, d Datum) (Datum, error) { return Null, errPending }

// LoadZone finds a time zone by the names SET TIME ZONE accepts: IANA names in any
// case, offsets (+02, -3:30), POSIX abbreviations; 22023.
func LoadZone(name string) (*time.Location, error) { return nil, errPending }

// ToJSON returns to_json's text of a value.
func ToJSON(env *Env, t OID, d Datum) (string, error) { return "", errPending }

// ToJSONB returns to_jsonb's encoding of a value (package jsonb).
func ToJSONB(env *Env, t OID, d Datum) (Datum, error) { return Null, errPending }
