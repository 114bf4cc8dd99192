package expr

import "github.com/projsql/projsql/query/types"

// snapshots are the functions of pg_snapshot, and of txid_snapshot, which is the same with bigint for xid8.
func snapshots() map[string]any {
	return map[string]any{
		"pg_snapshot_xmin": Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.Int(int64(a.Snapshot().Xmin)), nil }),
		"pg_snapshot_xmax": Func1(func(_ *Env, a types.Datum) (types.Datum, error) { return types.Int(int64(a.Snapshot().Xmax)), nil }),
		"pg_visible_in_snapshot": Func2(func(_ *Env, id, a types.Datum) (types.Datum, error) {
			return types.Bool(a.SnapshotSees(uint64(id.Int()))), nil
		}),
		"pg_snapshot_xip": SetFunc(inProgress),
	}
}

func inProgress(_ *Env, args []types.Datum) (Rows, error) {
	ids := args[0].Snapshot().Xip
	return func() ([]types.Datum, error) {
		if len(ids) == 0 {
			return nil, nil
		}
		row := []types.Datum{types.Int(int64(ids[0]))}
		ids = ids[1:]
		return row, nil
	}, nil
}
