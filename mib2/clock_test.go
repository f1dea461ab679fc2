package mib2

import (
	"testing"
	"time"
)

func TestClock(t *testing.T) {
	c := Clock{Boot: time.Unix(1000, 0), Ticks: 100}
	if got := c.Time(250); got != time.Unix(1002, 0) {
		t.Error(got)
	}
	if got := c.Time(1<<64 - 1); !got.After(c.Boot) {
		t.Error(got)
	}
}
