package expr

import (
	"strings"

	"github.com/projsql/projsql/query/types"
)

// SQL writes an expression over the columns of one table as PostgreSQL's catalogs show it:
// with its implicit casts and, unless it is to be pretty, every parenthesis. ok is false if
// it has a part that is not written here. to is the type that the value is made of, which
// shows in parentheses alone.
func SQL(env *types.Env, e Expr, to types.Type, pretty bool) (text string, ok bool) {
	w := &sqlWriter{env: env, pretty: pretty}
	if e.Type() != to && (e.Type().OID != to.OID || to.Mod != -1) {
		w.operand(e, &Relabel{})
	} else {
		w.expr(e)
	}
	return w.String(), !w.beyond
}

// SQLOver is SQL over several tables: name writes what is a column, stands for one, or is written
// in another way. Lines begin so far in.
func SQLOver(env *types.Env, e Expr, name func(e Expr, indent int) (string, bool), pretty bool, indent int) (text string, ok bool) {
	w := &sqlWriter{env: env, pretty: pretty, name: name, indent: indent}
	w.expr(e)
	return w.String(), !w.beyond
}

// IsFunction reports whether PostgreSQL has an expression as the call of a function, in
// whatever syntax.
func IsFunction(e Expr) bool {
	switch e := written(e).(type) {
	case *Call:
		return e.Op == nil
	case *Length:
		return true
	}
	return false
}

// LooksLikeFunction reports whether SQL writes an expression as a call.
func LooksLikeFunction(e Expr) bool {
	switch e := written(e).(type) {
	case *Call:
		return e.Op == nil && !e.Cast
	case *Coalesce, *MinMax, *NullIf:
		return true
	}
	return false
}

// sqlWriter follows PostgreSQL's ruleutils: what is in parentheses, and what is a cast.
type sqlWriter struct {
	strings.Builder
	env    *types.Env
	pretty bool
	name   func(Expr, int) (string, bool) // nil: columns are those of one table
	indent int
	beyond bool
}

// list writes expressions with commas between.
func (w *sqlWriter) list(before string, all []Expr, after string) {
	w.WriteString(before)
	for i, e := range all {
		if i > 0 {
			w.WriteString(", ")
		}
		w.expr(e)
	}
	w.WriteString(after)
}

// outer writes the parenthesis that stands around an operation unless it is to be pretty.
func (w *sqlWriter) outer(c byte) {
	if !w.pretty {
		w.WriteByte(c)
	}
}

// operand writes what an operation is about.
func (w *sqlWriter) operand(e, parent Expr) {
	if w.pretty && !plainOperand(e, parent) {
		w.WriteByte('(')
		w.expr(e)
		w.WriteByte(')')
		return
	}
	w.expr(e)
}

// joined writes operands with a word between, as an operation.
func (w *sqlWriter) joined(all []Expr, word string, parent Expr) {
	w.outer('(')
	for i, e := range all {
		if i > 0 {
			w.WriteString(word)
		}
		w.operand(e, parent)
	}
	w.outer(')')
}

// tested writes an operand with a test behind it.
func (w *sqlWriter) tested(arg Expr, test string, parent Expr) {
	w.outer('(')
	w.operand(arg, parent)
	w.WriteString(test)
	w.outer(')')
}

func (w *sqlWriter) expr(e Expr) {
	if w.name != nil {
		if text, ok := w.name(e, w.indent); ok {
			w.WriteString(text)
			return
		}
	}
	switch e := written(e).(type) {
	case *Column:
		w.beyond = w.beyond || w.name != nil // of which of the tables it is was for name to say
		w.WriteString(QuoteIdent(e.Name))
	case *Const:
		w.constant(e, true)
	case *collateExpr:
		w.tested(e.Arg, " COLLATE "+QuoteIdent(e.name), e)
	case *Call:
		w.call(e)
	case *And:
		w.joined(e.Args, " AND ", e)
	case *Or:
		w.joined(e.Args, " OR ", e)
	case *Not:
		w.outer('(')
		w.WriteString("NOT ")
		w.operand(e.Arg, e)
		w.outer(')')
	case *NullTest:
		w.tested(e.Arg, " "+e.Words(), e)
	case *BooleanTest:
		w.tested(e.Arg, booleanTest(e), e)
	case *Distinct:
		w.distinct(e)
	case *NullIf:
		w.list("NULLIF(", e.Children(), ")")
	case *Coalesce:
		w.list("COALESCE(", e.Args, ")")
	case *MinMax:
		w.list(map[bool]string{true: "GREATEST(", false: "LEAST("}[e.Max], e.Args, ")")
	case *Row:
		w.list("ROW(", e.Args, ")")
	case *Array:
		w.list("ARRAY[", e.Args, "]")
		if len(e.Args) == 0 {
			w.WriteString("::" + types.FormatType(e.typ))
		}
	case *ScalarArray:
		w.scalarArray(e)
	case *Case:
		w.cases(e)
	case *Relabel, *IOCast, *ArrayCast, *Length:
		w.cast(e)
	default:
		w.beyond = true
	}
}

func booleanTest(e *BooleanTest) string {
	word := "UNKNOWN"
	switch {
	case e.Want.IsNull():
	case e.Want.Bool():
		word = "TRUE"
	default:
		word = "FALSE"
	}
	if e.Not {
		word = "NOT " + word
	}
	return " IS " + word
}

// distinct writes IS NOT DISTINCT FROM as the negation that it is parsed as.
func (w *sqlWriter) distinct(e *Distinct) {
	if e.Not {
		same := *e
		same.Not = false
		w.expr(NewNot(&same))
		return
	}
	w.joined(e.Children(), " IS DISTINCT FROM ", e)
}

func (w *sqlWriter) scalarArray(e *ScalarArray) {
	w.outer('(')
	w.operand(e.Left, e)
	w.WriteString(" " + e.Op + map[bool]string{true: " ALL (", false: " ANY ("}[e.All])
	w.operand(e.Right, e)
	w.WriteByte(')')
	w.outer(')')
}

// constant writes a value, with its type unless that shows.
func (w *sqlWriter) constant(e *Const, typed bool) {
	name := "::" + types.FormatType(e.typ)
	if e.Value.IsNull() {
		w.WriteString("NULL")
		if typed {
			w.WriteString(name)
		}
		return
	}
	text, quote := types.Text(w.env, e.typ.OID, e.Value), true
	switch e.typ.OID {
	case types.BoolOID:
		text, quote, typed = map[bool]string{true: "true", false: "false"}[e.Value.Bool()], false, false
	case types.Int4OID:
		quote = text[0] == '-'
		typed = typed && quote
	case types.NumericOID:
		quote = text[0] < '0' || text[0] > '9' || !strings.ContainsAny(text, "eE.")
		typed = typed && (quote || e.typ.Mod >= 0)
	case types.UnknownOID:
		typed = false
	}
	if quote { // never as E'…'
		text = "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	w.WriteString(text)
	if typed {
		w.WriteString(name)
	}
}

// syntaxFunctions are functions that have a syntax of their own beside the usual one: a call
// does not tell which it was written in.
var syntaxFunctions = map[string]bool{
	"timezone": true, "substring": true, "overlay": true, "position": true, "btrim": true, "ltrim": true, "rtrim": true,
	"normalize": true, "is_normalized": true, "overlaps": true, "pg_collation_for": true,
}

func (w *sqlWriter) call(e *Call) {
	name := e.Proc.Row.Name
	switch {
	case e.Cast:
		w.cast(e)
	case e.Op != nil && len(e.Args) == 1:
		w.outer('(')
		w.WriteString(e.Op.Name + " ")
		w.operand(e.Args[0], e)
		w.outer(')')
	case e.Op != nil:
		w.joined(e.Args, " "+e.Op.Name+" ", e)
	case e.Proc.Row.Variadic != 0 || syntaxFunctions[name] || e.Proc.Row.OID >= firstOwnFunction:
		w.beyond = true
	case name == "extract":
		field, ok := e.Args[0].(*Const)
		w.beyond = w.beyond || !ok
		if ok {
			w.list("EXTRACT("+QuoteIdent(field.Value.Str())+" FROM ", e.Args[1:], ")")
		}
	default:
		w.list(QuoteIdent(name)+"(", e.Args, ")")
	}
}

// firstOwnFunction is where the OIDs of functions begin that PostgreSQL has not.
const firstOwnFunction = 12_000

// cast writes a conversion; one that only fits the length of another is one with it.
func (w *sqlWriter) cast(e Expr) {
	arg := e.Children()[0]
	if _, fits := e.(*Length); fits && isCast(arg) {
		arg = arg.Children()[0]
	}
	if c, ok := arg.(*Const); ok && c.typ.OID == e.Type().OID && c.typ.Mod == -1 {
		w.constant(c, false)
	} else {
		w.outer('(')
		w.operand(arg, e)
		w.outer(')')
	}
	w.WriteString("::" + types.FormatType(e.Type()))
}

func isCast(e Expr) bool {
	switch e := written(e).(type) {
	case *Relabel, *IOCast, *ArrayCast, *Length:
		return true
	case *Call:
		return e.Cast
	}
	return false
}

// cases writes CASE over several lines, as the catalogs do.
func (w *sqlWriter) cases(e *Case) {
	w.line("CASE")
	w.indent += 4
	for _, branch := range e.When {
		w.line("WHEN ")
		w.expr(branch.If)
		w.WriteString(" THEN ")
		w.expr(branch.Then)
	}
	w.line("ELSE ")
	if e.Else == nil {
		w.WriteString("NULL::" + types.FormatType(e.typ))
	} else {
		w.expr(e.Else)
	}
	w.indent -= 4
	w.line("END")
}

// line begins a line; what blanks the one before ends with go.
func (w *sqlWriter) line(word string) {
	text := strings.TrimRight(w.String(), " ")
	w.Reset()
	w.WriteString(text + "\n" + strings.Repeat(" ", w.indent) + word)
}

// plainOperand reports whether an operand needs no parentheses.
func plainOperand(e, parent Expr) bool {
	switch e := written(e).(type) {
	case *Column, *Const, *Param, *Array, *Row, *Coalesce, *MinMax, *NullIf, *Case, *Index, *Slice:
		return true
	case *Relabel, *IOCast, *ArrayCast, *Length:
		return plainOperand(e.Children()[0], e)
	case *And, *Or, *Not:
		return plainJunction(e, parent)
	case *Call:
		if e.Op == nil {
			return true
		}
		if up, ok := written(parent).(*Call); ok && up.Op != nil {
			return bindsTighter(e, up)
		}
		return encloses(parent)
	case *NullTest, *BooleanTest, *Distinct, interface{ IsSubquery() }:
		return encloses(parent)
	}
	return len(e.Children()) == 0
}

// encloses reports whether what is around an operation holds it together anyway.
func encloses(parent Expr) bool {
	switch p := written(parent).(type) {
	case *And, *Or, *Not, *Array, *Row, *Coalesce, *MinMax, *NullIf, *Case, *Index, *Slice:
		return true
	case *Call:
		return p.Op == nil && !p.Cast
	}
	return false
}

func plainJunction(e, parent Expr) bool {
	_, or := e.(*Or)
	switch parent.(type) {
	case *And:
		return !or
	case *Or:
		return true
	case *Not:
		return false
	}
	return encloses(parent)
}

// bindsTighter compares the few operators whose order everybody knows.
func bindsTighter(e, parent *Call) bool {
	inner, outer := strength(e), strength(parent)
	if inner == 0 || outer == 0 || inner != outer {
		return outer != 0 && inner > outer
	}
	return written(parent.Args[0]) == Expr(e)
}

func strength(e *Call) int {
	switch {
	case len(e.Args) != 2:
	case e.Op.Name == "+" || e.Op.Name == "-":
		return 1
	case e.Op.Name == "*" || e.Op.Name == "/" || e.Op.Name == "%":
		return 2
	}
	return 0
}
