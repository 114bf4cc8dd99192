// Package freshness makes of what a statement writes about its freshness, in a clause, a
// hint or an argument, what a read is asked with. The words are those of query/parse, the
// values PostgreSQL's.
package freshness

import (
	"strconv"
	"time"

	"github.com/projsql/projsql/cluster/hop"
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

const (
	dayMicros   = 24 * 3600 * 1_000_000
	monthMicros = 30 * dayMicros // as PostgreSQL compares intervals
)

// OfStatement is what a statement says about its freshness: the clause or
// hint first, then its named arguments. nil: the session's setting decides.
func OfStatement(text string, clause *parse.Freshness, named []plan.FreshnessArgument) (*parse.Freshness, error) {
	var first *parse.Freshness
	for _, a := range named {
		f, err := parse.ParseFreshness(a.Text)
		if err != nil {
			e := *sqlstate.Of(err)
			e.Position = parse.Position(text, a.Position)
			return nil, &e
		}
		if first != nil && !first.Equal(f) {
			return nil, sqlstate.New(sqlstate.SyntaxError, "conflicting freshness arguments").
				At(parse.Position(text, a.Position)).
				WithDetail("Every relation of a statement is read at one position.")
		}
		first = f
	}
	if clause != nil {
		return clause, nil
	}
	return first, nil
}

// TypeOfParam gives the type of a parameter in a freshness clause that the
// client left open.
func TypeOfParam(f *parse.Freshness) types.OID {
	switch f.Level {
	case projection.MaybeStale:
		return types.IntervalOID
	case projection.AtCut:
		return types.ByteaOID
	case projection.AsOfOccurred:
		return types.TimestamptzOID
	}
	return types.Int8OID
}

// Fixed converts a freshness without parameters.
func Fixed(env *types.Env, f *parse.Freshness) (projection.Freshness, error) {
	return Of(env, f, nil, nil)
}

// Of converts a freshness as written; params and their types are the
// statement's.
func Of(env *types.Env, f *parse.Freshness, params []types.Datum, kinds []types.OID) (projection.Freshness, error) {
	to := projection.Freshness{Level: f.Level, AgeMax: f.Age, Wait: projection.WaitDefault, OccurredAt: event.NoTime}
	switch f.OnStale {
	case parse.WaitOnStale:
		to.Wait = f.Wait
	case parse.ErrorOnStale:
		to.ErrorOnStale = true
	}
	if f.Level == projection.Consistent || (f.Level == projection.MaybeStale && f.Value.Kind == parse.NoValue) {
		return to, nil
	}
	a := argument{env: env, value: f.Value}
	if err := a.bind(params, kinds); err != nil {
		return to, err
	}
	return to, a.store(&to)
}

// argument is the value of a clause: text with the type it was given.
type argument struct {
	env   *types.Env
	value parse.Value
	datum types.Datum
	kind  types.OID // UnknownOID: text of a literal
}

func (a *argument) bind(params []types.Datum, kinds []types.OID) error {
	a.kind = types.UnknownOID
	switch a.value.Kind {
	case parse.NumberValue:
		a.datum, a.kind = types.Int(a.value.Int), types.Int8OID
		return nil
	case parse.StringValue:
		a.datum = types.String(a.value.Text)
		return nil
	}
	n := a.value.Param
	if n < 1 || n > len(params) {
		return sqlstate.New(sqlstate.UndefinedParameter, "there is no parameter $%d", n)
	}
	if params[n-1].IsNull() {
		return sqlstate.New(sqlstate.NullValueNotAllowed, "freshness argument must not be null")
	}
	a.datum, a.kind = params[n-1], kinds[n-1]
	if a.kind == types.TextOID || a.kind == types.VarcharOID {
		a.kind = types.UnknownOID
	}
	return nil
}

func (a *argument) store(to *projection.Freshness) (err error) {
	switch to.Level {
	case projection.MaybeStale:
		to.AgeMax, err = a.age()
	case projection.AtLeast:
		to.HLC, err = a.stamp()
	case projection.AsOfHLC:
		to.HLC, err = a.stampOrTime()
	case projection.AsOfSequence:
		var n uint64
		n, err = a.number()
		to.Sequence = event.Sequence(n)
	case projection.AsOfOccurred:
		var t int64
		t, err = a.time()
		to.OccurredAt = event.Micros(t)
	case projection.AtCut:
		to.Given, err = a.given()
	}
	return err
}

// given is the cut of a statement that another node sends.
func (a *argument) given() (*projection.Given, error) {
	if a.kind != types.ByteaOID {
		return nil, a.mismatch("bytea")
	}
	g, err := hop.ParseGiven(a.datum.Str())
	if err != nil {
		return nil, sqlstate.New(sqlstate.InvalidParameterValue, "%v", err)
	}
	return g, nil
}

func (a *argument) age() (time.Duration, error) {
	if integer(a.kind) {
		return ageOf(a.datum.Int() * 1000)
	}
	d := a.datum
	if a.kind == types.UnknownOID {
		if ms, err := strconv.ParseInt(d.Str(), 10, 32); err == nil {
			return ageOf(ms * 1000)
		}
		var err error
		if d, err = types.Parse(a.env, types.Of(types.IntervalOID), d.Str()); err != nil {
			return 0, err
		}
	} else if a.kind != types.IntervalOID {
		return 0, a.mismatch("interval")
	}
	i := d.Interval()
	if max(i.Months, -i.Months) > 1200 || max(i.Days, -i.Days) > 36_500 {
		return ageOf(1200 * monthMicros)
	}
	return ageOf(int64(i.Months)*monthMicros + int64(i.Days)*dayMicros + i.Micros)
}

func ageOf(micros int64) (time.Duration, error) {
	if micros < 0 {
		return 0, sqlstate.New(sqlstate.InvalidParameterValue, "staleness must not be negative")
	}
	return time.Duration(min(micros, 1200*monthMicros)) * time.Microsecond, nil
}

func (a *argument) stamp() (hlc.Timestamp, error) {
	n, err := a.number()
	return hlc.Timestamp(n), err
}

// stampOrTime reads an HLC, or a time: then the last stamp of its millisecond.
func (a *argument) stampOrTime() (hlc.Timestamp, error) {
	if a.kind == types.TimestamptzOID || (a.kind == types.UnknownOID && !digits(a.datum.Str())) {
		micros, err := a.time()
		if err != nil {
			return 0, err
		}
		if micros < 0 {
			return 0, nil
		}
		return hlc.New(micros/1000, 1<<16-1), nil
	}
	return a.stamp()
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

func (a *argument) number() (uint64, error) {
	var n int64
	switch {
	case integer(a.kind):
		n = a.datum.Int()
	case a.kind == types.UnknownOID:
		var err error
		if n, err = strconv.ParseInt(a.datum.Str(), 10, 64); err != nil {
			return 0, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type bigint: %q", a.datum.Str())
		}
	default:
		return 0, a.mismatch("bigint")
	}
	if n < 0 {
		return 0, sqlstate.New(sqlstate.InvalidParameterValue, "position must not be negative")
	}
	return uint64(n), nil
}

// time returns Unix microseconds.
func (a *argument) time() (int64, error) {
	d := a.datum
	switch a.kind {
	case types.TimestamptzOID:
	case types.UnknownOID:
		var err error
		if d, err = types.Parse(a.env, types.Of(types.TimestamptzOID), d.Str()); err != nil {
			return 0, err
		}
	default:
		return 0, a.mismatch("timestamp with time zone")
	}
	return types.UnixMicros(d.Int()), nil
}

func (a *argument) mismatch(want string) error {
	return sqlstate.New(sqlstate.DatatypeMismatch, "argument of WITH FRESHNESS must be type %s, not type %s", want, types.TypeName(a.kind))
}

func integer(t types.OID) bool {
	return t == types.Int8OID || t == types.Int4OID || t == types.Int2OID
}

// Patience reads the timeout of a wait: an interval, milliseconds, or a text of either.
func Patience(env *types.Env, timeout types.Datum, kind types.OID) (time.Duration, error) {
	if integer(kind) {
		const msMax = 1200 * monthMicros / 1000
		timeout = types.Int(min(timeout.Int(), msMax))
	}
	a := argument{env: env, datum: timeout, kind: kind}
	d, err := a.age()
	if err != nil && sqlstate.Of(err).Code == sqlstate.InvalidParameterValue {
		err = sqlstate.New(sqlstate.InvalidParameterValue, "timeout must not be negative")
	}
	return d, err
}
