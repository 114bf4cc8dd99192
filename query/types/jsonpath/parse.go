package jsonpath

import (
	"strconv"
	"strings"

	"github.com/projsql/projsql/query/types/jsonb"
	"github.com/projsql/projsql/query/types/regex"
	"github.com/projsql/projsql/wire/sqlstate"
)

// depthMax bounds how deep parentheses, filters and subscripts nest.
const depthMax = 1000

type parser struct {
	scanner
	filters    int // that the parser is in
	subscripts int
	depth      int
	misplaced  error
}

// Parse reads a path. Errors: 42601, 22P02, 22P05, 2201B, 22003, 0A000.
func Parse(text string) (*Path, error) {
	p := &parser{scanner: scanner{in: text}}
	if err := p.next(); err != nil {
		return nil, err
	}
	path := &Path{Strict: p.isKeyword("strict")}
	if path.Strict || p.isKeyword("lax") {
		if err := p.next(); err != nil {
			return nil, err
		}
	} else if p.token.kind == end {
		return nil, sqlstate.New(sqlstate.InvalidTextRepresentation, "invalid input syntax for type %s: \"%s\"", "jsonpath", text)
	}
	root, err := p.disjunction()
	if err != nil {
		return nil, err
	}
	if p.token.kind != end {
		return nil, p.unexpected()
	}
	path.Root = root
	return path, p.misplaced
}

func (p *parser) unexpected() error { return syntaxError("syntax error", p.token.raw) }

func (p *parser) isSymbol(s string) bool { return p.token.kind == symbol && p.token.text == s }

func (p *parser) isKeyword(s string) bool { return p.token.kind == keyword && p.token.text == s }

// eat passes over a symbol or a keyword.
func (p *parser) eat(s string) (bool, error) {
	if !p.isSymbol(s) && !p.isKeyword(s) {
		return false, nil
	}
	return true, p.next()
}

func (p *parser) expect(all ...string) error {
	for _, s := range all {
		ok, err := p.eat(s)
		if err != nil {
			return err
		}
		if !ok {
			return p.unexpected()
		}
	}
	return nil
}

// operand is an item and whether parentheses are around a condition, which then may
// take steps or be negated.
type operand struct {
	*Item
	enclosed bool
}

// isValue reports whether it may be an operand of an arithmetic operator.
func (o operand) isValue() bool { return !o.Kind.Predicate() || o.Next != nil }

func (p *parser) disjunction() (*Item, error) { return p.logical("||", Or, p.conjunction) }

func (p *parser) conjunction() (*Item, error) { return p.logical("&&", And, p.comparison) }

func (p *parser) logical(symbol string, kind Kind, operandOf func() (*Item, error)) (*Item, error) {
	left, err := operandOf()
	for err == nil && p.isSymbol(symbol) {
		if (operand{Item: left}).isValue() {
			return nil, p.unexpected()
		}
		if err = p.next(); err != nil {
			break
		}
		var right *Item
		if right, err = operandOf(); err == nil && (operand{Item: right}).isValue() {
			err = p.unexpected()
		}
		left = &Item{Kind: kind, Left: left, Right: right}
	}
	return left, err
}

var comparisons = map[string]Kind{
	"==": Equal, "!=": NotEqual, "<": Less, ">": Greater, "<=": LessOrEqual, ">=": GreaterOrEqual,
}

// comparison reads a condition, or a value alone.
func (p *parser) comparison() (*Item, error) {
	if ok, err := p.eat("!"); err != nil || ok {
		return p.negation(err)
	}
	left, err := p.arithmetic(0)
	if err != nil {
		return nil, err
	}
	if !left.isValue() {
		return p.afterCondition(left)
	}
	if p.token.kind == symbol && comparisons[p.token.text] != 0 {
		kind := comparisons[p.token.text]
		if err := p.next(); err != nil {
			return nil, err
		}
		right, err := p.arithmetic(0)
		if err == nil && !right.isValue() {
			err = p.unexpected()
		}
		return &Item{Kind: kind, Left: left.Item, Right: right.Item}, err
	}
	switch {
	case p.isKeyword("starts"):
		return p.startsWith(left.Item)
	case p.isKeyword("like_regex"):
		return p.likeRegex(left.Item)
	}
	return left.Item, nil
}

// negation reads the condition behind !, which must be enclosed, or exists().
func (p *parser) negation(err error) (*Item, error) {
	if err != nil {
		return nil, err
	}
	if !p.isSymbol("(") && !p.isKeyword("exists") {
		return nil, p.unexpected()
	}
	o, err := p.primary()
	if err == nil && o.isValue() {
		err = p.unexpected()
	}
	return &Item{Kind: Not, Left: o.Item}, err
}

func (p *parser) afterCondition(o operand) (*Item, error) {
	if !o.enclosed || !p.isKeyword("is") {
		return o.Item, nil
	}
	return &Item{Kind: IsUnknown, Left: o.Item}, p.expect("is", "unknown")
}

func (p *parser) startsWith(left *Item) (*Item, error) {
	if err := p.expect("starts", "with"); err != nil {
		return nil, err
	}
	right := &Item{Text: p.token.text}
	switch p.token.kind {
	case str:
		right.Kind = String
	case variable:
		right.Kind = Variable
	default:
		return nil, p.unexpected()
	}
	return &Item{Kind: StartsWith, Left: left, Right: right}, p.next()
}

func (p *parser) stringToken() (string, error) {
	if p.token.kind != str {
		return "", p.unexpected()
	}
	s := p.token.text
	return s, p.next()
}

func (p *parser) likeRegex(left *Item) (*Item, error) {
	if err := p.next(); err != nil {
		return nil, err
	}
	pattern, err := p.stringToken()
	if err != nil {
		return nil, err
	}
	flags := ""
	if ok, err := p.eat("flag"); err != nil {
		return nil, err
	} else if ok {
		if flags, err = p.stringToken(); err != nil {
			return nil, err
		}
	}
	item := &Item{Kind: LikeRegex, Left: left, Text: pattern}
	item.Regex, item.Flags, err = compile(pattern, flags)
	return item, err
}

// compile compiles an XQuery pattern, which PostgreSQL takes for its own.
func compile(pattern, flags string) (*regex.Regex, string, error) {
	for _, f := range flags {
		if !strings.ContainsRune("ismxq", f) {
			return nil, "", sqlstate.New(sqlstate.SyntaxError, "invalid input syntax for type %s", "jsonpath").
				WithDetail("Unrecognized flag character \"%c\" in LIKE_REGEX predicate.", f)
		}
	}
	ordered := ""
	for _, f := range "ismxq" {
		if strings.ContainsRune(flags, f) {
			ordered += string(f)
		}
	}
	o := regex.Options{Fold: strings.Contains(flags, "i")}
	switch {
	case strings.Contains(flags, "q"):
		o.Syntax = regex.Literal
	case strings.Contains(flags, "x"):
		return nil, "", sqlstate.New(sqlstate.FeatureNotSupported, "XQuery \"x\" flag (expanded regular expressions) is not implemented")
	default:
		o.Stop, o.Anchor = !strings.Contains(flags, "s"), strings.Contains(flags, "m")
	}
	r, err := regex.Compile(pattern, o)
	return r, ordered, err
}

var (
	sums     = map[string]Kind{"+": Add, "-": Subtract}
	products = map[string]Kind{"*": Multiply, "/": Divide, "%": Modulo}
)

// arithmetic reads sums (level 0), products (1) or signed values (2).
func (p *parser) arithmetic(level int) (operand, error) {
	if level == 2 {
		return p.signed()
	}
	operators := sums
	if level == 1 {
		operators = products
	}
	left, err := p.arithmetic(level + 1)
	for err == nil && p.token.kind == symbol && operators[p.token.text] != 0 {
		if !left.isValue() {
			return left, p.unexpected()
		}
		kind := operators[p.token.text]
		if err = p.next(); err != nil {
			break
		}
		var right operand
		if right, err = p.arithmetic(level + 1); err == nil && !right.isValue() {
			err = p.unexpected()
		}
		left = operand{Item: &Item{Kind: kind, Left: left.Item, Right: right.Item}}
	}
	return left, err
}

func (p *parser) signed() (operand, error) {
	kind := Plus
	switch {
	case p.isSymbol("-"):
		kind = Minus
	case !p.isSymbol("+"):
		return p.primary()
	}
	if p.depth++; p.depth > depthMax {
		return operand{}, errTooDeep()
	}
	defer func() { p.depth-- }()
	if err := p.next(); err != nil {
		return operand{}, err
	}
	o, err := p.signed()
	switch {
	case err != nil:
		return o, err
	case !o.isValue():
		return o, p.unexpected()
	case o.Kind == Number && o.Next == nil:
		if kind == Minus {
			o.Item = &Item{Kind: Number, Text: negated(o.Text)}
		}
		return o, nil
	}
	return operand{Item: &Item{Kind: kind, Left: o.Item}}, nil
}

func errTooDeep() error {
	return sqlstate.New(sqlstate.StatementTooComplex, "stack depth limit exceeded")
}

func negated(number string) string {
	switch {
	case strings.HasPrefix(number, "-"):
		return number[1:]
	case strings.Trim(number, "0.") == "":
		return number
	}
	return "-" + number
}

// numberText is a number as numeric prints it.
func numberText(s string) (string, error) {
	mantissa, exponent, real := strings.Cut(strings.ToLower(s), "e")
	if strings.HasPrefix(mantissa, ".") {
		mantissa = "0" + mantissa
	}
	mantissa = strings.TrimSuffix(mantissa, ".")
	if real {
		mantissa += "e" + exponent
	}
	doc, err := jsonb.Parse(mantissa)
	if err != nil {
		return "", err
	}
	text, _ := jsonb.Root(doc).Text()
	return text, nil
}

func (p *parser) level() (uint32, error) {
	if ok, err := p.eat("last"); ok || err != nil {
		return LastLevel, err
	}
	if p.token.kind != integer {
		return 0, p.unexpected()
	}
	n, err := strconv.ParseInt(p.token.text, 10, 32)
	if err != nil {
		return 0, sqlstate.New(sqlstate.NumericValueOutOfRange, "value \"%s\" is out of range for type %s", p.token.text, "integer")
	}
	return uint32(n), p.next()
}
