package query

import (
	"context"
	"slices"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/catalog"
	"github.com/projsql/projsql/query/parse"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/wire/sqlstate"
)

// reindexCommand is REINDEX. Indexes follow their rows, and are never rebuilt.
type reindexCommand struct{ statement *pg.ReindexStmt }

// manyNames are the kinds of REINDEX of more than one table.
var manyNames = map[pg.ReindexObjectType]string{
	pg.ReindexObjectType_REINDEX_OBJECT_SCHEMA:   "REINDEX SCHEMA",
	pg.ReindexObjectType_REINDEX_OBJECT_SYSTEM:   "REINDEX SYSTEM",
	pg.ReindexObjectType_REINDEX_OBJECT_DATABASE: "REINDEX DATABASE",
}

func (k *reindexCommand) run(_ context.Context, s *Session, x *call) (result, error) {
	concurrently, tablespace, err := k.options(x.compiled)
	if err != nil {
		return result{}, err
	}
	if concurrently {
		if err := s.aloneFor("REINDEX CONCURRENTLY"); err != nil {
			return result{}, err
		}
	}
	if tablespace != "" && !catalog.HasTablespace(tablespace) {
		return result{}, sqlstate.New(sqlstate.UndefinedObject, "tablespace %q does not exist", tablespace)
	}
	switch kind := k.statement.GetKind(); {
	case manyNames[kind] != "":
		err = k.many(s, x, manyNames[kind], concurrently)
	case kind == pg.ReindexObjectType_REINDEX_OBJECT_INDEX:
		err = k.index(s, x)
	default:
		err = k.table(s, x, concurrently)
	}
	return result{tag: "REINDEX"}, err
}

func (k *reindexCommand) options(c *compiled) (concurrently bool, tablespace string, err error) {
	for _, n := range k.statement.GetParams() {
		switch d := n.GetDefElem(); d.GetDefname() {
		case "verbose":
			_, err = parse.OptionBool(d)
		case "concurrently":
			concurrently, err = parse.OptionBool(d)
		case "tablespace":
			tablespace = parse.OptionText(d)
		default:
			err = at(c.sql, d.GetLocation(), sqlstate.SyntaxError, "unrecognized REINDEX option %q", d.GetDefname())
		}
		if err != nil {
			return false, "", err
		}
	}
	return concurrently, tablespace, nil
}

// many is REINDEX of a schema, of PostgreSQL's catalogs or of the database.
func (k *reindexCommand) many(s *Session, x *call, command string, concurrently bool) error {
	if err := s.aloneFor(command); err != nil {
		return err
	}
	name := k.statement.GetName()
	if command == "REINDEX SYSTEM" && concurrently {
		return noConcurrentCatalogs()
	}
	if command == "REINDEX SCHEMA" {
		if err := s.schemaThere(name); err != nil {
			return err
		}
		if name != "pg_catalog" {
			return nil
		}
	} else if name != "" && name != s.server.options.Database {
		return sqlstate.New(sqlstate.FeatureNotSupported, "can only reindex the currently open database")
	}
	if concurrently {
		return s.warn(x.out, sqlstate.FeatureNotSupported, "cannot reindex system catalogs concurrently, skipping all")
	}
	return nil
}

func noConcurrentCatalogs() error {
	return sqlstate.New(sqlstate.FeatureNotSupported, "cannot reindex system catalogs concurrently")
}

func (k *reindexCommand) index(s *Session, x *call) error {
	m, err := s.maintained(x, k.statement.GetRelation())
	switch {
	case err != nil:
		return err
	case m.relation != nil:
		return notA(m.name, "an index")
	}
	return nil
}

func (k *reindexCommand) table(s *Session, x *call, concurrently bool) error {
	m, err := s.maintained(x, k.statement.GetRelation())
	if err == nil {
		err = m.aTable()
	}
	if err == nil {
		err = s.mayMaintain(m)
	}
	switch {
	case err != nil:
		return err
	case m.schema == "pg_catalog" && concurrently:
		return noConcurrentCatalogs()
	case !s.catalogObjects().Indexed(m.relation.OID):
		return s.notice(x.out, "table %q has no indexes to reindex", m.name)
	}
	return nil
}

// clusterCommand is CLUSTER. Rows stay in their order; which index a temporary table goes by is kept.
type clusterCommand struct{ statement *pg.ClusterStmt }

func (k *clusterCommand) run(_ context.Context, s *Session, x *call) (result, error) {
	for _, n := range k.statement.GetParams() {
		d := n.GetDefElem()
		if d.GetDefname() != "verbose" {
			return result{}, at(x.sql, d.GetLocation(), sqlstate.SyntaxError, "unrecognized CLUSTER option %q", d.GetDefname())
		}
		if _, err := parse.OptionBool(d); err != nil {
			return result{}, err
		}
	}
	if k.statement.GetRelation() == nil {
		return result{tag: "CLUSTER"}, s.aloneFor("CLUSTER")
	}
	return result{tag: "CLUSTER"}, k.table(s, x)
}

func (k *clusterCommand) table(s *Session, x *call) error {
	m, err := s.maintained(x, k.statement.GetRelation())
	if err == nil {
		err = m.aTable()
	}
	if err == nil {
		err = s.mayMaintain(m)
	}
	index := k.statement.GetIndexname()
	switch {
	case err != nil:
		return err
	case index == "" && !m.clustered():
		return sqlstate.New(sqlstate.UndefinedObject, "there is no previously clustered index for table %q", m.name)
	case index == "":
		return nil
	case m.table == nil:
		return unsupported(x.sql, int32(x.statement.Start), "CLUSTER is not supported").WithHint("%s", hints["CLUSTER"])
	}
	shape := m.table.Shape
	if err := shape.ClusterOn(index); err != nil {
		return err
	}
	return s.tables.Alter(m.table, shape, nil)
}

func (m *maintained) clustered() bool {
	return m.table != nil && slices.ContainsFunc(m.table.Keys, func(k temptable.Key) bool { return k.Clustered })
}
