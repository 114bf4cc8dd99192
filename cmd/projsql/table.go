package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
)

// printResult prints the rows of a text-format result in psql's aligned format. A
// result without columns prints its command tag.
func printResult(out io.Writer, r *pgconn.Result) {
	if len(r.FieldDescriptions) == 0 {
		fmt.Fprintln(out, r.CommandTag)
		return
	}
	widths := make([]int, len(r.FieldDescriptions))
	for i, f := range r.FieldDescriptions {
		widths[i] = utf8.RuneCountInString(f.Name)
		for _, row := range r.Rows {
			widths[i] = max(widths[i], utf8.RuneCount(row[i]))
		}
	}
	line := func(sep string, cell func(i int) string) {
		cells := make([]string, len(widths))
		for i := range widths {
			cells[i] = cell(i)
		}
		fmt.Fprintln(out, strings.TrimRight(strings.Join(cells, sep), " "))
	}
	line("|", func(i int) string { return center(r.FieldDescriptions[i].Name, widths[i]+2) })
	line("+", func(i int) string { return strings.Repeat("-", widths[i]+2) })
	for _, row := range r.Rows {
		line("|", func(i int) string {
			if isNumber(r.FieldDescriptions[i].DataTypeOID) {
				return fmt.Sprintf(" %*s ", widths[i], row[i])
			}
			return fmt.Sprintf(" %-*s ", widths[i], row[i])
		})
	}
	plural := "s"
	if len(r.Rows) == 1 {
		plural = ""
	}
	fmt.Fprintf(out, "(%d row%s)\n", len(r.Rows), plural)
}

func center(s string, width int) string {
	left := (width - utf8.RuneCountInString(s)) / 2
	return strings.Repeat(" ", left) + s + strings.Repeat(" ", width-left-utf8.RuneCountInString(s))
}

func isNumber(oid uint32) bool {
	switch oid {
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.Float4OID, pgtype.Float8OID, pgtype.NumericOID, pgtype.OIDOID:
		return true
	}
	return false
}
