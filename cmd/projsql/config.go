package main

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/spf13/pflag"
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
			if setErr := flags.Set(f.Name, value); setErr != nil {
				err = fmt.Errorf("%s: %w", name, setErr)
			}
		}
	})
	return err
}

func fromFile(flags *pflag.FlagSet, path string) error {
	var values map[string]any
	if _, err := toml.DecodeFile(path, &values); err != nil {
		return fmt.Errorf("configuration file: %w", err)
	}
	for name, value := range values {
		f := flags.Lookup(name)
		if f == nil {
			return fmt.Errorf("configuration file %s: there is no flag --%s", path, name)
		}
		if f.Changed {
			continue
		}
		if err := flags.Set(name, fmt.Sprint(value)); err != nil {
			return fmt.Errorf("configuration file %s: %s: %w", path, name, err)
		}
	}
	return nil
}
