package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
)

// replies are what the bare wire answers: bytes that a server under test has answered before.
type replies struct {
	Start []byte // to a startup message, to the first ReadyForQuery
	Shape []byte // to Describe
	Rows  []byte // to Execute
	Ready []byte // to Sync
}

// answerTo adds the answer to one message.
func (r *replies) answerTo(out []byte, kind byte) []byte {
	switch kind {
	case 'P':
		return append(out, '1', 0, 0, 0, 4)
	case 'B':
		return append(out, '2', 0, 0, 0, 4)
	case 'C':
		return append(out, '3', 0, 0, 0, 4)
	case 'D':
		return append(out, r.Shape...)
	case 'E':
		return append(out, r.Rows...)
	case 'S':
		return append(out, r.Ready...)
	case 'Q':
		return append(append(append(out, r.Shape...), r.Rows...), r.Ready...)
	}
	return out
}

const (
	protocolVersion = 3 << 16
	sslRequest      = 80877103
)

// record asks a server for one statement's answer.
func record(t target, statement string) (*replies, error) {
	nc, err := net.Dial("tcp", net.JoinHostPort(t.host, t.port))
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	body := binary.BigEndian.AppendUint32(nil, protocolVersion)
	body = fmt.Appendf(body, "user\x00%s\x00database\x00%s\x00application_name\x00pgbench\x00\x00", t.user, t.database)
	if _, err := nc.Write(append(binary.BigEndian.AppendUint32(nil, uint32(4+len(body))), body...)); err != nil {
		return nil, err
	}
	var r replies
	in := bufio.NewReader(nc)
	sort := func(part func(kind byte) *[]byte) error {
		for {
			kind, frame, err := readFrame(in)
			if err != nil {
				return err
			}
			if kind == 'E' {
				return fmt.Errorf("%q: %q", statement, frame[5:])
			}
			p := part(kind)
			*p = append(*p, frame...)
			if kind == 'Z' {
				return nil
			}
		}
	}
	if err := sort(func(byte) *[]byte { return &r.Start }); err != nil {
		return nil, err
	}
	query := append(binary.BigEndian.AppendUint32([]byte{'Q'}, uint32(4+len(statement)+1)), statement...)
	if _, err := nc.Write(append(query, 0)); err != nil {
		return nil, err
	}
	return &r, sort(func(kind byte) *[]byte {
		switch kind {
		case 'T':
			return &r.Shape
		case 'Z':
			return &r.Ready
		}
		return &r.Rows
	})
}

// readFrame reads one message, its kind and length included in frame.
func readFrame(in *bufio.Reader) (kind byte, frame []byte, err error) {
	frame = make([]byte, 5)
	if _, err := io.ReadFull(in, frame); err != nil {
		return 0, nil, err
	}
	frame = append(frame, make([]byte, binary.BigEndian.Uint32(frame[1:])-4)...)
	_, err = io.ReadFull(in, frame[5:])
	return frame[0], frame, err
}

// frames splits what a client has sent.
type frames struct {
	begun bool // the startup message has come
	in    []byte
}

// answer takes the messages that are complete, and adds what they get to out; end is true when the
// client leaves.
func (f *frames) answer(out []byte, r *replies) (_ []byte, end bool) {
	taken := 0
	for rest := f.in; ; rest = f.in[taken:] {
		head := 1
		if !f.begun {
			head = 0
		}
		if len(rest) < head+4 {
			break
		}
		size := head + int(binary.BigEndian.Uint32(rest[head:]))
		if len(rest) < size {
			break
		}
		taken += size
		switch {
		case f.begun && rest[0] == 'X':
			return out, true
		case f.begun:
			out = r.answerTo(out, rest[0])
		case size == 8 && binary.BigEndian.Uint32(rest[4:]) == sslRequest:
			out = append(out, 'N')
		default:
			f.begun = true
			out = append(out, r.Start...)
		}
	}
	f.in = f.in[:copy(f.in, f.in[taken:])]
	return out, false
}

// bareWire is a process that answers every statement with the same bytes, by one loop for each
// processor that does nothing but wait, receive and send. What it leaves is what the kernel, the
// client and the bytes take: nobody's answers come much faster.
type bareWire struct {
	target target
	cmd    *exec.Cmd
}

// startBare has the answer of a server to a statement answered by the bare wire.
func startBare(dir string, as target, statement string) (*bareWire, error) {
	r, err := record(as, statement)
	if err != nil {
		return nil, err
	}
	return serveReplies(dir, as, r)
}

func serveReplies(dir string, as target, r *replies) (*bareWire, error) {
	input, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	w := &bareWire{target: as, cmd: exec.Command(self, bareName, dir)}
	w.cmd.Stderr = os.Stderr
	said, err := w.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	tell, err := w.cmd.StdinPipe() // stays open: it ends with us
	if err != nil {
		return nil, err
	}
	if err := w.cmd.Start(); err != nil {
		return nil, err
	}
	_, err = tell.Write(input)
	var addr string
	if err == nil {
		_, err = fmt.Fscanln(said, &addr)
	}
	if err != nil {
		w.stop()
		return nil, fmt.Errorf("the bare wire: %w", err)
	}
	w.target.host, w.target.port, _ = net.SplitHostPort(addr)
	w.target.socketDir, w.target.pids = dir, []int{w.cmd.Process.Pid}
	return w, nil
}

func (w *bareWire) stop() {
	_ = w.cmd.Process.Kill()
	_ = w.cmd.Wait()
}

// bareName is the command that serves the bare wire: replies from stdin, a directory for the socket.
const bareName = "bare"

// serveBare says its address when it listens, and serves until whoever started it is gone.
func serveBare(ctx context.Context, dir string, in io.Reader, out io.Writer) error {
	var r replies
	if err := json.NewDecoder(in).Decode(&r); err != nil {
		return err
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	_, port, _ := net.SplitHostPort(tcp.Addr().String())
	unix, err := net.Listen("unix", filepath.Join(dir, ".s.PGSQL."+port))
	if err != nil {
		return errors.Join(err, tcp.Close())
	}
	fmt.Fprintln(out, tcp.Addr())
	go func() {
		_, _ = io.Copy(io.Discard, in)
		os.Exit(0)
	}()
	return loopBare(ctx, &r, tcp, unix)
}
