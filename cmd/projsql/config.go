package main

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/cobra"
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
		name := variable(f.Name)
		if value, ok := lookupEnv(name); ok && !f.Changed && err == nil {
			if err = set(flags, f.Name, value, "environment variable"); err != nil {
				err = fmt.Errorf("environment variable %s %w", name, valueError(err))
			}
		}
	})
	return err
}

// variable is what a flag is called in the environment.
func variable(flag string) string {
	return variablePrefix + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

const variablePrefix = "PROJSQL_"

// ofKubernetes are the variables that tell every container of a service that is called projsql.
var ofKubernetes = regexp.MustCompile(`_SERVICE_(HOST|PORT)(_\w+)?=|_PORT_\d+_(TCP|UDP|SCTP)(_\w+)?=|_PORT=\w+://`)

// unknownVariables are those of the environment that look like flags and are none of any command, each with the one that it
// is spelt like, "" if there is none: a typing mistake, or somebody else's.
func unknownVariables(root *cobra.Command, environ []string) (unknown [][2]string) {
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	all.Bool("version", false, "") // which images set
	var collect func(*cobra.Command)
	collect = func(c *cobra.Command) {
		all.AddFlagSet(c.LocalFlags())
		for _, sub := range c.Commands() {
			collect(sub)
		}
	}
	collect(root)
	known := map[string]bool{}
	all.VisitAll(func(f *pflag.Flag) { known[variable(f.Name)] = true })
	for _, v := range environ {
		name, _, _ := strings.Cut(v, "=")
		if flag, ours := strings.CutPrefix(name, variablePrefix); ours && !known[name] && !ofKubernetes.MatchString(v) {
			near := nearFlag(all, flag)
			if near != "" {
				near = variable(near)
			}
			unknown = append(unknown, [2]string{name, near})
		}
	}
	slices.SortFunc(unknown, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return unknown
}

// warnOfVariables tells of them: a node in its log, other commands in plain words.
func warnOfVariables(cmd *cobra.Command, unknown [][2]string) {
	for _, u := range unknown {
		if cmd.Name() != "serve" {
			text := u[0] + " in the environment is no flag, and is ignored"
			if u[1] != "" {
				text += "; is it " + u[1] + "?"
			}
			fmt.Fprintln(cmd.ErrOrStderr(), "projsql: warning:", text)
			continue
		}
		told := []any{"name", u[0]}
		if u[1] != "" {
			told = append(told, "did_you_mean", u[1])
		}
		format, level := cmd.Flag("log-format").Value.String(), cmd.Flag("log-level").Value.String()
		newLogger(cmd.ErrOrStderr(), nodeConfig{logFormat: format, logLevel: level}).Warn("an environment variable is ignored: no flag has its name", told...)
	}
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
			err := fmt.Errorf("configuration file %s, line %d: there is no flag --%s", path, line, name)
			if near := nearFlag(flags, name); near != "" {
				err = fmt.Errorf("%w; is it %s?", err, near)
			}
			return err
		}
		if f.Changed {
			continue
		}
		if err := set(flags, name, flagText(values[name]), "configuration file", path, strconv.Itoa(line)); err != nil {
			return fmt.Errorf("configuration file %s, line %d: %s %w", path, line, name, valueError(err))
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
