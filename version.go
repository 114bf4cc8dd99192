package projsql

import "runtime/debug"

// version is set by the linker; else it is the module's version.
var version string

// modulePath is where programs import projsql from.
const modulePath = "github.com/projsql/projsql"

// Version is the version of projsql, e.g. "v0.3.0".
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range append(info.Deps, &info.Main) {
			if m.Path == modulePath && m.Version != "" {
				return m.Version
			}
		}
	}
	return "(devel)"
}
