package illumos

import (
	"encoding/binary"
	"fmt"
	"time"
)

// parseUsage returns when a process began, since the boot, from its prusage_t of
// sys/procfs.h: the thread's id and a count of 4 bytes each, the present time, and pr_create,
// each in seconds and nanoseconds of 8 bytes. Both are of gethrtime(3C), which the kernel
// derives its clock ticks from too. Everyone may read the file.
func parseUsage(b []byte) (time.Duration, error) {
	const createAt, end = 24, 40
	if len(b) < end {
		return 0, fmt.Errorf("usage is %d bytes, %d short of a time", len(b), end-len(b))
	}
	seconds, nanoseconds := binary.LittleEndian.Uint64(b[createAt:]), binary.LittleEndian.Uint64(b[createAt+8:])
	const most = uint64(1<<63-1)/uint64(time.Second) - 1
	if seconds > most || nanoseconds >= uint64(time.Second) {
		return 0, fmt.Errorf("usage has the time %d.%09d", seconds, nanoseconds)
	}
	return time.Duration(seconds)*time.Second + time.Duration(nanoseconds), nil
}
