package vtab

import "sockstat/mib2"

// UDP is the table of the kernel's UDP sockets (udpTable, RFC 4113).
var UDP = kernelTable(mib2.UDP, "UDP sockets of the kernel, one row each; who holds them is in sockets", memColumns)
