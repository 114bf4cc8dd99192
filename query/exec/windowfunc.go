package exec

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// windowFunctions are the functions that are no aggregates.
var windowFunctions = map[string]func(c *windowCall, w *window, p *peers, i int) (types.Datum, error){
	"row_number": func(_ *windowCall, _ *window, p *peers, i int) (types.Datum, error) {
		return types.Int(int64(i - p.low + 1)), nil
	},
	"rank": func(_ *windowCall, _ *window, p *peers, _ int) (types.Datum, error) {
		return types.Int(int64(p.first - p.low + 1)), nil
	},
	"dense_rank": func(_ *windowCall, _ *window, p *peers, _ int) (types.Datum, error) {
		return types.Int(int64(p.rank)), nil
	},
	"percent_rank": func(_ *windowCall, _ *window, p *peers, _ int) (types.Datum, error) {
		if p.high-p.low == 1 {
			return types.Float(0), nil
		}
		return types.Float(float64(p.first-p.low) / float64(p.high-p.low-1)), nil
	},
	"cume_dist": func(_ *windowCall, _ *window, p *peers, _ int) (types.Datum, error) {
		return types.Float(float64(p.last-p.low) / float64(p.high-p.low)), nil
	},
	"ntile":       ntile,
	"lag":         func(c *windowCall, w *window, p *peers, i int) (types.Datum, error) { return c.shifted(w, p, i, -1) },
	"lead":        func(c *windowCall, w *window, p *peers, i int) (types.Datum, error) { return c.shifted(w, p, i, 1) },
	"first_value": func(c *windowCall, w *window, p *peers, _ int) (types.Datum, error) { return c.nth(w, p, 0) },
	"last_value": func(c *windowCall, w *window, p *peers, _ int) (types.Datum, error) {
		if len(p.frame) == 0 {
			return types.Null, nil
		}
		return c.arg(w, 0, p.frame[len(p.frame)-1].high-1)
	},
	"nth_value": nthValue,
}

// arg is the value of an argument at a row.
func (c *windowCall) arg(w *window, n, row int) (types.Datum, error) {
	w.frame.Row = w.store.row(row)
	return c.args.evals[n](&w.frame)
}

// shifted is lag (sign -1) and lead.
func (c *windowCall) shifted(w *window, p *peers, i, sign int) (types.Datum, error) {
	offset := int64(1)
	if len(c.args.evals) > 1 {
		v, err := c.arg(w, 1, i)
		if err != nil || v.IsNull() {
			return types.Null, err
		}
		offset = v.Int()
	}
	at := int64(i) + int64(sign)*offset
	if at >= int64(p.low) && at < int64(p.high) {
		return c.arg(w, 0, int(at))
	}
	if len(c.args.evals) > 2 {
		return c.arg(w, 2, i)
	}
	return types.Null, nil
}

// ntile spreads a partition over buckets; the first ones take the remainder. The
// number of buckets is that of the partition's first row.
func ntile(c *windowCall, w *window, p *peers, i int) (types.Datum, error) {
	v, err := c.arg(w, 0, p.low)
	if err != nil || v.IsNull() {
		return types.Null, err
	}
	buckets := v.Int()
	if buckets <= 0 {
		return types.Null, sqlstate.New(sqlstate.InvalidArgumentForNtile, "argument of ntile must be greater than zero")
	}
	rows, at := int64(p.high-p.low), int64(i-p.low)
	size, more := rows/buckets, rows%buckets
	if at < more*(size+1) {
		return types.Int(at/(size+1) + 1), nil
	}
	return types.Int(more + (at-more*(size+1))/size + 1), nil
}

func nthValue(c *windowCall, w *window, p *peers, i int) (types.Datum, error) {
	v, err := c.arg(w, 1, i)
	if err != nil || v.IsNull() {
		return types.Null, err
	}
	n := v.Int()
	if n <= 0 {
		return types.Null, sqlstate.New(sqlstate.InvalidArgumentForNthValue, "argument of nth_value must be greater than zero")
	}
	return c.nth(w, p, n-1)
}

// nth is the argument at a row of the frame, from 0; NULL behind its end.
func (c *windowCall) nth(w *window, p *peers, n int64) (types.Datum, error) {
	for _, s := range p.frame {
		if rows := int64(s.high - s.low); n >= rows {
			n -= rows
			continue
		}
		return c.arg(w, 0, s.low+int(n))
	}
	return types.Null, nil
}
