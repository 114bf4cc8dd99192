package exec

import (
	"github.com/projsql/projsql/query/plan"
	"github.com/projsql/projsql/wire/sqlstate"
)

func (r *run) window(*plan.Window) (operator, error) {
	return nil, sqlstate.New(sqlstate.FeatureNotSupported, "window functions are not supported yet")
}
