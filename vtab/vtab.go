// Package vtab declares the tables that statements see: sockets, the protocols' own (mptcp,
// netlink, packet, raw, sctp, tcp, udp, unix, vsock, xdp), processes, zones, users, groups,
// interfaces, addresses, routes, netstats, sysctls, services, events, process_open_sockets and
// listening_ports (both in the words of osquery), sockstat_tables and sockstat_columns, each in
// a file of its own, over the rows of packages mib2 and proc. The table sockets is where the two
// meet.
//
// Where the rows come from is a value, a [Machine]: [Open] opens a database on one. Package
// table below is what tables are declared with, package engine what makes SQLite's virtual
// tables of them.
package vtab

import (
	"sockstat/vtab/engine"
)

// Open opens a database with all tables of a machine.
func Open(m *Machine) (*engine.DB, error) { return engine.Open(m.Tables()...) }
