package ddl

import (
	"context"
	"slices"
	"strconv"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/analyze"
	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// createIndex is CREATE INDEX on a temporary table. A unique index is a key; of
// others what they are is kept, as no plan needs them.
type createIndex struct {
	table        *temptable.Table
	key          temptable.Key
	ifNotExists  bool
	concurrently bool // it must be alone
}

func (c *call) bindCreateIndex(n *pg.IndexStmt) (command, error) {
	t := c.tableOf(n.GetRelation())
	if t == nil {
		if err := c.found(n.GetRelation()); err != nil {
			return nil, err
		}
		return nil, nil
	}
	k := &createIndex{table: t, ifNotExists: n.GetIfNotExists(), concurrently: n.GetConcurrent()}
	k.key = temptable.Key{Name: n.GetIdxname(), Index: true, Plain: !n.GetUnique(), SameNulls: n.GetNullsNotDistinct()}
	switch m := n.GetAccessMethod(); {
	case m == "gist", m == "gin", m == "spgist", m == "brin":
		return nil, c.unsupportedAt(n.GetRelation().GetLocation(), "an index by %s is not supported", m)
	case m != "btree" && m != "hash":
		return nil, sqlstate.New(sqlstate.UndefinedObject, "access method %q does not exist", m)
	case m == "hash" && n.GetUnique():
		return nil, sqlstate.New(sqlstate.FeatureNotSupported, "access method %q does not support unique indexes", m)
	}
	k.key.Opaque = k.key.Plain && n.GetAccessMethod() != "btree"
	named := t.Name
	for _, e := range n.GetIndexParams() {
		if class := e.GetIndexElem().GetOpclass(); len(class) > 0 {
			if name := class[len(class)-1].GetString_().GetSval(); !catalog.OperatorClass(n.GetAccessMethod(), name) {
				return nil, sqlstate.New(sqlstate.UndefinedObject, "operator class %q does not exist for access method %q", name, n.GetAccessMethod())
			}
		}
		k.key.Opaque = k.key.Opaque || k.key.Plain && (len(e.GetIndexElem().GetCollation()) > 0 || len(e.GetIndexElem().GetOpclass()) > 0)
		column, err := c.indexColumn(k, e.GetIndexElem())
		if err != nil {
			return nil, err
		}
		named += "_" + column
	}
	for _, e := range n.GetIndexIncludingParams() {
		if e.GetIndexElem().GetExpr() != nil {
			return nil, sqlstate.New(sqlstate.FeatureNotSupported, "expressions are not supported in included columns")
		}
		i := t.Find(e.GetIndexElem().GetName())
		if i < 0 {
			return nil, sqlstate.New(sqlstate.UndefinedColumn, "column %q does not exist", e.GetIndexElem().GetName())
		}
		k.key.Include = append(k.key.Include, i)
		named += "_" + t.Columns[i].Name
	}
	if n.GetWhereClause() != nil {
		binder := c.Options(c.Text).Within("index predicate").Binder(&t.Shape)
		e, err := binder.BindBool(n.GetWhereClause(), "WHERE")
		if err != nil {
			return nil, err
		}
		if expr.Mutable(e) {
			return nil, sqlstate.New(sqlstate.InvalidObjectDefinition, "functions in index predicate must be marked IMMUTABLE")
		}
		if k.key.Where, err = tabledef.Kept(binder, n.GetWhereClause()); err != nil {
			return nil, err
		}
	}
	if !slices.ContainsFunc(k.key.Parts, func(p temptable.Part) bool { return p.Column < 0 || p.Desc || p.NullsFirst }) {
		k.key.Parts = nil
	}
	if k.key.Name == "" {
		k.key.Name = c.Tables().FreeName(named + "_idx")
	}
	return k, nil
}

// indexColumn adds a column to the key and returns what the index is named for.
func (c *call) indexColumn(k *createIndex, e *pg.IndexElem) (string, error) {
	part := temptable.Part{Column: -1, Desc: e.GetOrdering() == pg.SortByDir_SORTBY_DESC}
	part.NullsFirst = expr.NullsFirst(e.GetNullsOrdering(), part.Desc)
	if e.GetExpr() != nil {
		binder := c.Options(c.Text).Within("index expression").Binder(&k.table.Shape)
		bound, err := binder.Bind(e.GetExpr())
		if err != nil {
			return "", err
		}
		if expr.Mutable(bound) {
			return "", sqlstate.New(sqlstate.InvalidObjectDefinition, "functions in index expression must be marked IMMUTABLE")
		}
		if err := collatable(bound.Type(), e); err != nil {
			return "", err
		}
		if err := expr.Indexable(bound.Type().OID); err != nil {
			return "", err
		}
		part.Name = freePart(k.key.Parts, analyze.IndexColumnName(e.GetExpr()))
		part.SQL, err = tabledef.Kept(binder, e.GetExpr())
		k.key.Parts = append(k.key.Parts, part)
		return part.Name, err
	}
	for i, col := range k.table.Columns {
		if col.Name == e.GetName() {
			part.Column, part.Name = i, freePart(k.key.Parts, col.Name)
			k.key.Columns, k.key.Parts = append(k.key.Columns, i), append(k.key.Parts, part)
			if err := collatable(col.Type, e); err != nil {
				return "", err
			}
			return part.Name, expr.Indexable(col.Type.OID)
		}
	}
	return "", sqlstate.New(sqlstate.UndefinedColumn, "column %q does not exist", e.GetName())
}

// collatable refuses a COLLATE of what has no collation.
func collatable(t types.Type, e *pg.IndexElem) error {
	if len(e.GetCollation()) == 0 || types.Info(types.BaseOf(t.OID)).Collation != 0 {
		return nil
	}
	return sqlstate.New(sqlstate.DatatypeMismatch, "collations are not supported by type %s", types.FormatType(t))
}

// freePart is a name that no column of an index has, with a number behind it if need be.
func freePart(parts []temptable.Part, name string) string {
	made := name
	for i := 1; slices.ContainsFunc(parts, func(p temptable.Part) bool { return p.Name == made }); i++ {
		made = name + strconv.Itoa(i)
	}
	return made
}

func (*createIndex) tag() string { return "CREATE INDEX" }

func (k *createIndex) run(_ context.Context, c *call) error {
	if k.concurrently {
		if err := c.Alone("CREATE INDEX CONCURRENTLY"); err != nil {
			return err
		}
	}
	if !c.Tables().Free(k.key.Name) {
		if k.ifNotExists {
			return c.skips(sqlstate.DuplicateTable, "relation %q already exists, skipping", k.key.Name)
		}
		return sqlstate.New(sqlstate.DuplicateTable, "relation %q already exists", k.key.Name)
	}
	shape := k.table.Shape
	shape.Keys = append(shape.Keys[:len(shape.Keys):len(shape.Keys)], k.key)
	err := c.Tables().Alter(k.table, shape, nil)
	if err == nil && k.table.Version().Len() > 0 { // who reads all rows counts them
		k.table.Count()
	}
	return err
}
