package guard

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var errMalformed = errors.New("malformed predicate")

// decode reads what encode wrote.
func decode(b []byte) (*node, error) {
	if len(b) == 0 {
		return nil, errMalformed
	}
	if b[0] != format {
		return nil, fmt.Errorf("predicate of format %d; this release knows format %d", b[0], format)
	}
	d := decoder{rest: b[1:], left: nodesMax}
	n := d.node(depthMax)
	if d.bad || len(d.rest) > 0 {
		return nil, errMalformed
	}
	return n, nil
}

// decoder reads until the first fault and gives zeros after it.
type decoder struct {
	rest []byte
	left int // nodes that may come
	bad  bool
}

func (d *decoder) take(n uint64) []byte {
	if d.bad || n > uint64(len(d.rest)) {
		d.bad = true
		return nil
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *decoder) byte() byte {
	if b := d.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 || n > 1 && d.rest[n-1] == 0 {
		d.bad = true
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *decoder) text() string { return string(d.take(d.uvarint())) }

// within checks that a byte is one of an enumeration.
func (d *decoder) within(b, end byte) byte {
	d.bad = d.bad || b == 0 || b >= end
	return b
}

func (d *decoder) node(depth int) *node {
	if d.left--; d.left < 0 || depth == 0 {
		d.bad = true
	}
	n := &node{op: op(d.within(d.byte(), byte(opEnd)))}
	if d.bad {
		return n
	}
	if n.op == opAnd || n.op == opOr {
		for count := d.uvarint(); count > 0 && !d.bad; count-- {
			n.args = append(n.args, d.node(depth-1))
		}
		return n
	}
	return d.test(n)
}

func (d *decoder) test(n *node) *node {
	not := d.byte()
	d.bad = d.bad || not > 1
	n.not = not == 1
	n.column = column(d.within(d.byte(), byte(columnEnd)))
	for count := d.uvarint(); count > 0 && !d.bad; count-- {
		n.path = append(n.path, d.text())
	}
	switch n.op {
	case opText:
		n.how = comparison(d.within(d.byte(), byte(comparisonEnd)))
		n.value = d.text()
	case opInteger:
		n.how = comparison(d.within(d.byte(), byte(comparisonEnd)))
		if b := d.take(8); b != nil {
			n.number = int64(binary.BigEndian.Uint64(b))
		}
	case opPrefix, opContains, opKey:
		n.value = d.text()
	}
	d.bad = d.bad || !n.fits()
	return n
}

// fits reports whether a test can be made of its column.
func (n *node) fits() bool {
	switch {
	case n.column.isInteger():
		return (n.op == opInteger || n.op == opNull) && n.path == nil
	case n.column.isDocument():
		isText := n.op == opText || n.op == opPrefix
		return n.op == opContains || n.op == opKey || n.op == opNull || isText && n.path != nil
	}
	return (n.op == opText || n.op == opPrefix || n.op == opNull) && n.path == nil
}

func (c column) isInteger() bool { return c >= colVersion }

func (c column) isDocument() bool { return c == colData || c == colMetadata }
