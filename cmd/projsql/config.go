package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"

	"github.com/projsql/projsql"
)

// configure fills flags that the command line leaves unset: from PROJSQL_<FLAG>
// in the environment, else from the TOML file that --config names. A name in the
// file that is no flag is an error, so that a typing mistake is seen.
func configure(flags *pflag.FlagSet, lookupEnv func(string) (string, bool)) error {
	if err := fromEnvironment(flags, lookupEnv); err != nil {
		return err
	}
	path, err := flags.GetString("config")
	if err != nil || path == "" {
		return err
	}
	return fromFile(flags, path)
}

func fromEnvironment(flags *pflag.FlagSet, lookupEnv func(string) (string, bool)) (err error) {
	flags.VisitAll(func(f *pflag.Flag) {
		name := "PROJSQL_" + strings.ToUpper(strings.ReplaceAll(f.Name, "-", "_"))
		if value, ok := lookupEnv(name); ok && !f.Changed && err == nil {
			if err = set(flags, f.Name, value, "environment variable"); err != nil {
				err = fmt.Errorf("%s: %w", name, err)
			}
		}
	})
	return err
}

func fromFile(flags *pflag.FlagSet, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("configuration file: %w", err)
	}
	var values map[string]any
	if _, err := toml.Decode(string(text), &values); err != nil {
		return fmt.Errorf("configuration file %s: %w", path, err)
	}
	for _, name := range slices.SortedFunc(maps.Keys(values), func(a, b string) int { return lineOf(string(text), a) - lineOf(string(text), b) }) {
		f, line := flags.Lookup(name), lineOf(string(text), name)
		if f == nil {
			return fmt.Errorf("configuration file %s, line %d: there is no flag --%s%s", path, line, name, nearFlag(flags, name))
		}
		if f.Changed {
			continue
		}
		if err := set(flags, name, flagText(values[name]), "configuration file", path, strconv.Itoa(line)); err != nil {
			return fmt.Errorf("configuration file %s, line %d: %s: %w", path, line, name, err)
		}
	}
	return nil
}

// flagText is a value as the command line has it: those of a list with commas between them.
func flagText(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprint(value)
	}
	words := make([]string, len(list))
	for i := range list {
		words[i] = fmt.Sprint(list[i])
	}
	return strings.Join(words, ",")
}

// nearFlag asks for the flag that a name is spelt like, but for its dashes; "" if there is none.
func nearFlag(flags *pflag.FlagSet, name string) (question string) {
	plain := strings.NewReplacer("-", "", "_", "")
	flags.VisitAll(func(f *pflag.Flag) {
		if strings.EqualFold(plain.Replace(f.Name), plain.Replace(name)) {
			question = "; is it " + f.Name + "?"
		}
	})
	return question
}

// lineOf is the number of the line that gives a name its value, or begins a table of the name; 0: it is not found.
func lineOf(text, name string) int {
	n := 0
	for line := range strings.Lines(text) {
		n++
		key, _, _ := strings.Cut(line, "=")
		if strings.Trim(strings.TrimSpace(key), `"'[]`) == name {
			return n
		}
	}
	return 0
}

// originKey is the annotation of a flag that says where its value comes from: the source in the words of
// pg_settings, and the file and the line if it is one.
const originKey = "origin"

func set(flags *pflag.FlagSet, name, value string, origin ...string) error {
	if err := flags.Set(name, value); err != nil {
		return err
	}
	return flags.SetAnnotation(name, originKey, origin)
}

// origin is where a flag's value comes from.
func origin(flags *pflag.FlagSet, name string) projsql.Setting {
	f := flags.Lookup(name)
	if f == nil || !f.Changed {
		return projsql.Setting{Source: "override"}
	}
	from := f.Annotations[originKey]
	switch len(from) {
	case 0:
		return projsql.Setting{Source: "command line"}
	case 1:
		return projsql.Setting{Source: from[0]}
	}
	line, _ := strconv.Atoi(from[2])
	return projsql.Setting{Source: from[0], File: absolute(from[1]), Line: line}
}
