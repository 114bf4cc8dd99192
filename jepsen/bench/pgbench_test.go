package main

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestCompare(t *testing.T) {
	ours := []figures{{300, 10}, {100, 30}, {200, 20}}
	theirs := []figures{{100, 5}, {100, 5}, {400, 6}} // slow where we were slow, but for one round
	c := compare(ours, theirs)
	if want := (comparison{ours: figures{200, 20}, theirs: figures{100, 5}, ratio: 1, low: 0.5, high: 3}); c != want {
		t.Errorf("got %+v, want %+v", c, want)
	}
}

func TestCPUTime(t *testing.T) {
	before, err := cpuTime(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for after := before; after-before < 20*time.Millisecond; {
		if after, err = cpuTime(os.Getpid()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := cpuTime(-1); err == nil {
		t.Error("a process that does not exist has used time")
	}
}

// TestAmong: each number has the entity in its place.
func TestAmong(t *testing.T) {
	for n := 1; n <= 41; n++ {
		var entities []string
		for e := range n {
			entities = append(entities, strconv.Itoa(1000+e))
		}
		for i := range n {
			words := strings.Fields(among(entities, 1))
			if got, _ := chosen(words, i+1); got != entities[i] {
				t.Fatalf("%d of %d: %s", i+1, n, got)
			}
		}
	}
}

// chosen evaluates "case when :i < k then a else b end", or a number, at the front of words.
func chosen(words []string, i int) (value string, rest []string) {
	if words[0] != "case" {
		return words[0], words[1:]
	}
	limit, _ := strconv.Atoi(words[4])
	yes, rest := chosen(words[6:], i)
	no, rest := chosen(rest[1:], i)
	if i < limit {
		no = yes
	}
	return no, rest[1:]
}
