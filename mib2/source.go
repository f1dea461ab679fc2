package mib2

// Sourcer is a Reader that can say where its sockets come from, for a system that has
// several ways.
type Sourcer interface {
	// Source names the way and, in parentheses, why it was taken if it is not the
	// best one, such as "/proc/net/tcp (no tcp_diag: no such file or directory)". It
	// is final after the first Read.
	Source() string
}
