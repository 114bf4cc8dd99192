package gossip

import (
	"log/slog"
	"os"
	"slices"
	"strings"
)

// others returns the gossip addresses of the other members; mu is held.
func (g *Gossip) others() (addrs []string) {
	for id, addr := range g.addrs {
		if id != g.self.ID {
			addrs = append(addrs, addr)
		}
	}
	slices.Sort(addrs)
	return addrs
}

// lost returns the addresses at which a member was and none is seen.
func (g *Gossip) lost() (addrs []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	seen := map[string]bool{}
	for id, addr := range g.addrs {
		seen[addr] = seen[addr] || g.members[id].Alive
	}
	for addr, alive := range seen {
		if !alive {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}

// readPeers reads addresses, one a line. A file that cannot be read is as none: it
// only helps to find the others.
func readPeers(path string) []string {
	if path == "" {
		return nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return strings.Fields(string(b))
}

func writePeers(path string, addrs []string) error {
	if path == "" || len(addrs) == 0 {
		return nil
	}
	if err := os.WriteFile(path+".new", []byte(strings.Join(addrs, "\n")+"\n"), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// logWriter takes memberlist's messages.
type logWriter struct{ to *slog.Logger }

// Write logs a message.
func (w logWriter) Write(p []byte) (int, error) {
	w.to.Debug(strings.TrimSpace(string(p)))
	return len(p), nil
}
