package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var update = flag.Bool("update", false, "write the reference pages that are made from the code")

// comparePage compares a page below docs/reference with what the code says.
func comparePage(t *testing.T, name, want string) {
	t.Helper()
	path := "../../docs/reference/" + name
	if *update {
		writeFile(t, path, want)
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s differs from the code; go test ./cmd/projsql -run Reference -update", path)
	}
}

func TestReferenceOfFlags(t *testing.T) {
	var page bytes.Buffer
	page.WriteString(`# Commands and flags

Every flag can be given as PROJSQL_<FLAG> in the environment (` + "`PROJSQL_PG_ADDR`" + `) or as a line of a TOML file named by
` + "`--config`" + ` (` + "`pg-addr = \"127.0.0.1:5433\"`" + `). A flag wins over the environment, the environment over the file.
A variable that no flag of any command has is named in a warning, a line of the file that none has is an error.
`)
	var describe func(c *cobra.Command)
	describe = func(c *cobra.Command) {
		if c.Runnable() && !c.HasSubCommands() && c.Name() != "help" && !strings.HasPrefix(c.CommandPath(), "projsql completion") {
			describeCommand(&page, c)
		}
		for _, sub := range c.Commands() {
			describe(sub)
		}
	}
	describe(rootCommand())
	comparePage(t, "flags.md", page.String())
}

func describeCommand(page *bytes.Buffer, c *cobra.Command) {
	about := c.Long
	if about == "" {
		about = c.Short + "."
	}
	fmt.Fprintf(page, "\n## %s\n\n```\n%s\n```\n", c.UseLine(), strings.TrimSuffix(about, "\n"))
	rows := 0
	show := func(f *pflag.Flag) {
		if f.Name == "help" || f.Hidden {
			return
		}
		if rows++; rows == 1 {
			page.WriteString("\n| flag | default | meaning |\n| --- | --- | --- |\n")
		}
		fmt.Fprintf(page, "| `--%s` | `%s` | %s |\n", f.Name, f.DefValue, f.Usage)
	}
	c.LocalFlags().VisitAll(show)
	c.InheritedFlags().VisitAll(show)
}

// TestReferenceOfErrors lists the codes of package sqlstate with their names. Each
// must be named elsewhere, and none be declared there: they are what projsql returns.
func TestReferenceOfErrors(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../wire/sqlstate/sqlstate.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	page.WriteString(`# Error codes

The SQLSTATEs that projsql returns. They are PostgreSQL 15's, with its meaning, but for class PJ.

| SQLSTATE | condition | |
| --- | --- | --- |
`)
	code := moduleCode(t)
	for _, own := range []string{`sqlstate.Code = "`, `sqlstate.New("`} {
		if strings.Contains(code, own) {
			t.Errorf("a code is not in the list of package sqlstate: %s", own)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		literal, ok := spec.Values[0].(*ast.BasicLit)
		if !ok {
			return true
		}
		state, err := strconv.Unquote(literal.Value)
		if err != nil {
			t.Fatal(err)
		}
		name := spec.Names[0].Name
		if !strings.Contains(code, "sqlstate."+name) {
			t.Errorf("no error has the code %s", name)
		}
		fmt.Fprintf(&page, "| `%s` | %s | %s |\n", state, name, strings.TrimSpace(spec.Comment.Text()))
		return true
	})
	comparePage(t, "errors.md", page.String())
}

// moduleCode is the module's Go code without its tests.
func moduleCode(t *testing.T) string {
	t.Helper()
	var code strings.Builder
	module := os.DirFS("../..")
	err := fs.WalkDir(module, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := fs.ReadFile(module, path)
		code.Write(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return code.String()
}
