package parse

import (
	"errors"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"
	"github.com/pganalyze/pg_query_go/v6/parser"

	"github.com/projsql/projsql/wire/sqlstate"
)

// syntaxError says that the token at offset start is not expected there.
func syntaxError(text string, t token) *sqlstate.Error {
	if t.kind == tokEOF || t.start >= len(text) {
		return sqlstate.New(sqlstate.SyntaxError, "syntax error at end of input").At(Position(text, len(text)))
	}
	return sqlstate.New(sqlstate.SyntaxError, "syntax error at or near \"%s\"", text[t.start:t.end]).At(Position(text, t.start))
}

// hinted adds a hint to a syntax error.
func hinted(err error, hint string) error {
	e := *sqlstate.Of(err)
	return e.WithHint("%s", hint)
}

// hintedSyntax adds a hint to a syntax error; other errors, whose words say enough,
// stay as they are.
func hintedSyntax(err error, hint string) error {
	if e := sqlstate.Of(err); e.Code != sqlstate.SyntaxError || e.Hint != "" {
		return err
	}
	return hinted(err, hint)
}

func errorAt(code sqlstate.Code, text string, offset int, format string, args ...any) *sqlstate.Error {
	return sqlstate.New(code, format, args...).At(Position(text, offset))
}

// grammarError turns an error of PostgreSQL's grammar over parsed into one over
// text, which has the same bytes but for those blanked. It returns the byte offset too.
func grammarError(err error, parsed, text string) (*sqlstate.Error, int) {
	var own *parser.Error
	switch {
	case !errors.As(err, &own) && strings.Contains(err.Error(), "recursion depth"):
		return errTooDeep, 0
	case own == nil:
		return &sqlstate.Error{Code: sqlstate.InternalError, Message: "cannot read the parse tree", Cause: err}, 0
	case strings.HasPrefix(own.Message, "memory exhausted"):
		return errTooDeep, 0
	}
	e := sqlstate.New(grammarCode(own.Message), "%s", own.Message)
	if own.Cursorpos <= 0 {
		return e, 0
	}
	offset := offsetOf(parsed, own.Cursorpos)
	switch own.Message {
	case "invalid Unicode escape":
		e.Code, e.Hint = escapeError(text[offset:])
	case "missing argument":
		e.Hint = "Use NONE to denote the missing argument of a unary operator."
	}
	return e.At(Position(text, offset)), offset
}

// escapeError is about a Unicode escape, at s, of either kind of string that has them.
func escapeError(s string) (sqlstate.Code, string) {
	if strings.HasPrefix(s, `\u`) || strings.HasPrefix(s, `\U`) {
		return sqlstate.InvalidEscapeSequence, `Unicode escapes must be \uXXXX or \UXXXXXXXX.`
	}
	return sqlstate.SyntaxError, `Unicode escapes must be \XXXX or \+XXXXXX.`
}

// offsetOf returns the byte offset of a character counted from 1.
func offsetOf(text string, position int) int {
	for i := range text {
		if position--; position == 0 {
			return i
		}
	}
	return len(text)
}

// lexError lets PostgreSQL's lexer word what is wrong with an unterminated token.
func lexError(text string, t token) error {
	parsed := strings.Repeat(" ", t.start) + text[t.start:]
	if _, err := pg.Parse(parsed); err != nil {
		e, _ := grammarError(err, parsed, text)
		return e
	}
	return syntaxError(text, t)
}

// grammarCode finds the code that pg_query leaves out; nearly all of the grammar's
// errors are 42601.
func grammarCode(message string) sqlstate.Code {
	switch {
	case strings.Contains(message, "not yet implemented"), strings.Contains(message, "not supported"),
		strings.Contains(message, "no longer supported"), strings.Contains(message, "are not implemented"):
		return sqlstate.FeatureNotSupported
	case strings.HasPrefix(message, "invalid Unicode escape value"), strings.HasPrefix(message, "invalid Unicode surrogate"):
		return sqlstate.SyntaxError
	case strings.HasPrefix(message, "invalid Unicode escape character"):
		return sqlstate.SyntaxError
	case strings.HasPrefix(message, "invalid Unicode escape"):
		return sqlstate.InvalidEscapeSequence
	case strings.HasPrefix(message, "invalid byte sequence"):
		return sqlstate.CharacterNotInRepertoire
	case strings.HasPrefix(message, "frame start"), strings.HasPrefix(message, "frame end cannot"):
		return "42P20" // windowing_error
	case strings.HasPrefix(message, "role name"), strings.HasSuffix(message, "cannot be used as a role name here"):
		return sqlstate.ReservedName
	case strings.HasPrefix(message, "stack depth"):
		return sqlstate.StatementTooComplex
	}
	return sqlstate.SyntaxError
}
