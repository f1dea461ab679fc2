package mib2

import "io"

// allInUse reports whether every TCP socket there is listens or is connected in this
// network namespace, so that none is merely bound. When in doubt it says no.
//
// The kernel counts one thing after the other, and a socket that is closed just then could
// make up for one that is bound. So it has to give the same answer several times; that a
// walk over its tables misses a socket is likelier by far than to be wrong each time.
func allInUse() bool {
	const answers = 4
	var first tcpCounts
	for i := range answers {
		counts, err := readTCPCounts()
		if i == 0 {
			first = counts
		}
		if err != nil || counts != first || counts.inUse < 1 || counts.inUse != counts.allocated {
			return false
		}
	}
	return true
}

// readTCPCounts reads the counts of the calling thread's network namespace.
func readTCPCounts() (counts tcpCounts, err error) {
	for _, name := range []string{"sockstat", "sockstat6"} {
		file, err := openProcNet(name)
		if err != nil {
			return counts, err
		}
		b, err := io.ReadAll(file)
		file.Close()
		if err != nil {
			return counts, err
		}
		counts.add(b)
	}
	return counts, nil
}
