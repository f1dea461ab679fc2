package vtab

import (
	"context"
	"io"

	"sockstat/mib2"
)

// Replay has the sockets of all tables come from a file that SaveReply wrote. Which
// processes created them is in it, but nothing else of processes.
func Replay(file string) { mib2.Replay(file) }

// SaveReply writes what the kernel says of its sockets to a file; only illumos can.
func SaveReply(ctx context.Context, w io.Writer) error { return mib2.Save(ctx, w) }

// HasCreators reports whether there is a table of creators.
func HasCreators() bool { return mib2.HasOrigin() }
