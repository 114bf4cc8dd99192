package settings

import "strings"

// quoted are the parameters whose value is a list of names. (PostgreSQL's GUC_LIST_QUOTE.)
var quoted = map[string]bool{
	"local_preload_libraries": true, "search_path": true, "session_preload_libraries": true, "shared_preload_libraries": true,
	"temp_tablespaces": true, "unix_socket_directories": true,
}

// Quoted reports whether the value of a parameter is a list of names, each quoted where SQL needs it.
func Quoted(name string) bool { return quoted[strings.ToLower(name)] }

// Identifiers splits a list of possibly quoted names and folds the others.
func Identifiers(list string) []string {
	var names []string
	for _, part := range splitOutsideQuotes(list) {
		part = strings.TrimSpace(part)
		if len(part) >= 2 && part[0] == '"' && part[len(part)-1] == '"' {
			names = append(names, strings.ReplaceAll(part[1:len(part)-1], `""`, `"`))
		} else if part != "" {
			names = append(names, strings.ToLower(part))
		}
	}
	return names
}

func splitOutsideQuotes(list string) []string {
	quoted, start := false, 0
	var parts []string
	for i := range len(list) {
		switch list[i] {
		case '"':
			quoted = !quoted
		case ',':
			if !quoted {
				parts = append(parts, list[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, list[start:])
}
