package tabledef

import (
	"slices"
	"strconv"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// Including is what LIKE copies beside the columns, as the grammar's bits have it. Of
// compression, statistics and storage there is nothing to copy.
type Including uint32

// What LIKE can include.
const (
	IncludeComments    Including = 1 << 0
	IncludeConstraints Including = 1 << 2
	IncludeDefaults    Including = 1 << 3
	IncludeGenerated   Including = 1 << 4
	IncludeIdentity    Including = 1 << 5
	IncludeIndexes     Including = 1 << 6
)

// copied is a table whose constraints and indexes are added when all else is there.
type copied struct {
	of     *temptable.Shape
	what   Including
	first  int   // where its columns begin
	offset int32 // of its name, for refusals
}

// Like adds the columns of another table, and of the rest of it what is included. owned
// are the sequences of its columns. offset is that of its name in the statement.
func (b *Builder) Like(of *temptable.Shape, what Including, owned []*temptable.Sequence, offset int32) error {
	b.copied = append(b.copied, copied{of, what, len(b.Shape.Columns), offset})
	for _, c := range of.Columns {
		made := temptable.Column{Name: c.Name, Type: c.Type, NotNull: c.NotNull}
		if what&IncludeComments != 0 {
			made.Comment = c.Comment
		}
		switch {
		case c.Generated != "" && what&IncludeGenerated != 0:
			made.Generated = c.Generated
		case c.Identity != temptable.NoIdentity && what&IncludeIdentity != 0:
			made.Identity = c.Identity
			b.renumbered(&made, owned)
		case c.Generated == "" && c.Identity == temptable.NoIdentity && what&IncludeDefaults != 0:
			made.Default = c.Default
		}
		if err := b.Add(made); err != nil {
			return err
		}
	}
	return nil
}

// renumbered gives a column a sequence like that of the column it is a copy of.
func (b *Builder) renumbered(col *temptable.Column, owned []*temptable.Sequence) {
	for _, q := range owned {
		if q.Column == col.Name {
			b.numbers(col, temptable.Sequence{
				Name: b.o.FreeName(joined(b.Shape.Name, col.Name, "seq")), Type: q.Type, Column: col.Name,
				Start: q.Start, Increment: q.Increment, Min: q.Min, Max: q.Max, Cycle: q.Cycle,
			})
		}
	}
}

// copy adds the constraints and indexes of a table that others are like.
func (b *Builder) copy(c *copied) error {
	if c.what&IncludeConstraints != 0 {
		for _, check := range c.of.Checks {
			if err := b.copyCheck(c, check); err != nil {
				return err
			}
		}
	}
	if c.what&IncludeIndexes != 0 {
		for _, key := range c.of.Keys {
			if err := b.copyKey(c, key); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Builder) copyCheck(c *copied, check temptable.Check) error {
	if b.names[check.Name] {
		return sqlstate.New(sqlstate.DuplicateObject, "constraint %q for relation %q already exists", check.Name, b.Shape.Name)
	}
	if _, err := b.o.Condition(&b.Shape, check.SQL); err != nil {
		return b.o.unsupported(c.offset, "a copy of the check %q is not supported", check.Name)
	}
	if c.what&IncludeComments == 0 {
		check.Comment = ""
	}
	check.NotValid = false
	b.names[check.Name] = true
	b.Shape.Checks = append(b.Shape.Checks, check)
	return nil
}

func (b *Builder) copyKey(c *copied, key temptable.Key) error {
	switch {
	case key.Opaque:
		return b.o.unsupported(c.offset, "a copy of the index %q is not supported", key.Name)
	case key.Primary && slices.ContainsFunc(b.Shape.Keys, func(k temptable.Key) bool { return k.Primary }):
		return sqlstate.New(sqlstate.InvalidTableDefinition, "multiple primary keys for table %q are not allowed", b.Shape.Name)
	}
	for _, sql := range append([]string{key.Where}, partTexts(key.Parts)...) {
		if err := b.binds(sql); err != nil {
			return b.o.unsupported(c.offset, "a copy of the index %q is not supported", key.Name)
		}
	}
	key.Columns, key.Parts, key.Clustered = slices.Clone(key.Columns), slices.Clone(key.Parts), false
	for i := range key.Columns {
		key.Columns[i] += c.first
	}
	key.Include = slices.Clone(key.Include)
	for i := range key.Include {
		key.Include[i] += c.first
	}
	for i := range key.Parts {
		if key.Parts[i].Column >= 0 {
			key.Parts[i].Column += c.first
		}
	}
	key.Name, key.ConstraintComment = b.copiedName(&key), ""
	if c.what&IncludeComments == 0 {
		key.Comment = ""
	}
	b.names[key.Name] = true
	b.Shape.Keys = append(b.Shape.Keys, key)
	return nil
}

func partTexts(parts []temptable.Part) (all []string) {
	for _, p := range parts {
		all = append(all, p.SQL)
	}
	return all
}

// binds checks that an expression of another table fits this one.
func (b *Builder) binds(sql string) error {
	if sql == "" {
		return nil
	}
	o, node, err := b.o.over(sql)
	if err == nil {
		_, err = o.Binder(&b.Shape).Bind(node)
	}
	return err
}

// copiedName is what PostgreSQL would call an index that has no name.
func (b *Builder) copiedName(key *temptable.Key) string {
	parts := []string{b.Shape.Name}
	switch {
	case key.Primary:
	case key.Parts != nil:
		for _, p := range key.Parts {
			parts = append(parts, p.Name)
		}
	default:
		for _, i := range key.Columns {
			parts = append(parts, b.Shape.Columns[i].Name)
		}
	}
	for _, i := range key.Include {
		parts = append(parts, b.Shape.Columns[i].Name)
	}
	wanted := joined(append(parts, keySuffix(key))...)
	name := wanted
	for i := 1; b.names[name] || b.o.FreeName(name) != name; i++ {
		name = wanted + strconv.Itoa(i)
	}
	return name
}

func keySuffix(key *temptable.Key) string {
	switch {
	case key.Primary:
		return "pkey"
	case key.Index:
		return "idx"
	}
	return "key"
}

// numbers makes a column one that a sequence of its own numbers.
func (b *Builder) numbers(col *temptable.Column, q temptable.Sequence) {
	b.Sequences = append(b.Sequences, q)
	col.Default = nextOf(q.Name)
	col.NotNull = true
}

func nextOf(sequence string) string {
	return "nextval(" + expr.QuoteLiteral(expr.QuoteIdent(sequence)) + "::regclass)"
}
