// # illumos
//
// Sockets come from IP itself, by the request that netstat makes of /dev/arp. It needs no
// privilege and shows the caller's own zone. [Save] keeps the kernel's reply in a file, and
// [Replay] reads it on any system.
package mib2

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"
)

func init() {
	readTables = func(ctx context.Context, protocols []Protocol, filter *Filter) ([]Socket, error) {
		rows, err := readARP(ctx, protocols, filter)
		return rows, named(err)
	}
	open = func(p Protocol, filter Filter) (Reader, error) {
		return newReplyReader(context.Background(), []Protocol{p}, filter, readTables), nil
	}
	save = saveARP
}

// named adds the name of the device to an error that does not have it.
func named(err error) error {
	var path *fs.PathError
	var errno syscall.Errno
	if err == nil || errors.As(err, &path) || errors.As(err, &errno) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("read %s: %w", arpPath, err)
}

// saveARP writes every message as it comes, so that a reply that is wrong is saved too.
func saveARP(ctx context.Context, w io.Writer) error {
	_, err := wait(ctx, kernelTime, func(ctx context.Context, step func()) (_ struct{}, err error) {
		a, err := openARP(ctx, step, levelAll)
		if err != nil {
			return struct{}{}, err
		}
		defer a.close()
		return struct{}{}, saveMessages(w, a)
	})
	return named(err)
}
