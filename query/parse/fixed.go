package parse

import (
	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Fix puts texts in the places of string literals, by their offsets: a definition that is kept
// as text means by any settings what it meant by those that it was made with.
func Fix(n *pg.Node, texts map[int]string) {
	if len(texts) > 0 {
		fix(n.ProtoReflect(), texts)
	}
}

func fix(m protoreflect.Message, texts map[int]string) {
	if c, ok := m.Interface().(*pg.A_Const); ok {
		if text, known := texts[int(c.GetLocation())]; known && c.GetSval() != nil {
			c.GetSval().Sval = text
		}
		return
	}
	eachMessage(m, func(child protoreflect.Message) { fix(child, texts) })
}

// eachMessage calls f for the messages that are fields of m, or elements of one.
func eachMessage(m protoreflect.Message, f func(protoreflect.Message)) {
	m.Range(func(d protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case d.Message() == nil:
		case d.IsList():
			for i := range v.List().Len() {
				f(v.List().Get(i).Message())
			}
		default:
			f(v.Message())
		}
		return true
	})
}
