package exec

import (
	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/storage/event"
)

// within is a compiled plan.Within.
type within struct {
	op    string
	value expr.Eval
}

func (r *run) compileWithin(all []plan.Within) (made []within, err error) {
	for _, w := range all {
		value, err := r.compile(w.Value)
		if err != nil {
			return nil, err
		}
		made = append(made, within{w.Op, value})
	}
	return made, nil
}

// entityRange returns the range outside of which no entity meets all; false if none does. What is wrong with a value
// is for the filter to tell, of a row that it is asked about.
func entityRange(all []within, f *expr.Frame) (in projection.Range, some bool) {
	some = true
	for _, w := range all {
		v, err := w.value(f)
		if err != nil {
			continue
		}
		if v.IsNull() {
			return in, false
		}
		one, possible := rangeOf(w.op, v.Str())
		if some = some && possible; some {
			in, some = in.And(one)
		}
	}
	return in, some
}

func rangeOf(op, value string) (in projection.Range, some bool) {
	after := event.Entity(value + "\x00") // the text that comes next
	switch op {
	case "<":
		return projection.Range{To: event.Entity(value)}, value != ""
	case "<=":
		return projection.Range{To: after}, value != ""
	case ">":
		return projection.Range{From: after}, true
	case ">=":
		return projection.Range{From: event.Entity(value)}, true
	case "~~":
		value = likePrefix(value)
	}
	return projection.Range{From: event.Entity(value), To: afterPrefix(value)}, true
}

// likePrefix returns what all texts that match a LIKE pattern begin with.
func likePrefix(p string) string {
	var prefix []byte
	for i := 0; i < len(p) && p[i] != '%' && p[i] != '_'; i++ {
		if p[i] == '\\' {
			if i++; i == len(p) {
				return "" // an error, which some row shows
			}
		}
		prefix = append(prefix, p[i])
	}
	return string(prefix)
}

// afterPrefix returns the first text that comes after all with a prefix; "" if there is none.
func afterPrefix(p string) event.Entity {
	b := []byte(p)
	for len(b) > 0 && b[len(b)-1] == 0xff {
		b = b[:len(b)-1]
	}
	if len(b) > 0 {
		b[len(b)-1]++
	}
	return event.Entity(b)
}

// A range of entities is read one by one where that is surely less than the log: a log that is longer than
// narrowEventsMin is, of at most narrowEntitiesMax, each of which costs as much as some events.
const (
	narrowEventsMin    = 512
	narrowEntitiesMax  = 1024
	narrowEntityEvents = 4
)

// narrow finds the entities of the range, if reading them is the shortest path.
func (p *eventPath) narrow(log event.Reader) {
	last, _ := log.Cut()
	open := p.sequence.low() == 1 && p.sequence.high() == 0
	if p.within == (projection.Range{}) || p.id != nil || p.entities != nil || p.kinds != nil || !open || last < narrowEventsMin {
		return
	}
	found, left := []event.Entity{}, int64(last/2)
	for h, err := range event.HeadsOf(log, p.within.From) {
		if err != nil {
			return // the log tells
		}
		if p.within.To != "" && h.Entity >= p.within.To {
			break
		}
		left -= int64(h.Head.Generation) + narrowEntityEvents
		if left < 0 || len(found) == narrowEntitiesMax {
			return
		}
		found = append(found, h.Entity)
	}
	p.entities = found
}
