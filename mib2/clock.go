package mib2

import "time"

// Clock says what the ticks in Origin.Created mean.
type Clock struct {
	Boot  time.Time // to the second
	Ticks uint64    // in a second
}

// Time returns when that many ticks had passed since the boot.
func (c Clock) Time(ticks uint64) time.Time {
	return c.Boot.Add(time.Duration(min(ticks/c.Ticks, maxSeconds)) * time.Second)
}

// maxSeconds is how many seconds a time.Duration has room for.
const maxSeconds = uint64(1<<63-1) / uint64(time.Second)
