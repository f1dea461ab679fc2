package proc

import (
	"context"
	"errors"
	"strconv"
)

// ErrUnsupported is the error of every reader on a system that has none yet.
var ErrUnsupported = errors.New("live processes are not supported on this system")

// Unsupported stands for a system of which nothing can be read: it implements [Processes],
// [Holders], [Zones], [Users] and [Groups], and every answer is [ErrUnsupported].
var Unsupported unsupported

type unsupported struct{}

func (unsupported) Processes(context.Context, []int32, Parts) (ProcessReader, error) {
	return nil, ErrUnsupported
}

func (unsupported) Holders(context.Context, []int32) (*SocketHolders, error) {
	return nil, ErrUnsupported
}

func (unsupported) Zones(context.Context) ([]Zone, error) { return nil, ErrUnsupported }

func (unsupported) OwnZone() (Zone, error) { return Zone{}, ErrUnsupported }

// ZoneName cannot fail; the id is all that is known.
func (unsupported) ZoneName(id uint64) string { return strconv.FormatUint(id, 10) }

func (unsupported) Users() ([]User, error) { return nil, ErrUnsupported }

func (unsupported) Groups() ([]Group, error) { return nil, ErrUnsupported }
