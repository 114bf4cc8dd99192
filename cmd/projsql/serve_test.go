package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWrongFlags: a value that means nothing is refused before anything is opened, by an
// error that names the flag.
func TestWrongFlags(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	for want, args := range map[string]string{
		`--pg-addr "nonsense": address nonsense: missing port in address; it is host:port`:                             "serve --pg-addr nonsense",
		`--http-addr 0.0.0.0:1 is beyond loopback`:                                                                     "serve --http-addr 0.0.0.0:1",
		`--log-level "loud": it is debug, info, warn or error`:                                                         "serve --log-level loud",
		`--log-format "xml": it is text or json`:                                                                       "serve --log-format xml",
		`--max-connections -1: it is at least 1`:                                                                       "serve --max-connections -1",
		`--max-connections 0: it is at least 1`:                                                                        "serve --max-connections 0",
		`--query-memory 0: it is 1 to`:                                                                                 "serve --query-memory 0",
		`--work-memory 9000000: it is 1 to 2097151`:                                                                    "serve --work-memory 9000000",
		`--election-timeout 749ms: it is at least 750ms`:                                                               "serve --election-timeout 749ms --pg-addr 127.0.0.1:0 --http-addr 127.0.0.1:0",
		`--temp-files 0: it is 1 to`:                                                                                   "serve --temp-files 0",
		`--slot-memory -1: it is 0 to`:                                                                                 "serve --slot-memory -1",
		`--store-cache 0: it is 1 to`:                                                                                  "serve --store-cache 0",
		`--store-cache 9000000000000: it is 1 to`:                                                                      "serve --store-cache 9000000000000",
		`--drain-timeout -1s: it is not negative`:                                                                      "serve --drain-timeout -1s",
		`--tls-cert and --tls-key belong together`:                                                                     "serve --tls-key x",
		`--tls-cert: open /nowhere/x: no such file`:                                                                    "serve --tls-cert /nowhere/x --tls-key y --pg-addr 127.0.0.1:0 --http-addr 127.0.0.1:0",
		"there is no flag --pg-adr; is it --pg-addr?\nprojsql serve --help lists the flags":                            "serve --pg-adr 1",
		`"extra" is not expected: projsql serve takes flags only`:                                                      "serve extra",
		`one PATH is expected, not 0: projsql import git PATH`:                                                         "import git",
		`one FILE is expected, not 2: projsql import jsonl FILE`:                                                       "import jsonl a b",
		`unknown command "json" for "projsql import"; is it jsonl?`:                                                    "import json a",
		"unknown command \"stauts\" for \"projsql cluster\"; is it status?\nprojsql cluster --help lists the commands": "cluster stauts",
		`one NODE is expected, not 0: projsql cluster drain NODE`:                                                      "cluster drain",
		`"x" is not expected: projsql cluster status`:                                                                  "cluster status x",
		`--warm "onn": it is off, lazy or on`:                                                                          "serve --warm onn",
		`--warm-share 2: it is 0.01 to 1`:                                                                              "serve --warm-share 2",
	} {
		cmd := rootCommand()
		args := strings.Fields(args)
		if args[0] == "serve" {
			args = append(args, "--data", dir)
		}
		cmd.SetArgs(args)
		cmd.SetOut(&bytes.Buffer{})
		cmd.SetErr(&bytes.Buffer{})
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", args, err, want)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("a data directory was made")
	}
}
