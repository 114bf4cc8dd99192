// Package parse turns SQL text into statements: PostgreSQL's grammar
// (pg_query) plus projsql's own CREATE/ALTER/DROP PROJECTION, ALTER EVENT KIND, ASSERT
// and WITH FRESHNESS. It also recognises the shapes of statements, for callers that keep plans.
//
// It knows nothing of types, catalogs or the cluster. Everything in it is safe for
// concurrent use except a Shaper.
package parse

import (
	"unicode/utf8"

	pg "github.com/pganalyze/pg_query_go/v6"
)

// Statement is one statement of a query string. Exactly one of Node and Own is set.
// All locations in Node and Own are byte offsets into Text, as if PostgreSQL had
// parsed Text itself.
type Statement struct {
	Text       string   // the whole query string
	Start, End int      // the bytes of this statement in Text, without its semicolon
	Node       *pg.Node // an ordinary statement, its freshness clause removed
	Own        any      // *CreateProjection, *AlterProjection, *DropProjection, *AlterEventKind or *Assert
	// Freshness is what the clause or the hint comment says; nil if neither is there.
	// It holds for the whole statement, also inside EXPLAIN, PREPARE, DECLARE and COPY.
	Freshness *Freshness
}

// SQL returns the statement's own text.
func (s *Statement) SQL() string { return s.Text[s.Start:s.End] }

// CreateProjection is CREATE [OR REPLACE] PROJECTION.
type CreateProjection struct {
	OrReplace bool
	Name      string // folded to lower case unless it was quoted
	NamePos   int
	// Columns are as CREATE TABLE parses them; their constraints are only NOT NULL,
	// NULL and DEFAULT, each at most once.
	Columns []*pg.ColumnDef
	Clauses []When
	Source  string // the statement's text
	Text    string // the whole query string, which positions count in
}

// When is one WHEN … THEN clause. Without Set and Delete it does nothing (THEN DO
// NOTHING).
type When struct {
	Any       bool // WHEN ANY: every kind
	Kind      string
	KindPos   int
	Condition *pg.Node // after AND; nil = none
	Set       []Assignment
	Delete    bool
}

// Assignment is one column = value of UPDATE SET. Value may be a SetToDefault.
type Assignment struct {
	Column string
	Pos    int
	Value  *pg.Node
}

// DropProjection is DROP PROJECTION [IF EXISTS] name [, ...].
type DropProjection struct {
	IfExists bool
	Names    []string
	NamePos  []int
	Cascade  bool
}

// Parse returns the statements of a query string, in order; an empty or
// comment-only string has none. Errors: 42601 and the lexer's codes with
// PostgreSQL's wording and position, 22021 for bytes that are not UTF-8, 54001 and
// 54000 for text that is nested too deeply or too long, 0A000 for a form of our own
// statements that is not supported.
func Parse(sql string) ([]*Statement, error) {
	p, err := newParser(sql)
	if err != nil {
		return nil, err
	}
	return p.parse()
}

// Position returns the character, counted from 1, at a byte offset of text, as
// error positions have it; 0 for a negative offset.
func Position(text string, offset int) int {
	if offset < 0 {
		return 0
	}
	return utf8.RuneCountInString(text[:min(offset, len(text))]) + 1
}
