package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
)

// lineBytesMax bounds one line of a JSON lines file.
const lineBytesMax = 64 << 20

func importJSONLCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "jsonl FILE",
		Short: "Load a file of JSON lines, plain or packed by gzip",
		Long: `Load a file with one JSON object a line, plain or packed by gzip; - is standard input:

  {"entity": "acct:7", "kind": "MoneyDeposited", "data": {"amount": 10}, "at": 1370565812}

entity and kind are required. Optional: data (any JSON; {} if left out), at (when it
occurred: Unix seconds or an RFC 3339 text), event_id (a UUID).`,
		Args: oneArg("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if args[0] == "-" {
				src, err := jsonlSource(interruptible(cmd.Context(), cmd.InOrStdin()), sizeUnknown, false)
				if err != nil {
					return fmt.Errorf("standard input: %w", interrupted(cmd.Context(), err))
				}
				return runImport(cmd, src)
			}
			src, closeFile, err := jsonlFile(args[0])
			if err != nil {
				return err
			}
			defer closeFile()
			return runImport(cmd, src)
		},
	}
}

// jsonlFile opens a file of JSON lines.
func jsonlFile(path string) (source, func() error, error) {
	f, err := os.Open(path)
	if err != nil {
		return source{}, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return source{}, nil, errors.Join(err, f.Close())
	}
	bytes := info.Size()
	if !info.Mode().IsRegular() {
		bytes = sizeUnknown
	}
	src, err := jsonlSource(f, bytes, strings.HasSuffix(path, ".gz"))
	if err != nil {
		return source{}, nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return src, f.Close, nil
}

// sizeUnknown is the size of what tells none, as pipes do.
const sizeUnknown = -1

// jsonlSource reads JSON lines; packed wants them so.
func jsonlSource(from io.Reader, bytes int64, packed bool) (source, error) {
	count := &countingReader{r: from}
	r, err := plain(count, packed)
	return source{records: jsonLines(r), total: bytes, done: func() int64 { return count.n }, bytes: true}, err
}

// interruptible reads r until ctx ends, too, which a read of a terminal or a pipe does not see: that
// goes on until r gives something or the process ends.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	read, write := io.Pipe()
	go func() {
		_, err := io.Copy(write, r)
		write.CloseWithError(err)
	}()
	context.AfterFunc(ctx, func() { write.CloseWithError(ctx.Err()) })
	return read
}

// plain reads what a file says: unpacked if it is packed, whatever its name, and without
// the mark that programs of Windows put before UTF-8.
func plain(r io.Reader, packed bool) (io.Reader, error) {
	text := bufio.NewReader(r)
	if head, _ := text.Peek(2); packed || string(head) == "\x1f\x8b" {
		unpacked, err := gzip.NewReader(text)
		if err != nil {
			return nil, err
		}
		text = bufio.NewReader(unpacked)
	}
	if head, _ := text.Peek(3); string(head) == "\ufeff" {
		_, _ = text.Discard(3) // they are there
	}
	return text, nil
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// jsonLines yields a record for every line that is not blank.
func jsonLines(r io.Reader) iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(make([]byte, 64<<10), lineBytesMax)
		seen := map[[sha256.Size]byte]int{}
		number := 0
		for lines.Scan() {
			number++
			if len(bytes.TrimSpace(lines.Bytes())) == 0 {
				continue
			}
			rec, err := parseLine(lines.Bytes(), seen)
			rec.place = fmt.Sprintf("line %d", number)
			if err != nil {
				yield(record{}, fmt.Errorf("%s: %w", rec.place, err))
				return
			}
			if !yield(rec, nil) {
				return
			}
		}
		if err := lines.Err(); err != nil {
			yield(record{}, fmt.Errorf("line %d: %w", number+1, err))
		}
	}
}

// line is one object of the file.
type line struct {
	Entity  string          `json:"entity"`
	Kind    string          `json:"kind"`
	Data    json.RawMessage `json:"data"`
	At      json.RawMessage `json:"at"`
	EventID string          `json:"event_id"`
}

func parseLine(text []byte, seen map[[sha256.Size]byte]int) (record, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var l line
	if err := decoder.Decode(&l); err != nil {
		return record{}, lineError(err)
	}
	if decoder.More() {
		return record{}, errors.New("more than one object")
	}
	if l.Entity == "" || l.Kind == "" {
		return record{}, errors.New(`"entity" and "kind" are required`)
	}
	if l.Data == nil {
		l.Data = json.RawMessage("{}")
	}
	at, err := parseAt(l.At)
	if err != nil {
		return record{}, err
	}
	id, err := lineID(&l, seen)
	return record{id: id, entity: l.Entity, kind: l.Kind, data: l.Data, occurredAt: at}, err
}

// lineError is what encoding/json says of a line, in words about the line.
func lineError(err error) error {
	if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) {
		if wrong.Field == "" {
			return fmt.Errorf("a JSON object is expected, not %s", wrong.Value)
		}
		return fmt.Errorf("%q must be a string, not %s", wrong.Field, wrong.Value)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the line ends within a JSON object: each object stands on one line")
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("unknown field %s: there are entity, kind, data, at and event_id", name)
	}
	return fmt.Errorf("invalid JSON: %w", err)
}

func parseAt(raw json.RawMessage) (time.Time, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return time.Time{}, nil
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		at, err := time.Parse(time.RFC3339Nano, text)
		if err != nil {
			return at, fmt.Errorf(`"at": %q is neither Unix seconds nor an RFC 3339 text, such as "2026-01-02T09:00:00Z"`, text)
		}
		return at, nil
	}
	var seconds float64
	if err := json.Unmarshal(raw, &seconds); err != nil {
		return time.Time{}, errors.New(`"at" must be Unix seconds or an RFC 3339 text`)
	}
	whole, fraction := math.Modf(seconds)
	return time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1000), nil
}

// lineID is the event's own id, or one derived from the line's content and, for
// lines that say the same, from how many of them stood before.
func lineID(l *line, seen map[[sha256.Size]byte]int) (uuid.UUID, error) {
	if l.EventID != "" {
		id, err := uuid.Parse(l.EventID)
		if err != nil {
			return id, fmt.Errorf(`"event_id": %w`, err)
		}
		return id, nil
	}
	content, err := json.Marshal([]any{l.Entity, l.Kind, l.At, l.Data})
	if err != nil {
		return uuid.UUID{}, err
	}
	sum := sha256.Sum256(content)
	nth := seen[sum]
	seen[sum] = nth + 1
	return uuid.NewSHA1(importIDs, fmt.Appendf(sum[:], "#%d", nth)), nil
}
