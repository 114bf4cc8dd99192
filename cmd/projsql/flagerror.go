package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/projsql/projsql/internal/spelling"
)

// flagError is what is wrong with a command line, in words for who wrote it.
func flagError(cmd *cobra.Command, err error) error {
	var value *pflag.InvalidValueError
	var none *pflag.ValueRequiredError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &value):
		err = fmt.Errorf("--%s %w", value.GetFlag().Name, valueError(err))
	case errors.As(err, &none):
		err = fmt.Errorf("--%s needs a value: %s", none.GetFlag().Name, none.GetFlag().Usage)
	case errors.As(err, &unknown) && unknown.GetSpecifiedShortnames() == "":
		err = fmt.Errorf("there is no flag --%s", unknown.GetSpecifiedName())
		if near := nearFlag(cmd.Flags(), unknown.GetSpecifiedName()); near != "" {
			err = fmt.Errorf("%w; is it --%s?", err, near)
		}
	}
	return fmt.Errorf("%w\n%s --help lists the flags", err, cmd.CommandPath())
}

// valueError is err, with what the value of a flag may be instead of what a library says of it. It
// begins with the value: whoever names the flag knows by which name it was given.
func valueError(err error) error {
	var e *pflag.InvalidValueError
	if !errors.As(err, &e) {
		return err
	}
	f := e.GetFlag()
	return fmt.Errorf("%q: it is %s (%s)", e.GetValue(), allowed(f, errors.Is(e.Unwrap(), strconv.ErrRange)), f.Usage)
}

// allowed says what values of a flag's type look like.
func allowed(f *pflag.Flag, large bool) string {
	switch f.Value.Type() {
	case "bool":
		return "true or false"
	case "duration":
		return "a time with its unit, such as 500ms, 10s or 2m"
	case "int", "int64":
		if large {
			return "a whole number that is not as large, such as " + f.DefValue
		}
		return "a whole number, such as " + f.DefValue
	case "float64":
		return "a number, such as " + f.DefValue
	case "stringSlice":
		return "a list with commas between its values"
	}
	return "another kind of value"
}

// nearFlag is the flag that a name is spelt like: but for dashes and case, or for two letters; "" if there is none.
func nearFlag(flags *pflag.FlagSet, name string) (near string) {
	plain := func(s string) string { return strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s)) }
	least := 3
	flags.VisitAll(func(f *pflag.Flag) {
		if d := spelling.Distance(plain(f.Name), plain(name)); d < least && d < len(f.Name)/2 {
			near, least = f.Name, d
		}
	})
	return near
}
