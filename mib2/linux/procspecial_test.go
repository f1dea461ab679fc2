package linux

import (
	"fmt"
	"testing"

	"sockstat/mib2"
)

// A file is read until nothing new comes: one reading may lack a row, or have it twice.
func TestReadingsAgree(t *testing.T) {
	for _, test := range []struct {
		readings [][]uint64 // inodes
		want     string
		taken    int
	}{
		{[][]uint64{{1, 2}, {1, 2}, {9}}, "[1 2]", 2},
		{[][]uint64{{}, {}, {9}}, "[]", 2},
		{[][]uint64{{1, 1, 3}, {1, 2, 3}, {1, 2, 3}, {9}}, "[1 3 2]", 3},
		{[][]uint64{{1, 3}, {1}, {2}, {1, 2, 3}, {1, 2, 3}, {9}}, "[1 3 2]", 5},
		{[][]uint64{{0, 1, 0}, {1, 0}, {0, 1}, {9}}, "[0 1 0]", 3},
		{[][]uint64{{1}, {2}, {3}, {4}, {5}, {6}, {7}, {8}, {9}}, "[1 2 3 4 5 6 7 8]", mostReadings},
	} {
		var all readings
		taken := 0
		for ; !all.agree(); taken++ {
			var rows []mib2.Socket
			for _, inode := range test.readings[taken] {
				rows = append(rows, mib2.Socket{Inode: inode, Special: &mib2.Special{}})
			}
			all.add(rows)
		}
		var got []uint64
		for _, s := range all.rows {
			got = append(got, s.Inode)
		}
		if fmt.Sprint(got) != test.want || taken != test.taken {
			t.Errorf("%v: %v after %d, want %s after %d", test.readings, got, taken, test.want, test.taken)
		}
	}
}
