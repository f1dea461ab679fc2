package linux

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"sockstat/mib2"
)

// isEmpty reports whether /proc/net/sockstat and sockstat6 say that a namespace has no sockets
// of a protocol that a dump could find: none in use, and for TCP none in TIME_WAIT either. A dump
// walks over the sockets of all namespaces, which takes much longer than to look there.
//
// What is not in use is merely bound, which is known of a namespace that has none; and a
// connection that is being made has a listener. In doubt it says no.
func (t *tables) isEmpty(proto mib2.Protocol) bool {
	if proto != mib2.UDP && (proto != mib2.TCP || !t.nothingBound()) {
		return false
	}
	for _, file := range []struct{ name, line string }{{"sockstat", "TCP:"}, {"sockstat6", "TCP6:"}} {
		if proto == mib2.UDP {
			file.line = "UDP" + file.line[len("TCP"):]
		}
		content, err := t.readProcNet(file.name)
		if file.name == "sockstat6" && errors.Is(err, fs.ErrNotExist) { // a kernel without IPv6
			continue
		}
		if err != nil || !noneInUse(content, file.line) {
			return false
		}
	}
	return true
}

// noneInUse reports whether the line of a protocol is there and has no sockets in use, nor in
// TIME_WAIT where it counts them.
func noneInUse(file, name string) bool {
	for line := range strings.Lines(file) {
		words := strings.Fields(line)
		if len(words) < 3 || words[0] != name || words[1] != "inuse" {
			continue
		}
		for i := 1; i+1 < len(words); i += 2 {
			if key := words[i]; key != "inuse" && key != "tw" {
				continue
			}
			if n, err := strconv.Atoi(words[i+1]); err != nil || n != 0 {
				return false
			}
		}
		return true
	}
	return false
}
