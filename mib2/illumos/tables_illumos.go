package illumos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"sockstat/mib2"
)

// Tables are those of the caller's zone.
type Tables struct{}

var _ interface {
	mib2.Tables
	mib2.Clocker
	mib2.Saver
} = Tables{}

// Open reads TCP and UDP sockets by one request, and Unix sockets by another.
func (Tables) Open(ctx context.Context, protocols []mib2.Protocol, filter mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
	now, rest, err := firstTables(protocols)
	if err != nil {
		return nil, nil, err
	}
	if len(now) == 0 || !isMIB(now[0]) {
		return mib2.ReadAtOnce(ctx, "kstat "+unixKstat, func(ctx context.Context) ([]mib2.Socket, error) {
			if len(now) == 0 || !filter.Wants(mib2.Unix) {
				return nil, nil
			}
			return readUnix(ctx, &filter)
		}), rest, nil
	}
	return mib2.ReadAtOnce(ctx, arpPath, func(ctx context.Context) ([]mib2.Socket, error) {
		rows, err := readARP(ctx, now, &filter)
		return rows, named(err)
	}), rest, nil
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

// Save writes every message as it comes, so that a reply that is wrong is saved too.
func (Tables) Save(ctx context.Context, w io.Writer) error {
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
