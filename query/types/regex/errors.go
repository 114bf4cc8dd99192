package regex

import "github.com/projsql/projsql/wire/sqlstate"

// Messages of what can be wrong with an expression.
const (
	badArgument      = "invalid argument to regex function"
	badBackReference = "invalid backreference number"
	badBrackets      = "brackets [] not balanced"
	badBraces        = "braces {} not balanced"
	badClass         = "invalid character class"
	badCollating     = "invalid collating element"
	badCount         = "invalid repetition count(s)"
	badEscape        = `invalid escape \ sequence`
	badOption        = "invalid embedded option"
	badParens        = "parentheses () not balanced"
	badQuantifier    = "quantifier operand invalid"
	badRange         = "invalid character range"
	badVersion       = "invalid regexp (reg version 0.8)"
	tooComplex       = "regular expression is too complex"
)

func errInvalid(what string) error {
	return sqlstate.New(sqlstate.InvalidRegularExpression, "invalid regular expression: %s", what)
}

func errCollatingName() error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "names of collating elements in regular expressions are not supported")
}
