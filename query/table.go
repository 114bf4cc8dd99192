package query

import (
	"context"
	"iter"

	pg "github.com/pganalyze/pg_query_go/v6"

	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/query/tabledef"
	"github.com/projsql/projsql/query/temptable"
	"github.com/projsql/projsql/query/types"
)

// tableOf is the temporary table that a statement names; nil if it names none.
func (s *Session) tableOf(r *pg.RangeVar) *temptable.Table {
	if !s.ownSchema(r) {
		return nil
	}
	return s.tables.Lookup(r.GetRelname())
}

// isTemp reports whether a schema is that of the session's temporary tables.
func (s *Session) isTemp(schema string) bool { return s.tables.Owns(schema) }

// tableOptions are what definitions of temporary tables are bound with.
func (s *Session) tableOptions(sql string) tabledef.Options {
	env := *s.env
	env.Present = s.present
	return tabledef.Options{Text: sql, Env: &env, Extensions: s.extensions(), Schema: s.tables.Schema, FreeName: s.tables.FreeName}
}

// tableRelation is a temporary table as plans know it.
func (s *Session) tableRelation(t *temptable.Table) *plan.Relation {
	if s.relationsAt != s.tables.Shapes() {
		clear(s.relationOf)
		s.relationsAt = s.tables.Shapes()
	}
	if made := s.relationOf[t.OID]; made != nil {
		return made
	}
	made := &plan.Relation{Schema: s.tables.Schema, Name: t.Name, OID: t.OID, Kind: plan.VirtualRelation}
	for _, c := range t.Columns {
		made.Columns = append(made.Columns, plan.RelationColumn{
			Name: c.Name, Type: c.Type, Collation: c.Collation, Number: c.Number, Default: c.ByDefault(), Generated: c.Generated != "",
			Always: c.Identity == temptable.IdentityAlways, ByDefault: c.Identity == temptable.IdentityByDefault,
		})
	}
	for _, k := range t.Keys {
		if !k.Plain {
			made.Keys = append(made.Keys, s.relationKey(t, &k))
		}
		for _, i := range k.Columns {
			made.Columns[i].Key = made.Columns[i].Key || k.Primary && !k.Later
		}
	}
	for _, c := range t.Checks {
		made.Keys = append(made.Keys, plan.RelationKey{Name: c.Name, Check: true})
	}
	made.Columns = append(made.Columns, plan.RelationColumn{Name: plan.PlaceColumn, Type: types.Of(types.Int8OID), Hidden: true})
	for i, c := range temptable.SystemColumns {
		made.Columns = append(made.Columns, plan.RelationColumn{Name: c.Name, Type: types.Of(c.Type), Hidden: true, Number: -uint16(i + 1)})
	}
	made.OwnRowType = func() (types.OID, error) { return s.tables.RowType(t) }
	made.Rows = func(_ context.Context, src plan.Source, _ []bool) iter.Seq2[[]types.Datum, error] {
		return tableRows(t, src.(*source))
	}
	s.relationOf[t.OID] = made
	return made
}

// tableRows yields a table's rows as a statement found them, with their places and
// system columns behind them.
func tableRows(t *temptable.Table, src *source) iter.Seq2[[]types.Datum, error] {
	version := src.tables[t]
	if version == nil {
		version = t.Version()
	}
	width := len(t.Columns)
	row := make([]types.Datum, width+1+len(temptable.SystemColumns))
	system := row[width+1:]
	for i := range system {
		system[i] = types.Int(0)
	}
	system[temptable.TableOID] = types.Int(int64(t.OID))
	return func(yield func([]types.Datum, error) bool) {
		for of, values := range version.Stored() {
			copy(row, values)
			row[width] = types.Int(int64(of.Row))
			system[temptable.Ctid], system[temptable.Xmin] = t.Place(of.Place), types.Int(int64(of.By))
			if !yield(row, nil) {
				return
			}
		}
	}
}

// tableVersions is what every temporary table holds now.
func (s *Session) tableVersions() map[*temptable.Table]*temptable.Version {
	if s.tables.Shapes() == 0 {
		return nil
	}
	now := map[*temptable.Table]*temptable.Version{}
	for _, t := range s.tables.All() {
		now[t] = t.Version()
	}
	return now
}

// dropTables is DISCARD TEMP.
func (s *Session) dropTables() {
	for _, v := range s.tables.Views() {
		s.tables.Drop(v)
	}
	for _, q := range s.tables.Sequences() {
		s.tables.Drop(q)
	}
	for _, t := range s.tables.All() {
		s.tables.Drop(t)
	}
	for _, f := range s.tables.Functions() {
		s.tables.DropFunction(f)
	}
	for _, t := range s.tables.Types() {
		s.tables.Drop(t)
	}
}
