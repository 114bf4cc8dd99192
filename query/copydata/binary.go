package copydata

import (
	"encoding/binary"

	"github.com/projsql/projsql/query/types"
)

// loadBinary reads COPY's binary format.
func (l *loader) loadBinary() error {
	if err := l.binaryHeader(); err != nil {
		return err
	}
	for {
		head, ok, err := l.input.take(2)
		if err != nil || !ok { // CopyDone may stand for the end marker
			return err
		}
		l.line++
		n := int16(binary.BigEndian.Uint16(head))
		if n == -1 {
			return l.binaryEnd()
		}
		if int(n) != len(l.row) {
			return l.where(badCopy("row field count is %d, expected %d", n, len(l.row)), "")
		}
		if err := l.binaryRow(); err != nil {
			return err
		}
	}
}

func (l *loader) binaryHeader() error {
	head, ok, err := l.input.take(len(binarySignature) + 8)
	if err != nil {
		return err
	}
	if !ok || string(head[:len(binarySignature)]) != binarySignature {
		return badCopy("COPY file signature not recognized")
	}
	flags := binary.BigEndian.Uint32(head[len(binarySignature):])
	extension := int32(binary.BigEndian.Uint32(head[len(binarySignature)+4:]))
	if flags&(0xffff<<16) != 0 {
		return badCopy("unrecognized critical flags in COPY file header")
	}
	if extension < 0 || extension > lineBytesMax {
		return badCopy("invalid COPY file header (missing length)")
	}
	if _, ok, err = l.input.take(int(extension)); err == nil && !ok {
		err = badCopy("invalid COPY file header (wrong length)")
	}
	return err
}

// binaryEnd checks that nothing follows the end marker.
func (l *loader) binaryEnd() error {
	_, more, err := l.input.take(1)
	if err == nil && more {
		return badCopy("received copy data after EOF marker")
	}
	return err
}

func (l *loader) binaryRow() error {
	for i, t := range l.columns {
		v, err := l.binaryField()
		if err != nil {
			return l.where(err, ", column "+t.Name)
		}
		if v == nil {
			l.row[i] = types.Null
			if err := types.CheckNull(l.env, t.Type.OID); err != nil {
				return l.where(err, ", column "+t.Name)
			}
			continue
		}
		d, err := types.DecodeBinary(t.Type, v)
		if err != nil {
			return l.where(err, ", column "+t.Name)
		}
		l.row[i] = types.Clone(d)
	}
	return l.add(nil)
}

// binaryField reads one field; nil is NULL.
func (l *loader) binaryField() ([]byte, error) {
	head, ok, err := l.input.take(4)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, badCopy("unexpected EOF in COPY data")
	}
	n := int32(binary.BigEndian.Uint32(head))
	if n == -1 {
		return nil, nil
	}
	if n < 0 || n > lineBytesMax {
		return nil, badCopy("invalid field size")
	}
	v, ok, err := l.input.take(int(n))
	if err == nil && !ok {
		err = badCopy("unexpected EOF in COPY data")
	}
	if v == nil && err == nil {
		v = []byte{}
	}
	return v, err
}
