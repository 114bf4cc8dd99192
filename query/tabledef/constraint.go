package tabledef

import (
	"slices"
	"strconv"
	"strings"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (b *Builder) check(n *pg.Constraint, column string) error {
	binder := b.o.Within(ofCheck).Binder(&b.Shape)
	e, err := binder.BindBool(n.GetRawExpr(), "CHECK")
	if err != nil {
		return err
	}
	if column == "" {
		column = onlyColumn(e)
	}
	text, err := Kept(binder, n.GetRawExpr())
	if err != nil {
		return err
	}
	if name := n.GetConname(); b.names[name] {
		if b.altering {
			return sqlstate.New(sqlstate.DuplicateObject, "constraint %q for relation %q already exists", name, b.Shape.Name)
		}
		return sqlstate.New(sqlstate.DuplicateObject, "check constraint %q already exists", name)
	}
	name, err := b.name(n, joined(b.Shape.Name, column, "check"))
	b.Shape.Checks = append(b.Shape.Checks, temptable.Check{Name: name, SQL: text, NoInherit: n.GetIsNoInherit()})
	return err
}

// onlyColumn is the name of the one column that an expression is about, else "".
func onlyColumn(e expr.Expr) string {
	name, several := "", false
	expr.Walk(e, func(e expr.Expr) bool {
		if c, ok := e.(*expr.Column); ok {
			several = several || (name != "" && name != c.Name)
			name = c.Name
		}
		return true
	})
	if several {
		return ""
	}
	return name
}

func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "_")
}

// name is a constraint's own name, or one that no other has.
func (b *Builder) name(n *pg.Constraint, otherwise string) (string, error) {
	name := n.GetConname()
	if name != "" && b.names[name] {
		return "", sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", name)
	}
	if name == "" {
		name = otherwise
		for i := 1; b.names[name]; i++ {
			name = otherwise + strconv.Itoa(i)
		}
	}
	b.names[name] = true
	return name, nil
}

func (b *Builder) key(n *pg.Constraint, column string) error {
	if n.GetInitdeferred() || len(n.GetIncluding()) > 0 || n.GetIndexname() != "" {
		return b.o.unsupported(n.GetLocation(), "this kind of key is not supported")
	}
	names := []string{column}
	if column == "" {
		names = names[:0]
		for _, k := range n.GetKeys() {
			names = append(names, k.GetString_().GetSval())
		}
	}
	key := temptable.Key{Primary: n.GetContype() == pg.ConstrType_CONSTR_PRIMARY, Later: n.GetDeferrable(), SameNulls: n.GetNullsNotDistinct()}
	for _, name := range names {
		i := b.Shape.Find(name)
		switch {
		case i < 0 && key.Primary && b.altering:
			return sqlstate.New(sqlstate.UndefinedColumn, "column %q of relation %q does not exist", name, b.Shape.Name)
		case i < 0:
			return at(b.o.Text, n.GetLocation(), sqlstate.UndefinedColumn, "column %q named in key does not exist", name)
		}
		if slices.Contains(key.Columns, i) {
			what := "unique"
			if key.Primary {
				what = "primary key"
			}
			return at(b.o.Text, n.GetLocation(), sqlstate.DuplicateColumn, "column %q appears twice in %s constraint", name, what)
		}
		if err := expr.Indexable(b.Shape.Columns[i].Type.OID); err != nil {
			return err
		}
		key.Columns = append(key.Columns, i)
		b.Shape.Columns[i].NotNull = b.Shape.Columns[i].NotNull || key.Primary
	}
	otherwise := joined(append(append([]string{b.Shape.Name}, names...), "key")...)
	if key.Primary {
		if slices.ContainsFunc(b.Shape.Keys, func(k temptable.Key) bool { return k.Primary }) {
			e := sqlstate.New(sqlstate.InvalidTableDefinition, "multiple primary keys for table %q are not allowed", b.Shape.Name)
			if !b.altering {
				e = e.At(parse.Position(b.o.Text, int(n.GetLocation())))
			}
			return e
		}
		otherwise = joined(b.Shape.Name, "pkey")
	}
	var err error
	key.Name, err = b.name(n, otherwise)
	b.Shape.Keys = append(b.Shape.Keys, key)
	return err
}
