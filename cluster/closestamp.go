package cluster

import (
	"context"
	"encoding/binary"
	"errors"

	"github.com/projsql/projsql/engine/projection"
	"github.com/projsql/projsql/storage/hlc"
	"github.com/projsql/projsql/wire/sqlstate"
)

// closeAsLeader commits an entry that is stamped after ts, so that no event gets a
// stamp at or before it any more, whoever leads later.
func (n *Node) closeAsLeader(ctx context.Context, ts hlc.Timestamp) error {
	if ts <= n.frontier.load().HLC {
		return nil
	}
	if err := n.observe(ts); err != nil {
		return err
	}
	return n.batcher.submit(ctx, &proposal{})
}

// closeAnywhere has the leader close a stamp and returns when this node covers it.
// Meanwhile an event may cover it as well.
func (n *Node) closeAnywhere(ctx context.Context, f projection.Freshness, ts hlc.Timestamp) error {
	ctx, cancel := n.patience(ctx, f)
	defer cancel()
	for pause := pauseMin; ; pause = min(2*pause, pauseMax) {
		err := n.closeOnce(ctx, ts)
		if ts <= n.frontier.load().HLC {
			return nil
		}
		if codeOf(err) == sqlstate.InvalidParameterValue {
			return err
		}
		if down := n.usable(); down != nil {
			return down
		}
		if !sleep(ctx, pause) {
			return n.notMet(ctx)
		}
	}
}

func (n *Node) closeOnce(ctx context.Context, ts hlc.Timestamp) error {
	if n.leader.serving.Load() {
		return n.closeAsLeader(ctx, ts)
	}
	_, err := n.askLeader(ctx, request{kind: askClose, body: binary.BigEndian.AppendUint64(nil, uint64(ts))})
	if errors.Is(err, errBehind) {
		return nil
	}
	return err
}
