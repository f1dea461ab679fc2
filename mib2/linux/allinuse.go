package linux

// allInUse reports whether every TCP socket there is listens or is connected in this
// network namespace, so that none is merely bound. When in doubt it says no.
//
// The kernel counts one thing after the other, and a socket that is closed just then could
// make up for one that is bound. So it has to give the same answer several times; that a
// walk over its tables misses a socket is likelier by far than to be wrong each time.
func (t *tables) allInUse() bool {
	var files [2]*procFile
	for i, name := range []string{"sockstat", "sockstat6"} {
		f, err := t.openProcNet(name)
		if err != nil {
			return false
		}
		defer f.Close()
		files[i] = f
	}
	const answers = 4
	var first tcpCounts
	buf := make([]byte, 4096)
	for i := range answers {
		var counts tcpCounts
		for _, f := range files {
			n, err := f.readWhole(buf)
			if err != nil {
				return false
			}
			counts.add(buf[:n])
		}
		if i == 0 {
			first = counts
		}
		if counts != first || counts.inUse < 1 || counts.inUse != counts.allocated {
			return false
		}
	}
	return true
}
