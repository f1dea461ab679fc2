package vtab

import (
	"slices"

	"sockstat/vtab/table"
)

// How a file of many moments keeps the columns that are declared in this package. Those that all
// tables of sockets have are kept once for a socket, whatever tables show it; a column that is not
// named here is one of its row.

// queueNames are the columns that change with each packet, though of most sockets they never do.
var queueNames = []string{"recv_q", "send_q", "backlog", "rmem_alloc", "wmem_alloc", "next_datagram"}

// holderNames are the columns of sockets that are the same for all sockets of a process.
var holderNames = []string{"pid", "user", "command", "args"}

// rowNames are the columns that tell how a process holds a socket.
var rowNames = []string{"fd", "owner_status"}

// keptSocket says how the columns of a table of sockets are kept.
func keptSocket(columns []table.Column[socket]) []table.Column[socket] {
	columns = table.Keep(table.Kept{}, columns)
	for i := range columns {
		c := &columns[i]
		switch {
		case c.Kept != (table.Kept{}), slices.Contains(rowNames, c.Name):
		case c.Part&(partTimer|partInfo|partMem|partControl) != 0:
			c.Kept.Measure = true
		case slices.Contains(queueNames, c.Name):
			c.Kept.With = "queue"
		case slices.Contains(holderNames, c.Name):
			c.Kept.With = "holder"
		case slices.ContainsFunc(identityColumns, isNamed(c.Name)), slices.ContainsFunc(kernelColumns, isNamed(c.Name)):
			c.Kept.With = "socket"
		}
		switch c.Name {
		case "local", "remote":
			c.Kept.Joined = [2]string{c.Name + "_address", c.Name + "_port"}
		}
	}
	return columns
}

// isNamed returns whether a column has a name.
func isNamed(name string) func(table.Column[socket]) bool {
	return func(c table.Column[socket]) bool { return c.Name == name }
}

// measureNames are the columns of processes that change all the time.
var measureNames = []string{"state", "threads", "cpu_ms", "vsize", "rss", "fd_count", "sockets", "listens",
	"resident_size", "total_size", "user_time", "system_time", "disk_bytes_read", "disk_bytes_written"}

// keptProcess says how the columns of processes are kept.
func keptProcess(columns []table.Column[process]) []table.Column[process] {
	columns = table.Keep(table.Kept{}, columns)
	for i := range columns {
		columns[i].Kept.Measure = slices.Contains(measureNames, columns[i].Name)
	}
	return columns
}
