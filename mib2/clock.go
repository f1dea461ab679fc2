package mib2

import "time"

// Clock says what the ticks in Origin.Created mean. They are counted by a clock that nobody
// can set, which has nothing to do with the time of day.
type Clock struct {
	Ticks uint64 // in a second
}

// SinceBoot returns how long after the boot of the system that many ticks had passed.
func (c Clock) SinceBoot(ticks uint64) time.Duration {
	seconds := min(ticks/c.Ticks, maxSeconds)
	return time.Duration(seconds)*time.Second + time.Duration(ticks%c.Ticks)*time.Second/time.Duration(c.Ticks)
}

// maxSeconds is how many seconds a time.Duration has room for, and a second more.
const maxSeconds = uint64(1<<63-1)/uint64(time.Second) - 1
