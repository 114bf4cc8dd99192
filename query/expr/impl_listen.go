package expr

import (
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

func listens() map[string]any {
	return map[string]any{
		"pg_listening_channels": SetFunc(listeningChannels),
		"pg_notify":             Func2(notify),
	}
}

func listeningChannels(env *Env, _ []types.Datum) (Rows, error) {
	if env.Listening == nil {
		return nil, unavailable("function pg_listening_channels()")
	}
	names := env.Listening()
	return func() ([]types.Datum, error) {
		if len(names) == 0 {
			return nil, nil
		}
		name := names[0]
		names = names[1:]
		return []types.Datum{types.String(name)}, nil
	}, nil
}

func notify(*Env, types.Datum, types.Datum) (types.Datum, error) {
	return types.Null, sqlstate.New(sqlstate.FeatureNotSupported, "function pg_notify(text, text) is not supported").
		WithHint("Append an event: whoever listens to a state that it changes is notified.")
}
