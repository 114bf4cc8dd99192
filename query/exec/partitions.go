package exec

import (
	"github.com/projsql/projsql/query/spill"
	"github.com/projsql/projsql/query/types"
)

// partitions are rows on disk, spread by a hash of their keys: rows of equal keys are in
// the same part, in their order.
type partitions struct {
	run   *run
	file  *spill.File
	tapes []*spill.Tape
	level int // how often the rows have been spread before
	open  int // parts that are still to be read
	taken int
}

// Bounds of how many parts rows are spread over at once.
const (
	partsMin = 4
	partsMax = 256
)

// partitions begins to spread rows that have been spread level times. beside is how many
// are written at the same time, which share what memory there is for their buffers.
func (r *run) partitions(width, level, beside int) (*partitions, error) {
	file, err := r.files().Create()
	if err != nil {
		return nil, err
	}
	buffers := min(r.memory.hash, r.memory.bytesMax/4) / (8 * spill.BlockBytes) / int64(beside)
	p := &partitions{run: r, file: file, level: level, open: int(min(max(buffers, partsMin), partsMax))}
	for range p.open {
		p.tapes = append(p.tapes, file.Tape(width))
	}
	p.taken = p.open * spill.BlockBytes
	return p, r.memory.take(p.taken)
}

// part is which part the rows of a hash go to.
func (p *partitions) part(hash uint64) int {
	h := hash + uint64(p.level+1)*0x9E3779B97F4A7C15
	h = (h ^ h>>32) * 0xD6E8FEB86659FD93
	h = (h ^ h>>32) * 0xD6E8FEB86659FD93
	return int((h ^ h>>32) % uint64(len(p.tapes)))
}

func (p *partitions) add(hash uint64, row []types.Datum) error {
	return p.tapes[p.part(hash)].Append(row)
}

// finish ends the writing.
func (p *partitions) finish() error {
	p.run.memory.give(p.taken)
	p.taken = 0
	for _, t := range p.tapes {
		if err := t.Finish(); err != nil {
			return err
		}
	}
	return nil
}

// read tells that a part has been read; the file goes with the last one.
func (p *partitions) read() {
	if p.open--; p.open == 0 {
		p.close()
	}
}

// close gives everything back; nil has nothing.
func (p *partitions) close() {
	if p == nil {
		return
	}
	p.run.memory.give(p.taken)
	p.taken = 0
	p.file.Close()
}

// part is rows of one hash that are still to be worked on: of one input, or of each of
// two that are spread alike.
type part struct {
	of    []*partitions
	tapes []*spill.Tape
	set   int // the grouping set that they are for
}

// level is how often the rows have been spread; 0: never.
func (p *part) level() int {
	if p.of == nil {
		return 0
	}
	return p.of[0].level + 1
}

// read tells that the part has been read.
func (p *part) read() {
	for _, of := range p.of {
		of.read()
	}
	*p = part{}
}

func (p *part) close() {
	for _, of := range p.of {
		of.close()
	}
	*p = part{}
}

// parts are what is still to be worked on, the last first: a part that was spread again
// comes before its neighbours, so that room is given back soon.
type parts struct {
	todo  []part
	count int   // of all that there were
	disk  int64 // that all files had
}

// push ends the writing of partitions and adds their parts.
func (p *parts) push(set int, of ...*partitions) error {
	for _, o := range of {
		if err := o.finish(); err != nil {
			return err
		}
		p.disk += o.file.Bytes()
	}
	for i := range of[0].tapes {
		made, rows := part{of: of, set: set}, int64(0)
		for _, o := range of {
			made.tapes = append(made.tapes, o.tapes[i])
			rows += o.tapes[i].Rows()
		}
		if rows == 0 {
			made.read()
			continue
		}
		p.count++
		p.todo = append(p.todo, made)
	}
	return nil
}

// pop takes the next part; false: there is none.
func (p *parts) pop() (next part, ok bool) {
	last := len(p.todo) - 1
	if last < 0 {
		return part{}, false
	}
	next = p.todo[last]
	p.todo = p.todo[:last]
	return next, true
}

func (p *parts) close() {
	for i := range p.todo {
		p.todo[i].close()
	}
	*p = parts{}
}

// tapeRows gives the rows of a tape in batches.
type tapeRows struct {
	reader *spill.Reader
	out    output
}

func newTapeRows(t *spill.Tape, width int) *tapeRows {
	return &tapeRows{reader: t.Reader(), out: output{width: width}}
}

func (t *tapeRows) next() ([][]types.Datum, error) {
	t.out.reset()
	for !t.out.full() {
		ok, err := t.reader.Next(t.out.add())
		if err != nil {
			return nil, err
		}
		if !ok {
			t.out.drop()
			break
		}
	}
	return t.out.rows, nil
}
