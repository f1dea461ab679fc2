package linux

import (
	"bytes"
	"strconv"
)

// tcpCounts are the counts of TCP sockets in /proc/net/sockstat and sockstat6
// (sockstat_seq_show in net/ipv4/proc.c).
type tcpCounts struct {
	inUse     int // that listen or are connected, of one network namespace
	allocated int // of all network namespaces, both IP versions together
}

// add adds the counts of one of the files. What it does not have counts nothing.
func (c *tcpCounts) add(file []byte) {
	for line := range bytes.Lines(file) {
		words := bytes.Fields(line)
		if len(words) == 0 || string(words[0]) != "TCP:" && string(words[0]) != "TCP6:" {
			continue
		}
		for i := 1; i+1 < len(words); i += 2 {
			n, _ := strconv.Atoi(string(words[i+1]))
			switch string(words[i]) {
			case "inuse":
				c.inUse += n
			case "alloc":
				c.allocated += n
			}
		}
	}
}
