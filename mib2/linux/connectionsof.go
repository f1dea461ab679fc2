package linux

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// Connections finds the TCP connections of many network namespaces by one walk of BPF over the
// table that they have in common, once for all [Namespace]s that refer to it. To dump each
// takes such a walk for each.
//
// It walks when the dumps of those that asked before would have taken as long.
type Connections struct {
	walk func(groups int, found *connections) error // nil where there is no BPF

	least  int // microseconds that a dump takes at least
	mutex  sync.Mutex
	dumped int          // microseconds that dumps took so far, about
	walked bool         // the walk was made
	found  *connections // nil if it failed, or was not made
}

// NewConnections returns what has found none yet.
func NewConnections() *Connections { return &Connections{walk: walkKernel, least: dumpTakes} }

// What things take, in microseconds and, for each connection of the machine, nanoseconds: measured on Linux
// 6.18 with 262,144 buckets and 61,000 to 620,000 connections.
const (
	dumpTakes, dumpTakesEach = 200, 90
	walkTakes, walkTakesEach = 10_000, 150
	askTakesEach             = 2500 // to ask for one
)

// in returns the connections of a namespace, which are then to be asked for one by one; or says that
// all are better dumped.
func (c *Connections) in(t *tables, zone uint64) (list []connection, ok bool) {
	if c == nil || zone == 0 || zone > 1<<32-1 {
		return nil, false
	}
	allocated, buckets, ok := t.sharedTable()
	if !ok {
		return nil, false
	}
	dump := c.least + allocated*dumpTakesEach/1000
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !c.walked {
		if c.dumped+dump < walkTakes+allocated*walkTakesEach/1000 {
			c.dumped += dump
			return nil, false
		}
		c.walkAll(allocated, buckets)
	}
	if c.found == nil {
		return nil, false
	}
	list = c.found.of[uint32(zone)]
	return list, len(list)*askTakesEach/1000 <= dump
}

// walkAll makes the walk.
func (c *Connections) walkAll(allocated, buckets int) {
	c.walked = true
	// What one call of the program writes has to fit in PAGE_SIZE<<3.
	const perCall, mostGroups, attempts = 200, 512, 4
	groups := min(max(perCall*buckets/max(allocated, 1)/bucketGroup, 1), mostGroups)
	for range attempts {
		var found connections
		switch err := c.walk(groups, &found); {
		case err == nil && found.mask+1 == buckets:
			c.found = &found
			return
		case errors.Is(err, syscall.E2BIG) && groups > 1:
			groups = max(groups/8, 1)
		case !errors.Is(err, errUnstable):
			return
		}
	}
}

// sharedTable reports whether the connections of a namespace are in the table of the machine, as
// they are unless net.ipv4.tcp_child_ehash_entries was set, and returns how many TCP sockets the machine has
// and how many buckets the table. In doubt it says no, as before Linux 6.1.
func (t *tables) sharedTable() (allocated, buckets int, ok bool) {
	setting, err := t.setting("net/ipv4/tcp_ehash_entries")
	if err != nil {
		return 0, 0, false
	}
	entries, err := strconv.Atoi(strings.TrimSpace(setting.Value))
	if err != nil || entries >= 0 { // less than 0 where it is another's
		return 0, 0, false
	}
	content, err := t.readProcNet("sockstat")
	if err != nil {
		return 0, 0, false
	}
	var counts tcpCounts
	counts.add([]byte(content))
	return counts.allocated, -entries, true
}
