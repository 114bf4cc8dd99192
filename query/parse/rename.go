package parse

import (
	pg "github.com/pganalyze/pg_query_go/v6"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// RenamedColumn writes an expression over one table anew with another name for one of its columns.
func RenamedColumn(sql, from, to string) (string, error) {
	node, err := Expression(sql)
	if err != nil {
		return "", err
	}
	rename(node.ProtoReflect(), from, to)
	return ExpressionText(node)
}

func rename(m protoreflect.Message, from, to string) {
	if ref, ok := m.Interface().(*pg.ColumnRef); ok {
		if last := ref.GetFields()[len(ref.GetFields())-1].GetString_(); last.GetSval() == from {
			last.Sval = to
		}
		return
	}
	eachMessage(m, func(child protoreflect.Message) { rename(child, from, to) })
}
