package main

import (
	"os"
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
