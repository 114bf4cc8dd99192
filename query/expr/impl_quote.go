package expr

import (
	"math"
	"strings"
	"unicode/utf8"

	pg_query "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// QuoteIdent quotes an identifier where SQL needs it.
func QuoteIdent(s string) string {
	if plainIdent(s) && !isKeyword(s) {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

func plainIdent(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c == '_' || c >= 'a' && c <= 'z' || i > 0 && c >= '0' && c <= '9' {
			continue
		}
		return false
	}
	return s != ""
}

// laterKeywords are keywords that PostgreSQL 15 has not yet, and the scanner has.
var laterKeywords = map[string]bool{
	"json": true, "json_array": true, "json_arrayagg": true, "json_exists": true, "json_object": true, "json_objectagg": true, "json_query": true,
	"json_scalar": true, "json_serialize": true, "json_table": true, "json_value": true, "merge_action": true, "system_user": true,
}

// isKeyword asks PostgreSQL's own scanner; PostgreSQL quotes every keyword that is
// not unreserved.
func isKeyword(s string) bool {
	if laterKeywords[s] {
		return false
	}
	r, err := pg_query.Scan(s)
	if err != nil || len(r.Tokens) != 1 {
		return false
	}
	k := r.Tokens[0].KeywordKind
	return k != pg_query.KeywordKind_NO_KEYWORD && k != pg_query.KeywordKind_UNRESERVED_KEYWORD
}

// QuoteLiteral quotes a string as a literal.
func QuoteLiteral(s string) string {
	quoted := `'` + strings.ReplaceAll(s, `'`, `''`) + `'`
	if strings.Contains(s, `\`) {
		return "E" + strings.ReplaceAll(quoted, `\`, `\\`)
	}
	return quoted
}

func quoteNullable(_ *Env, a types.Datum) (types.Datum, error) {
	if a.IsNull() {
		return text("NULL")
	}
	return text(QuoteLiteral(a.Str()))
}

func quoteAny(c *Call) any {
	t := jsonType(c.Proc.Args[0])
	return Func1(func(env *Env, a types.Datum) (types.Datum, error) {
		if a.IsNull() {
			return text("NULL")
		}
		return text(QuoteLiteral(castString(env, t, a)))
	})
}

func formats() map[string]any {
	return map[string]any{
		"text_concat": maker(concatMaker), "text_concat_ws": maker(concatWSMaker),
		"text_format": maker(formatMaker), "text_format_nv": maker(formatMaker),
	}
}

// spreadArgs returns the arguments of a VARIADIC "any" call from first on, as text;
// of VARIADIC array its elements.
func spreadArgs(c *Call, env *Env, args []types.Datum, first int) []types.Datum {
	values, oids := args[first:], c.Proc.Args[first:]
	if c.Proc.Spread {
		if values[0].IsNull() {
			return nil
		}
		a := values[0].Array()
		values = a.Items
		oids = make([]types.OID, len(values))
		for i := range oids {
			oids[i] = a.Elem
		}
	}
	texts := make([]types.Datum, len(values))
	for i, v := range values {
		if !v.IsNull() {
			texts[i] = types.String(types.Text(env.Env, oids[i], v))
		}
	}
	return texts
}

func concatMaker(c *Call) any {
	return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
		if c.Proc.Spread && args[0].IsNull() {
			return types.Null, nil
		}
		return joinTexts("", spreadArgs(c, env, args, 0))
	})
}

func concatWSMaker(c *Call) any {
	return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
		if args[0].IsNull() || c.Proc.Spread && args[1].IsNull() {
			return types.Null, nil
		}
		return joinTexts(args[0].Str(), spreadArgs(c, env, args, 1))
	})
}

func joinTexts(separator string, all []types.Datum) (types.Datum, error) {
	parts := make([]string, 0, len(all))
	bytes := 0
	for _, d := range all {
		if d.IsNull() {
			continue
		}
		if bytes += len(d.Str()) + len(separator); bytes > stringBytesMax {
			return types.Null, errTooLarge()
		}
		parts = append(parts, d.Str())
	}
	return text(strings.Join(parts, separator))
}

func formatMaker(c *Call) any {
	return FuncN(func(env *Env, args []types.Datum) (types.Datum, error) {
		if args[0].IsNull() {
			return types.Null, nil
		}
		var values []types.Datum
		if len(args) > 1 {
			values = spreadArgs(c, env, args, 1)
		}
		f := formatter{format: args[0].Str(), args: values}
		return f.run()
	})
}

// formatter is format()'s state.
type formatter struct {
	format string
	at     int
	args   []types.Datum
	next   int
	out    strings.Builder
}

func (f *formatter) run() (types.Datum, error) {
	for f.at < len(f.format) {
		c := f.format[f.at]
		f.at++
		if c != '%' {
			f.out.WriteByte(c)
			continue
		}
		if err := f.specifier(); err != nil {
			return types.Null, err
		}
		if f.out.Len() > stringBytesMax {
			return types.Null, errTooLarge()
		}
	}
	return text(f.out.String())
}

func errUnterminated() error {
	return sqlstate.New(sqlstate.InvalidParameterValue, "unterminated format() type specifier").
		WithHint("For a single \"%%\" use \"%%%%\".")
}

func errFormatNumber() error {
	return sqlstate.New(sqlstate.NumericValueOutOfRange, "number is out of range")
}

func (f *formatter) peek() (byte, error) {
	if f.at >= len(f.format) {
		return 0, errUnterminated()
	}
	return f.format[f.at], nil
}

// number reads digits; ok is false without any.
func (f *formatter) number() (n int, ok bool, err error) {
	for f.at < len(f.format) && f.format[f.at] >= '0' && f.format[f.at] <= '9' {
		n, ok = n*10+int(f.format[f.at]-'0'), true
		if n > math.MaxInt32 {
			return 0, false, errFormatNumber()
		}
		f.at++
	}
	return n, ok, nil
}

// specifier handles %[position$][-][width]type.
func (f *formatter) specifier() error {
	c, err := f.peek()
	if err != nil {
		return err
	}
	if c == '%' {
		f.at++
		f.out.WriteByte('%')
		return nil
	}
	position, width, left, err := f.head()
	if err != nil {
		return err
	}
	kind, err := f.peek()
	if err != nil {
		return err
	}
	if kind != 's' && kind != 'I' && kind != 'L' {
		shown, _ := utf8.DecodeRuneInString(f.format[f.at:])
		return sqlstate.New(sqlstate.InvalidParameterValue, "unrecognized format() type specifier \"%c\"", shown).
			WithHint("For a single \"%%\" use \"%%%%\".")
	}
	f.at++
	v, err := f.arg(position)
	if err != nil {
		return err
	}
	s, err := formatValue(kind, v)
	if err != nil {
		return err
	}
	if width > stringBytesMax {
		return errTooLarge()
	}
	f.pad(s, width, left)
	return nil
}

func (f *formatter) head() (position, width int, left bool, err error) {
	n, ok, err := f.number()
	if err != nil {
		return 0, 0, false, err
	}
	if ok {
		c, err := f.peek()
		if err != nil {
			return 0, 0, false, err
		}
		if c != '$' {
			return 0, n, false, nil
		}
		if n == 0 {
			return 0, 0, false, sqlstate.New(sqlstate.InvalidParameterValue, "format specifies argument 0, but arguments are numbered from 1")
		}
		f.at++
		position = n
	}
	for c, err := f.peek(); err == nil && c == '-'; c, err = f.peek() {
		left = true
		f.at++
	}
	if c, err := f.peek(); err == nil && c == '*' {
		f.at++
		return f.starWidth(position, left)
	}
	width, _, err = f.number()
	return position, width, left, err
}

func (f *formatter) starWidth(position int, left bool) (int, int, bool, error) {
	at := 0
	if n, ok, err := f.number(); err != nil {
		return 0, 0, false, err
	} else if ok {
		if c, err := f.peek(); err != nil || c != '$' {
			return 0, 0, false, sqlstate.New(sqlstate.InvalidParameterValue, "width argument position must be ended by \"$\"")
		}
		f.at++
		if n == 0 {
			return 0, 0, false, sqlstate.New(sqlstate.InvalidParameterValue, "format specifies argument 0, but arguments are numbered from 1")
		}
		at = n
	}
	v, err := f.arg(at)
	if err != nil || v.IsNull() {
		return position, 0, left, err
	}
	w, err := types.Parse(nil, types.Of(types.Int4OID), v.Str())
	if err != nil {
		return 0, 0, false, err
	}
	width := int(w.Int())
	if width == math.MinInt32 {
		return 0, 0, false, errFormatNumber()
	}
	if width < 0 {
		return position, -width, true, nil
	}
	return position, width, left, nil
}

// arg returns the argument at a position from 1, or the next.
func (f *formatter) arg(position int) (types.Datum, error) {
	if position == 0 {
		position = f.next + 1
	}
	f.next = position
	if position > len(f.args) {
		return types.Null, sqlstate.New(sqlstate.InvalidParameterValue, "too few arguments for format()")
	}
	return f.args[position-1], nil
}

func formatValue(kind byte, v types.Datum) (string, error) {
	switch kind {
	case 'I':
		if v.IsNull() {
			return "", sqlstate.New(sqlstate.NullValueNotAllowed, "null values cannot be formatted as an SQL identifier")
		}
		return QuoteIdent(v.Str()), nil
	case 'L':
		if v.IsNull() {
			return "NULL", nil
		}
		return QuoteLiteral(v.Str()), nil
	}
	return v.Str(), nil
}

func (f *formatter) pad(s string, width int, left bool) {
	blanks := strings.Repeat(" ", max(width-utf8.RuneCountInString(s), 0))
	if left {
		f.out.WriteString(s + blanks)
		return
	}
	f.out.WriteString(blanks + s)
}
