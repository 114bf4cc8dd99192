package catalog

import (
	"strings"

	"github.com/projsql/projsql/engine/role"
	"github.com/projsql/projsql/query/expr"
	"github.com/projsql/projsql/query/types"
	"github.com/projsql/projsql/wire/sqlstate"
)

// privilegeLetters are the privileges in the order in which PostgreSQL keeps them, with
// their letters in an aclitem.
var privilegeLetters = []struct {
	letter byte
	name   string
}{
	{'a', "INSERT"},
	{'r', "SELECT"},
	{'w', "UPDATE"},
	{'d', "DELETE"},
	{'D', "TRUNCATE"},
	{'x', "REFERENCES"},
	{'t', "TRIGGER"},
	{'X', "EXECUTE"},
	{'U', "USAGE"},
	{'C', "CREATE"},
	{'T', "TEMPORARY"},
	{'c', "CONNECT"},
	{'s', "SET"},
	{'A', "ALTER SYSTEM"},
}

// defaultPrivileges are what everybody and the owner may do with a kind of object.
var defaultPrivileges = map[byte]struct{ world, owner string }{
	'c': {}, 'r': {owner: "arwdDxt"}, 's': {owner: "rwU"}, 'd': {world: "Tc", owner: "CTc"}, 'f': {world: "X", owner: "X"},
	'l': {world: "U", owner: "U"}, 'L': {owner: "rw"}, 'n': {owner: "UC"}, 'p': {owner: "sA"}, 't': {owner: "C"},
	'F': {owner: "U"}, 'S': {owner: "U"}, 'T': {world: "U", owner: "U"},
}

// defaultACL answers acldefault(kind, owner).
func defaultACL(s Session, args []types.Datum) (types.Datum, error) {
	kind := byte(args[0].Int())
	may, known := defaultPrivileges[kind]
	if !known {
		return types.Null, sqlstate.New(sqlstate.InternalError, "unrecognized objtype abbreviation: %s", string(kind))
	}
	name, ok := roleName(s, argOID(args[1]))
	if !ok {
		name = types.Text(nil, types.OIDOID, args[1])
	}
	var items []types.Datum
	if may.world != "" {
		items = append(items, types.String("="+may.world+"/"+expr.QuoteIdent(name)))
	}
	if may.owner != "" {
		items = append(items, types.String(expr.QuoteIdent(name)+"="+may.owner+"/"+expr.QuoteIdent(name)))
	}
	return types.Pointer(types.NewArray(types.ACLItemOID, items)), nil
}

// explodeACL answers aclexplode(aclitem[]): a row for each privilege.
func explodeACL(s Session, args []types.Datum) ([][]types.Datum, error) {
	var rows [][]types.Datum
	for _, item := range args[0].Array().Items {
		grantee, rest := cutRole(item.Str())
		letters, grantor := strings.TrimPrefix(rest, "="), ""
		letters, grantor, _ = strings.Cut(letters, "/")
		grantor, _ = cutRole(grantor)
		by, to := namedRole(s, grantor), namedRole(s, grantee)
		for _, p := range privilegeLetters {
			if i := strings.IndexByte(letters, p.letter); i >= 0 {
				option := strings.HasPrefix(letters[i+1:], "*")
				rows = append(rows, []types.Datum{by, to, types.String(p.name), types.Bool(option)})
			}
		}
	}
	return rows, nil
}

// cutRole takes the role off the front of an aclitem.
func cutRole(item string) (role, rest string) {
	if !strings.HasPrefix(item, `"`) {
		end := strings.IndexAny(item, "=/")
		if end < 0 {
			end = len(item)
		}
		return item[:end], item[end:]
	}
	for i := 1; i < len(item); i++ {
		if item[i] != '"' {
			continue
		}
		if i+1 == len(item) || item[i+1] != '"' {
			return strings.ReplaceAll(item[1:i], `""`, `"`), item[i+1:]
		}
		i++
	}
	return item, ""
}

// namedRole is the OID of a role; 0 is everybody.
func namedRole(s Session, name string) types.Datum {
	if name == "" {
		return oid(0)
	}
	id, _ := Registry{s}.role(name)
	return oid(id)
}

// aclItems are the items of an ACL, of an object that owner owns if no role does; NULL where it is the default.
func aclItems(acl role.ACL, owner string) types.Datum {
	if acl == nil {
		return types.Null
	}
	shown := func(name string) string {
		switch name {
		case role.Public:
			return ""
		case role.Owner:
			name = owner
		}
		return expr.QuoteIdent(name)
	}
	items := make([]types.Datum, len(acl))
	for i, item := range acl {
		items[i] = types.String(shown(item.To) + "=" + item.Letters() + "/" + shown(item.By))
	}
	return types.Pointer(types.NewArray(types.ACLItemOID, items))
}

// ownerOf is the OID of the role that owns an object.
func ownerOf(o *role.Object) uint32 { return heldOID(o.OwnedBy()) }

// heldOID is the OID of a role that an ACL names.
func heldOID(name string) uint32 {
	if name == role.Owner {
		return ownerOID
	}
	return roleOID(name)
}

func defaultACLs(s Session, add func(values)) {
	for _, d := range s.Roles().Defaults() {
		schema := uint32(0)
		if d.Schema != "" {
			schema = namespaceOID(d.Schema)
		}
		add(values{
			"oid":        oid(RelationOID("default privileges " + d.Role + "\x00" + d.Schema + string(d.Kind))),
			"defaclrole": oid(heldOID(d.Role)), "defaclnamespace": oid(schema), "defaclobjtype": char(byte(d.Kind)),
			"defaclacl": aclItems(d.ACL, owner),
		})
	}
}
