package types

import (
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// aclLetters are the privileges of an aclitem in the order in which it shows them.
const aclLetters = "arwdDxtXUCTcsA"

// parseACLItem reads grantee=privileges/grantor, where no grantee is everybody.
func parseACLItem(env *Env, s string) (Datum, error) {
	grantee, rest, err := aclGrantee(s)
	privileges, ok := strings.CutPrefix(rest, "=")
	switch {
	case err != nil:
		return Null, err
	case !ok:
		return Null, sqlstate.New(sqlstate.InvalidTextRepresentation, `missing "=" sign`)
	}
	length := strings.IndexFunc(privileges, func(r rune) bool { return r != '*' && !strings.ContainsRune(aclLetters, r) })
	if length < 0 {
		return Null, sqlstate.New(sqlstate.FeatureNotSupported, "an aclitem without a grantor is not supported")
	}
	privileges, rest = privileges[:length], privileges[length:]
	if c := rest[0]; c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' {
		return Null, sqlstate.New(sqlstate.InvalidTextRepresentation, `invalid mode character: must be one of "%s"`, aclLetters)
	}
	rest, ok = strings.CutPrefix(rest, "/")
	grantor, garbage := aclName(rest)
	switch {
	case !ok || strings.TrimSpace(garbage) != "":
		return Null, sqlstate.New(sqlstate.InvalidTextRepresentation, "extra garbage at the end of the ACL specification")
	case grantor == "":
		return Null, sqlstate.New(sqlstate.InvalidTextRepresentation, `a name must follow the "/" sign`)
	}
	for _, role := range []string{grantee, grantor} {
		if role == "" || env == nil || env.Registry == nil {
			continue
		}
		if _, err := env.Registry.RegOID(RegroleOID, quoteACLName(role, true)); err != nil {
			return Null, err
		}
	}
	return String(quoteACLName(grantee, false) + "=" + inACLOrder(privileges) + "/" + quoteACLName(grantor, false)), nil
}

// aclGrantee takes the role off the front of s, which "group" or "user" may stand before.
func aclGrantee(s string) (role, rest string, err error) {
	word, rest := aclName(s)
	if strings.HasPrefix(rest, "=") {
		return word, rest, nil
	}
	if word != "group" && word != "user" {
		return "", "", sqlstate.New(sqlstate.InvalidTextRepresentation, "unrecognized key word: \"%s\"", word).
			WithHint(`ACL key word must be "group" or "user".`)
	}
	if role, rest = aclName(rest); role == "" {
		return "", "", sqlstate.New(sqlstate.InvalidTextRepresentation, "missing name").
			WithHint(`A name must follow the "group" or "user" key word.`)
	}
	return role, rest, nil
}

// inACLOrder sorts letters, each with the * of its grant option.
func inACLOrder(privileges string) string {
	var sorted strings.Builder
	for _, letter := range aclLetters {
		if !strings.ContainsRune(privileges, letter) {
			continue
		}
		sorted.WriteRune(letter)
		if strings.Contains(privileges, string(letter)+"*") {
			sorted.WriteByte('*')
		}
	}
	return sorted.String()
}

// aclName takes a name, parts of which may be quoted, off the front of s.
func aclName(s string) (name, rest string) {
	var read strings.Builder
	quoted := false
	s = strings.TrimLeft(s, " \t\n\r\f\v")
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"' && quoted && i+1 < len(s) && s[i+1] == '"':
			read.WriteByte('"')
			i++
		case s[i] == '"':
			quoted = !quoted
		case quoted || plainInACL(s[i]):
			read.WriteByte(s[i])
		default:
			return read.String(), strings.TrimLeft(s[i:], " \t\n\r\f\v")
		}
	}
	return read.String(), ""
}

func plainInACL(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

func quoteACLName(name string, always bool) string {
	for i := 0; i < len(name) && !always; i++ {
		always = !plainInACL(name[i])
	}
	if !always {
		return name
	}
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}
