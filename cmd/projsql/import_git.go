package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

func importGitCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "git PATH",
		Short: "Load the history of a git repository",
		Long: `Load the history of a git repository: one entity for each path, one event for each
change of it. Kinds are FileAdded, FileModified and FileDeleted; data has commit,
author, added and removed (lines; null for binary files) and subject; occurred_at is
the commit's time. Merges are told by their branches' commits.`,
		Args: oneArg("PATH"),
		RunE: func(cmd *cobra.Command, args []string) error {
			src, err := gitSource(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return runImport(cmd, src)
		},
	}
}

// gitSource reads the history of the repository at path, oldest commit first.
func gitSource(ctx context.Context, path string) (source, error) {
	if _, err := git(ctx, path, "rev-parse", "--git-dir"); err != nil {
		return source{}, err
	}
	if _, err := git(ctx, path, "rev-parse", "--verify", "--quiet", "HEAD"); err != nil {
		return source{}, fmt.Errorf("git: %s has no commits", path)
	}
	out, err := git(ctx, path, "rev-list", "--count", "--no-merges", "HEAD")
	if err != nil {
		return source{}, err
	}
	total, err := strconv.ParseInt(strings.TrimSpace(out), 10, 64)
	if err != nil {
		return source{}, fmt.Errorf("git rev-list: %w", err)
	}
	var commits int64
	return source{
		records: gitLog(ctx, path, &commits),
		total:   total,
		done:    func() int64 { return commits },
	}, nil
}

func git(ctx context.Context, path string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", path}, args...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", gitError(err, &stderr)
	}
	return string(out), nil
}

func gitError(err error, stderr *bytes.Buffer) error {
	if text := strings.TrimSpace(stderr.String()); text != "" {
		return fmt.Errorf("git: %s", text)
	}
	return fmt.Errorf("git: %w", err)
}

// gitLog yields one record for each changed path of each commit. It reads
// git's NUL-separated output: a header, then --raw entries (mode, blobs, status;
// path), then --numstat entries (added, removed, path).
func gitLog(ctx context.Context, path string, commits *int64) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		cmd := exec.CommandContext(ctx, "git", "-C", path, "log", "--reverse", "--topo-order", "--no-merges",
			"--no-renames", "--raw", "--numstat", "-z", "--format=%x00%x00%H%x00%an%x00%ct%x00%s")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			yield(record{}, err)
			return
		}
		stopped, err := readGitLog(bufio.NewReaderSize(out, 1<<20), commits, yield)
		if stopped {
			cancel()
			_ = cmd.Wait() // killed by us: its status says nothing
			return
		}
		if waitErr := cmd.Wait(); err == nil && waitErr != nil {
			err = gitError(waitErr, &stderr)
		}
		if err != nil {
			yield(record{}, err)
		}
	}
}

// commit is one commit's header and its changes, in git's order.
type commit struct {
	hash, author, subject string
	at                    time.Time
	status                map[string]byte
	lines                 map[string][2]*int
	paths                 []string
}

func readGitLog(r *bufio.Reader, commits *int64, yield func(record, error) bool) (stopped bool, err error) {
	var current *commit
	emit := func() bool {
		if current == nil {
			return true
		}
		*commits++
		for _, path := range current.paths {
			rec, err := current.record(path)
			if !yield(rec, err) || err != nil {
				return false
			}
		}
		return true
	}
	for {
		token, err := nextToken(r)
		if errors.Is(err, io.EOF) {
			return !emit(), nil
		}
		if err != nil {
			return false, err
		}
		switch token = strings.TrimPrefix(token, "\n"); {
		case token == "":
			if next, peekErr := r.Peek(1); peekErr == nil && next[0] == 0 {
				if !emit() {
					return true, nil
				}
				if current, err = readHeader(r); err != nil {
					return false, err
				}
			}
		case current == nil:
			return false, fmt.Errorf("git log: unexpected output %q", token)
		case token[0] == ':':
			err = current.readRaw(token, r)
		default:
			err = current.readNumstat(token)
		}
		if err != nil {
			return false, err
		}
	}
}

// nextToken reads up to the next NUL.
func nextToken(r *bufio.Reader) (string, error) {
	token, err := r.ReadString(0)
	if errors.Is(err, io.EOF) && strings.Trim(token, "\n") != "" {
		return "", io.ErrUnexpectedEOF
	}
	return strings.TrimSuffix(token, "\x00"), err
}

func readHeader(r *bufio.Reader) (*commit, error) {
	var fields [5]string // the second NUL, then hash, author, time, subject
	for i := range fields {
		token, err := nextToken(r)
		if err != nil {
			return nil, fmt.Errorf("git log: %w", err)
		}
		fields[i] = token
	}
	seconds, err := strconv.ParseInt(fields[3], 10, 64)
	if err != nil {
		return nil, fmt.Errorf("git log: commit time: %w", err)
	}
	return &commit{
		hash: fields[1], author: fields[2], at: time.Unix(seconds, 0), subject: fields[4],
		status: map[string]byte{}, lines: map[string][2]*int{},
	}, nil
}

// readRaw reads ":100644 100644 abc def M" and the path behind it.
func (c *commit) readRaw(token string, r *bufio.Reader) error {
	path, err := nextToken(r)
	if err != nil {
		return fmt.Errorf("git log: %w", err)
	}
	fields := strings.Fields(token)
	c.status[path] = fields[len(fields)-1][0]
	c.paths = append(c.paths, path)
	return nil
}

// readNumstat reads "12\t3\tpath"; binary files have "-" for both numbers.
func (c *commit) readNumstat(token string) error {
	fields := strings.SplitN(token, "\t", 3)
	if len(fields) != 3 {
		return fmt.Errorf("git log: unexpected output %q", token)
	}
	var lines [2]*int
	for i := range lines {
		if n, err := strconv.Atoi(fields[i]); err == nil {
			lines[i] = &n
		}
	}
	c.lines[fields[2]] = lines
	return nil
}

func (c *commit) record(path string) (record, error) {
	kind := "FileModified"
	switch c.status[path] {
	case 'A':
		kind = "FileAdded"
	case 'D':
		kind = "FileDeleted"
	}
	data, err := json.Marshal(struct {
		Commit  string `json:"commit"`
		Author  string `json:"author"`
		Added   *int   `json:"added"`
		Removed *int   `json:"removed"`
		Subject string `json:"subject"`
	}{c.hash[:12], validText(c.author), c.lines[path][0], c.lines[path][1], validText(c.subject)})
	return record{
		id:         uuid.NewSHA1(importIDs, []byte("git:"+c.hash+":"+path)),
		entity:     validText(path),
		kind:       kind,
		data:       data,
		occurredAt: c.at,
	}, err
}

// validText is s without what PostgreSQL's text cannot hold.
func validText(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\uFFFD")
}
