package illumos

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"sockstat/mib2"
)

// unixKstat is the kstat of the Unix sockets of the caller's zone.
const unixKstat = "sockfs:0:sock_unix_list"

// readUnix reads the Unix sockets that a filter lets through.
func readUnix(ctx context.Context, filter *mib2.Filter) ([]mib2.Socket, error) {
	sockets, err := wait(ctx, kernelTime, readUnixList)
	if err != nil {
		return nil, namedKstat(unixKstat, err)
	}
	return slices.DeleteFunc(sockets, func(s mib2.Socket) bool { return !filter.Match(&s) }), nil
}

// Clock returns the clock that counts the ticks of mib2.Origin, that of lbolt.
func (Tables) Clock() (mib2.Clock, error) {
	const clkTck = 3 // _SC_CLK_TCK of sys/unistd.h
	hz, err := unix.Sysconf(clkTck)
	if err == nil && hz <= 0 {
		err = fmt.Errorf("%d ticks in a second", hz)
	}
	if err != nil {
		return mib2.Clock{}, os.NewSyscallError("sysconf _SC_CLK_TCK", err)
	}
	return mib2.Clock{Ticks: uint64(hz)}, nil
}

const (
	kstatPath = "/dev/kstat"
	kstatRead = 0x4B02 // KSTAT_IOC_READ
)

var errNoKstat = errors.New("no such kstat")

// namedKstat adds the name of a kstat to an error that does not name the device.
func namedKstat(name string, err error) error {
	var open *fs.PathError
	if err == nil || errors.As(err, &open) || errors.Is(err, context.Canceled) {
		return err
	}
	return fmt.Errorf("read kstat %s: %w", name, err)
}

// readUnixList reads the kstat with the Unix sockets of the caller's zone.
func readUnixList(ctx context.Context, step func()) ([]mib2.Socket, error) {
	k, data, err := readKstat(ctx, step, "sockfs", 0, "sock_unix_list")
	if err != nil {
		return nil, err
	}
	return parseUnixList(data, k.records())
}

// readKstat finds a kstat and reads it. The chain of kstats may change in between; then it
// is looked for again.
func readKstat(ctx context.Context, step func(), module string, instance uint32, name string) (k kstatHeader, data []byte, err error) {
	fd, err := openRetry(kstatPath, unix.O_RDONLY)
	if err != nil {
		return k, nil, err
	}
	defer unix.Close(fd)
	for range 10 {
		var id uint32
		var ok bool
		if _, data, err = kstatData(ctx, step, fd, 0); err != nil {
			return k, nil, err
		}
		if id, ok = findKstat(data, module, instance, name); !ok {
			return k, nil, errNoKstat
		}
		if k, data, err = kstatData(ctx, step, fd, id); err != syscall.ENXIO {
			break
		}
	}
	return k, data, err
}

// kstatData reads the data of a kstat by its id, with a larger buffer until they fit.
func kstatData(ctx context.Context, step func(), fd int, id uint32) (k kstatHeader, data []byte, err error) {
	size := uint64(32 << 10)
	for {
		if err := context.Cause(ctx); err != nil {
			return k, nil, err
		}
		if k, data, err = kstatOnce(fd, id, size); err != syscall.EAGAIN { // that is no progress
			step()
		}
		switch {
		case err == nil && k.dataSize() > size:
			return k, nil, fmt.Errorf("%d bytes in a buffer of %d", k.dataSize(), size)
		case err == nil:
			return k, data[:k.dataSize()], nil
		case err == syscall.EAGAIN:
			time.Sleep(time.Millisecond)
		case err != syscall.ENOMEM:
			return k, nil, err
		case k.dataSize() > maxKept:
			return k, nil, fmt.Errorf("it has %d bytes", k.dataSize())
		default:
			size = max(k.dataSize()+k.dataSize()/8, size+size/4) // it may grow meanwhile
		}
	}
}

// kstatOnce asks for the data of a kstat once.
func kstatOnce(fd int, id uint32, size uint64) (k kstatHeader, data []byte, err error) {
	data = make([]byte, size)
	var pinned runtime.Pinner
	pinned.Pin(&data[0])
	defer pinned.Unpin()
	request := new(kstatHeader)
	binary.LittleEndian.PutUint32(request[16:], id)
	binary.LittleEndian.PutUint64(request[120:], uint64(uintptr(unsafe.Pointer(&data[0]))))
	binary.LittleEndian.PutUint64(request[136:], size)
	_, err = ioctl(fd, kstatRead, unsafe.Pointer(request))
	return *request, data, err
}
