package illumos

import (
	"encoding/binary"
	"testing"
	"time"
)

// usageOf makes a prusage_t of a process that began at a time since the boot.
func usageOf(seconds, nanoseconds uint64) []byte {
	b := make([]byte, 512)
	binary.LittleEndian.PutUint64(b[8:], 9999) // the present
	binary.LittleEndian.PutUint64(b[24:], seconds)
	binary.LittleEndian.PutUint64(b[32:], nanoseconds)
	return b
}

func TestParseUsage(t *testing.T) {
	if got, err := parseUsage(usageOf(77, 5)); got != 77*time.Second+5 || err != nil {
		t.Error(got, err)
	}
	for _, b := range [][]byte{nil, usageOf(1, 1)[:39], usageOf(1<<62, 0), usageOf(1<<63, 0), usageOf(1, 1e9)} {
		if got, err := parseUsage(b); err == nil {
			t.Errorf("%d bytes: %v", len(b), got)
		}
	}
}

func FuzzUsage(f *testing.F) {
	f.Add(usageOf(77, 5))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, err := parseUsage(b); err == nil && got < 0 {
			t.Error(got)
		}
	})
}
