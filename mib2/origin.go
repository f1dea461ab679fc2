package mib2

// Origin is what illumos tells of where a socket comes from. Its kernel keeps the process
// that created a socket, but not who holds it, and neither owner nor queue of UDP.
type Origin struct {
	// PID is the process that called socket(2) or, for TCP, connect(2); of a connection
	// that was accepted, the process that created the listener. It may have ended or
	// passed the socket on. 0 if not known, as for a connection whose last descriptor was
	// closed.
	PID int32
	// Created is when, in clock ticks since the system was booted; 0 if not known.
	Created uint64
	// Queues says that RecvQ and SendQ are known.
	Queues bool
	// File is the file that stands for the socket, nil if not known. Since October 2019.
	File *File
}

// File identifies the file of a socket, mib2_socketInfoEntry_t of inet/mib2.h. Its inode
// is that of the Socket.
type File struct {
	Device bool   // a STREAMS endpoint (TLI), not a socket
	Inet6  bool   // an IPv6 socket, even where it is listed with those of IPv4
	Major  uint32 // of the device
}
