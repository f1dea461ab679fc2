package mib2

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	c := Clock{Ticks: 100}
	if got := c.SinceBoot(250); got != 2500*time.Millisecond {
		t.Error(got)
	}
	if got := c.SinceBoot(1<<64 - 1); got < 200*365*24*time.Hour {
		t.Error(got)
	}
}
