package guard

import (
	"strings"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
)

// condition translates a bound condition over the columns of events.
type condition struct {
	reading Reading
	exact   bool // nothing was left out
	err     error
}

// node returns what is true of every event of which e is true (not: is false).
func (c *condition) node(e expr.Expr, not bool) *node {
	if e == nil {
		return always
	}
	if free(e) {
		return c.constant(e, not)
	}
	switch e := e.(type) {
	case *expr.And:
		return c.junction(e.Args, not, !not)
	case *expr.Or:
		return c.junction(e.Args, not, not)
	case *expr.Not:
		return c.node(e.Arg, !not)
	case *expr.BooleanTest:
		if !not && !e.Not && !e.Want.IsNull() && e.Want.Bool() {
			return c.node(e.Arg, false) // IS TRUE
		}
	case *expr.NullTest:
		return c.nullTest(e, not)
	case *expr.ScalarArray:
		return c.array(e, not)
	case *expr.Call:
		return c.operator(e, not)
	}
	return c.unknown()
}

// unknown stands for a condition that the language has not.
func (c *condition) unknown() *node {
	c.exact = false
	return always
}

func (c *condition) junction(args []expr.Expr, not, and bool) *node {
	made := make([]*node, len(args))
	for i, a := range args {
		made[i] = c.node(a, not)
	}
	if and {
		return conjunction(made...)
	}
	return disjunction(made...)
}

func (c *condition) constant(e expr.Expr, not bool) *node {
	v := c.eval(e)
	if v.IsNull() || v.Bool() == not {
		return never
	}
	return always
}

// eval returns the value of a part without columns; NULL after an error.
func (c *condition) eval(e expr.Expr) types.Datum {
	v, err := c.reading.Value(e)
	if err != nil {
		c.err = err
		return types.Null
	}
	return v
}

// nullTest translates IS NULL of a column, or of a text in a document.
func (c *condition) nullTest(e *expr.NullTest, not bool) *node {
	o, ok := c.operand(e.Arg)
	if !ok || !o.isText && len(o.path) > 0 {
		return c.unknown()
	}
	return &node{op: opNull, not: not != e.Not, column: o.column, path: o.path}
}

// array translates = ANY and <> ALL, which IN becomes.
func (c *condition) array(e *expr.ScalarArray, not bool) *node {
	equality := e.Op == "=" && !e.All
	if !equality && (e.Op != "<>" || !e.All) || !free(e.Right) {
		return c.unknown()
	}
	if !equality {
		not = !not
	}
	v := c.eval(e.Right)
	if v.IsNull() {
		return never
	}
	var tests []*node
	for _, item := range v.Pointer().(*types.Array).Items {
		t := c.compare(e.Left, "=", item, types.ElemOf(e.Right.Type().OID), not)
		tests = append(tests, t)
	}
	if not {
		return conjunction(tests...)
	}
	return disjunction(tests...)
}

var mirrored = map[string]string{"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func (c *condition) operator(e *expr.Call, not bool) *node {
	if e.Op == nil || len(e.Args) != 2 {
		return c.unknown()
	}
	name, left, right := e.Op.Name, e.Args[0], e.Args[1]
	if free(left) && mirrored[name] != "" {
		name, left, right = mirrored[name], right, left
	}
	if !free(right) {
		return c.unknown()
	}
	return c.compare(left, name, c.eval(right), plain(right).Type().OID, not)
}

// compare translates a test of an operand against a value.
func (c *condition) compare(left expr.Expr, op string, v types.Datum, t types.OID, not bool) *node {
	o, ok := c.operand(left)
	if !ok {
		return c.unknown()
	}
	if v.IsNull() {
		return never // operators are strict
	}
	n := &node{not: not, column: o.column, path: o.path}
	switch {
	case o.isText && t == types.TextOID:
		ok = n.text(op, v.Str())
	case o.oid == types.UUIDOID && t == types.UUIDOID:
		ok = n.compare(op) && n.setText(opText, v.Str())
	case o.oid == types.Int8OID && (t == types.Int2OID || t == types.Int4OID || t == types.Int8OID):
		ok = n.compare(op) && n.setNumber(v.Int())
	case o.oid == types.TimestamptzOID && t == types.TimestamptzOID:
		ok = n.compare(op) && n.setNumber(types.UnixMicros(v.Int()))
	case o.oid == types.JSONBOID && op == "@>" && t == types.JSONBOID:
		ok = n.setText(opContains, v.Str())
	case o.oid == types.JSONBOID && op == "?" && t == types.TextOID:
		ok = n.setText(opKey, v.Str())
	default:
		ok = false
	}
	if !ok {
		return c.unknown()
	}
	return n
}

// text makes n a test of a text; false if the language has no such test.
func (n *node) text(op, value string) bool {
	switch op {
	case "~~":
		return n.like(value)
	case "!~~":
		n.not = !n.not
		return n.like(value)
	case "^@":
		return n.setText(opPrefix, value)
	}
	return n.compare(op) && n.setText(opText, value)
}

// like translates LIKE 'text' and LIKE 'text%'.
func (n *node) like(pattern string) bool {
	fixed, isPrefix := strings.CutSuffix(pattern, "%")
	if strings.ContainsAny(fixed, `%_\`) {
		return false
	}
	if isPrefix {
		return n.setText(opPrefix, fixed)
	}
	n.how = equal
	return n.setText(opText, fixed)
}

func (n *node) compare(op string) bool {
	if op == "<>" {
		op, n.not = "=", !n.not
	}
	how, ok := map[string]comparison{"=": equal, "<": less, "<=": atMost, ">": more, ">=": atLeast}[op]
	n.how = how
	return ok
}

func (n *node) setText(o op, value string) bool { n.op, n.value = o, value; return true }

func (n *node) setNumber(i int64) bool { n.op, n.number = opInteger, i; return true }

// operand is a column of events, or a path into a document.
type operand struct {
	column column
	path   []string
	oid    types.OID
	isText bool
}

var columns = map[string]column{
	"entity": colEntity, "kind": colKind, "recorded_by": colRecordedBy, "event_id": colID,
	"correlation_id": colCorrelation, "causation_id": colCausation, "data": colData, "metadata": colMetadata,
	"version": colVersion, "sequence": colSequence, "hlc": colHLC,
	"occurred_at": colOccurredAt, "recorded_at": colRecordedAt,
}

func (c *condition) operand(e expr.Expr) (operand, bool) {
	switch e := plain(e).(type) {
	case *expr.Column:
		col, ok := columns[e.Name]
		oid := e.Type().OID
		ok = ok && !(col.isDocument() && c.reading.Reshaped)
		return operand{column: col, oid: oid, isText: oid == types.TextOID}, ok
	case *expr.Call:
		return c.pathOperand(e)
	}
	return operand{}, false
}

// pathOperand reads data->'a'->>'b': keys of objects, not numbers of arrays.
func (c *condition) pathOperand(e *expr.Call) (operand, bool) {
	if e.Op == nil || len(e.Args) != 2 || e.Op.Name != "->" && e.Op.Name != "->>" {
		return operand{}, false
	}
	o, ok := c.operand(e.Args[0])
	key := e.Args[1]
	if !ok || o.oid != types.JSONBOID || key.Type().OID != types.TextOID || !free(key) {
		return operand{}, false
	}
	v := c.eval(key)
	if v.IsNull() {
		return operand{}, false
	}
	o.path = append(o.path, v.Str())
	o.oid, o.isText = e.Type().OID, e.Op.Name == "->>"
	return o, true
}

// plain strips what changes no value.
func plain(e expr.Expr) expr.Expr {
	for {
		r, ok := e.(*expr.Relabel)
		if !ok {
			return e
		}
		e = r.Arg
	}
}

// free reports whether an expression is the same for all events.
func free(e expr.Expr) bool {
	found := false
	expr.Walk(e, func(e expr.Expr) bool {
		_, isColumn := e.(*expr.Column)
		found = found || isColumn
		return !found
	})
	return !found
}
