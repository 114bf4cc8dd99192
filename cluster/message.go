package cluster

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"time"

	"github.com/projsql/projsql/storage/event"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// A request from node to node is
//
//	version(1) kind(1) cluster id length(1) cluster id  node id length(1) node id  body
//
// where the node is the one that is asked: another may have taken its address.
// and the response status(1) body: what was asked for, an error as JSON, or the id
// of the leader that should be asked instead, "" if it is not known.
const messageVersion = 1

type requestKind byte

const (
	askTerm     requestKind = iota + 1 // → term(8) applied index(8) wall clock(8), heard of its leader so long ago(8), the leader's id
	askPosition                        // the asker's term(8), its id; older nodes do not tell → position: of the leader, confirmed
	askClose                           // stamp(8) → position, after which the stamp is closed
	askAppend                          // a command's transactions → position, results
	askChange                          // a command's changes → position
	askOperate                         // JSON of an operation → nothing
	askStatus                          // → JSON of a Status
	askDigest                          // JSON of a range of the log → JSON of a digest
)

const (
	answered byte = iota + 1
	answeredError
	answeredNotLeader
)

var errMessage = errors.New("malformed message between nodes")

type request struct {
	kind requestKind
	body []byte
}

func appendRequest(cluster, to string, r request) []byte {
	b := make([]byte, 0, 4+len(cluster)+len(to)+len(r.body))
	b = append(b, messageVersion, byte(r.kind), byte(len(cluster)))
	b = append(append(b, cluster...), byte(len(to)))
	return append(append(b, to...), r.body...)
}

func parseRequest(cluster, own string, b []byte) (request, error) {
	if len(b) < 2 {
		return request{}, errMessage
	}
	if b[0] != messageVersion {
		return request{}, sqlstate.New(sqlstate.FeatureNotSupported, "version %d of messages between nodes is not supported", b[0])
	}
	of, rest, whole := cutShort(b[2:])
	to, body, wholeToo := cutShort(rest)
	switch {
	case !whole || !wholeToo:
		return request{}, errMessage
	case of != cluster:
		return request{}, sqlstate.New(sqlstate.InvalidAuthorizationSpecification, "the request is from a node of another cluster")
	case to != own:
		return request{}, &notLeaderError{}
	}
	return request{kind: requestKind(b[1]), body: body}, nil
}

// cutShort takes a text with its length in a byte off the front.
func cutShort(b []byte) (text string, rest []byte, ok bool) {
	if len(b) == 0 || len(b) < 1+int(b[0]) {
		return "", nil, false
	}
	return string(b[1 : 1+int(b[0])]), b[1+int(b[0]):], true
}

// notLeaderError says who should be asked instead. The request has done nothing.
type notLeaderError struct{ leader string }

func (e *notLeaderError) Error() string { return "the node is not the leader" }

// SQLState returns 57P03.
func (e *notLeaderError) SQLState() string { return string(sqlstate.CannotConnectNow) }

func appendError(b []byte, err error) []byte {
	var other *notLeaderError
	if errors.As(err, &other) {
		return append(append(b, answeredNotLeader), other.leader...)
	}
	return append(append(b, answeredError), encodeError(err)...)
}

// carriedError is an error as it travels. What a session acts on stays what it was.
type carriedError struct {
	Code, Message, Detail, Hint string
	Record                      *event.RecordError   `json:",omitempty"`
	Guard                       *event.GuardError    `json:",omitempty"`
	Premise                     *event.PremiseError  `json:",omitempty"`
	Conflict                    *event.ConflictError `json:",omitempty"`
	Known                       *event.KnownIDError  `json:",omitempty"`
}

func encodeError(err error) []byte {
	e := sqlstate.Of(err)
	c := carriedError{Code: string(e.Code), Message: e.Message, Detail: e.Detail, Hint: e.Hint}
	errors.As(err, &c.Record)
	errors.As(err, &c.Guard)
	errors.As(err, &c.Premise)
	errors.As(err, &c.Conflict)
	errors.As(err, &c.Known)
	b, _ := json.Marshal(c) // strings never fail
	return b
}

func decodeError(b []byte) error {
	var c carriedError
	if json.Unmarshal(b, &c) != nil || c.Code == "" {
		return errMessage
	}
	switch {
	case c.Record != nil:
		return c.Record
	case c.Guard != nil:
		return c.Guard
	case c.Premise != nil:
		return c.Premise
	case c.Conflict != nil:
		return c.Conflict
	case c.Known != nil:
		return c.Known
	}
	e := sqlstate.New(sqlstate.Code(c.Code), "%s", c.Message)
	e.Detail, e.Hint = c.Detail, c.Hint
	return e
}

func parseResponse(b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, errMessage
	}
	switch body := b[1:]; b[0] {
	case answered:
		return body, nil
	case answeredError:
		return nil, decodeError(body)
	case answeredNotLeader:
		return nil, &notLeaderError{leader: string(body)}
	}
	return nil, errMessage
}

func appendStanding(b []byte, s standing) []byte {
	for _, n := range [...]uint64{s.term, s.applied, uint64(s.wall.UnixNano()), uint64(s.heard)} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return append(b, s.follows...)
}

// parseStanding reads what appendStanding wrote; older nodes tell less.
func parseStanding(b []byte) (s standing, err error) {
	if len(b) < 16 {
		return s, errMessage
	}
	s.term, s.applied, s.heard = binary.BigEndian.Uint64(b), binary.BigEndian.Uint64(b[8:]), -1
	if len(b) >= 32 {
		s.wall = time.Unix(0, int64(binary.BigEndian.Uint64(b[16:])))
		s.heard, s.follows = time.Duration(binary.BigEndian.Uint64(b[24:])), string(b[32:])
	}
	return s, nil
}

const positionBytes = 5 * 8

// appendPosition writes a leader's position and the term in which it leads.
func appendPosition(b []byte, term uint64, p position) []byte {
	for _, n := range [...]uint64{term, p.Index, p.Term, uint64(p.Sequence), uint64(p.HLC)} {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return b
}

func parsePosition(b []byte) (term uint64, p position, rest []byte, err error) {
	if len(b) < positionBytes {
		return 0, position{}, nil, errMessage
	}
	at := func(i int) uint64 { return binary.BigEndian.Uint64(b[8*i:]) }
	p = position{Index: at(1), Term: at(2), Sequence: event.Sequence(at(3)), HLC: hlc.Timestamp(at(4))}
	return at(0), p, b[positionBytes:], nil
}

// appendResult writes what became of a transaction: 0 and its receipts, or 1 and why
// it was refused.
func appendResult(b []byte, receipts []event.Receipt, err error) []byte {
	if err != nil {
		e := encodeError(err)
		return append(binary.AppendUvarint(append(b, 1), uint64(len(e))), e...)
	}
	b = binary.AppendUvarint(append(b, 0), uint64(len(receipts)))
	for _, r := range receipts {
		b = binary.AppendUvarint(b, uint64(r.Version))
		b = binary.AppendUvarint(b, uint64(r.Sequence))
		b = binary.AppendUvarint(b, uint64(r.HLC))
		if r.Duplicate {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	return b
}

// results reads what appendResult wrote, until the first error.
type results struct {
	rest []byte
	bad  bool
}

func (r *results) number() uint64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *results) next() (receipts []event.Receipt, err error) {
	refused, n := r.number(), r.number()
	if r.bad || n > uint64(len(r.rest)) {
		return nil, errMessage
	}
	if refused != 0 {
		err = decodeError(r.rest[:n])
		r.rest = r.rest[n:]
		return nil, err
	}
	receipts = make([]event.Receipt, n)
	for i := range receipts {
		receipts[i] = event.Receipt{
			Version: event.Version(r.number()), Sequence: event.Sequence(r.number()),
			HLC: hlc.Timestamp(r.number()), Duplicate: r.number() != 0,
		}
	}
	if r.bad {
		return nil, errMessage
	}
	return receipts, nil
}
