package mib2

import (
	"context"
	"time"
)

// Clock says what the ticks in Origin.Created mean.
type Clock struct {
	Boot  time.Time // to the second
	Ticks uint64    // in a second
}

// ReadClock returns the clock of this machine. It is not ok where it is not known.
func ReadClock(ctx context.Context) (c Clock, ok bool) {
	if readClock == nil || Replaying() {
		return Clock{}, false
	}
	c, err := readClock(ctx)
	return c, err == nil
}

// readClock is what this system reads its clock with; an OS file sets it.
var readClock func(context.Context) (Clock, error)

// Time returns when that many ticks had passed since the boot.
func (c Clock) Time(ticks uint64) time.Time {
	return c.Boot.Add(time.Duration(min(ticks/c.Ticks, maxSeconds)) * time.Second)
}

// maxSeconds is how many seconds a time.Duration has room for.
const maxSeconds = uint64(1<<63-1) / uint64(time.Second)
