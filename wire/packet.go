package wire

import (
	"encoding/binary"
	"slices"
	"strings"

	"github.com/projsql/projsql/wire/sqlstate"
)

// startupPacket is a StartupMessage. pgproto3 reads only those of protocol 3.0.
type startupPacket struct {
	Startup
	version uint32
	unknown []string // _pq_. options that we do not know: all of them
}

func parseStartup(body []byte) (*startupPacket, error) {
	p := &startupPacket{version: binary.BigEndian.Uint32(body)}
	if major := p.version >> 16; major != 3 {
		return nil, fatal{sqlstate.New(sqlstate.FeatureNotSupported,
			"unsupported frontend protocol %d.%d: server supports 3.0 to 3.0", major, p.version&0xffff)}
	}
	params, err := startupParams(body[4:])
	if err != nil {
		return nil, err
	}
	p.Settings = map[string]string{}
	if err := parseOptions(params["options"], p.Settings); err != nil {
		return nil, err
	}
	for name, value := range params {
		if err := p.set(name, value); err != nil {
			return nil, err
		}
	}
	slices.Sort(p.unknown)
	if p.User == "" {
		return nil, fatal{sqlstate.New(sqlstate.InvalidAuthorizationSpecification, "no PostgreSQL user name specified in startup packet")}
	}
	return p, nil
}

// startupParams reads pairs of names and values up to an empty name.
func startupParams(body []byte) (map[string]string, error) {
	f := field{rest: body}
	params := map[string]string{}
	for {
		var name, value string
		f.text(&name)
		if name == "" {
			break
		}
		f.text(&value)
		params[name] = value
	}
	if f.bad || len(f.rest) > 0 {
		return nil, violation("invalid startup packet layout: expected terminator as last byte")
	}
	return params, nil
}

func (p *startupPacket) set(name, value string) error {
	switch {
	case name == "user":
		p.User = value
	case name == "database":
		p.Database = value
	case name == "replication":
		return refuseReplication(value)
	case name == "options":
	case strings.HasPrefix(name, "_pq_."):
		p.unknown = append(p.unknown, name)
	default:
		p.Settings[name] = value
	}
	return nil
}

func refuseReplication(value string) error {
	switch strings.ToLower(value) {
	case "false", "off", "no", "0":
		return nil
	}
	return fatal{sqlstate.New(sqlstate.FeatureNotSupported, "the replication protocol is not supported")}
}

// parseOptions reads the startup option "options": -c name=value, -cname=value and
// --name=value, split at spaces that no backslash protects.
func parseOptions(options string, into map[string]string) error {
	words := splitOptions(options)
	for i := 0; i < len(words); i++ {
		setting, ok := strings.CutPrefix(words[i], "--")
		if !ok {
			setting, ok = strings.CutPrefix(words[i], "-c")
			if ok && setting == "" && i+1 < len(words) {
				i++
				setting = words[i]
			}
		}
		name, value, assigned := strings.Cut(setting, "=")
		if !ok || !assigned || name == "" {
			return fatal{sqlstate.New(sqlstate.SyntaxError, "invalid command-line argument for server process: %s", words[i])}
		}
		into[strings.ReplaceAll(name, "-", "_")] = value
	}
	return nil
}

func splitOptions(options string) []string {
	var words []string
	var word []byte
	inWord := false
	for i := 0; i < len(options); i++ {
		switch c := options[i]; {
		case c == '\\' && i+1 < len(options):
			i++
			word, inWord = append(word, options[i]), true
		case c == ' ' || c >= '\t' && c <= '\r':
			if inWord {
				words = append(words, string(word))
			}
			word, inWord = word[:0], false
		default:
			word, inWord = append(word, c), true
		}
	}
	if inWord {
		words = append(words, string(word))
	}
	return words
}
