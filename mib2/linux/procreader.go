package linux

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"

	"sockstat/mib2"
)

var errLineTooLong = errors.New("line too long")

// procReader reads a table from files of /proc/net, one after the other, a buffer of
// whole lines at a time. The kernel gives a page at a time and, for UDP, finds its
// place again by counting: a socket can be missed if another goes in between, and come
// again if one is added. The second time it is left out.
type procReader struct {
	decoder procDecoder
	filter  mib2.Filter
	ctx     context.Context
	files   []string // still to open
	where   string   // their directory
	why     string   // why not netlink

	dual func() (bool, error) // whether sockets bound to :: take IPv4; asked before the first is read
	open func(name string) (io.ReadCloser, error)
	file io.ReadCloser // nil between files
	name string
	line int // lines of file read, the heading included
	buf  []byte
	have int // bytes at the start of buf that are an incomplete line
	seen map[procKey]bool
}

// procKey tells sockets apart. The subflows of an MPTCP connection have one inode.
type procKey struct {
	inode         uint64
	local, remote netip.AddrPort
}

func newProcReader(ctx context.Context, proto mib2.Protocol, filter mib2.Filter) *procReader {
	r := &procReader{ctx: ctx, filter: filter, where: "/proc/net/", buf: make([]byte, 32<<10),
		seen: make(map[procKey]bool)}
	r.decoder = procDecoder{proto: proto, filter: &r.filter}
	for _, d := range diagDumps(proto, &diagFilter{Filter: filter}) {
		if d.family != linuxAFInet6 {
			r.files = append(r.files, proto.ProcNet(mib2.Inet))
		}
		if d.family != linuxAFInet {
			r.files = append(r.files, proto.ProcNet(mib2.Inet6))
		}
	}
	return r
}

// Limits says what the files do not tell. Of the less common protocols most kernels tell in no
// other way: there they are the best one.
func (r *procReader) Limits() string {
	if !r.decoder.proto.Common() {
		return ""
	}
	return filesLimits
}

// Source names the files and why they are read.
func (r *procReader) Source() string {
	return fmt.Sprintf("%s%s (%s)", r.where, r.decoder.proto.ProcNet(mib2.Inet), r.why)
}

// Read appends the sockets of the next lines that have any.
func (r *procReader) Read(dst []mib2.Socket) ([]mib2.Socket, error) {
	for have := len(dst); len(dst) == have; {
		if r.ctx.Err() != nil {
			return dst, context.Cause(r.ctx)
		}
		if err := r.next(); err != nil {
			return dst, err
		}
		n, err := r.file.Read(r.buf[r.have:])
		if n > 0 {
			err = nil // comes again, with n = 0
			dst, err = r.appendLines(dst, n)
		} else if err == nil {
			err = io.ErrNoProgress
		}
		if errors.Is(err, io.EOF) {
			err = r.end()
		}
		if err != nil {
			return dst[:have], fmt.Errorf("read %s%s: line %d: %w", r.where, r.name, r.line, err)
		}
	}
	return dst, nil
}

// next opens the next file if none is open. A kernel without IPv6 lacks a file, one without a
// less common protocol both.
func (r *procReader) next() error {
	for r.file == nil {
		if len(r.files) == 0 {
			return io.EOF
		}
		r.name, r.files = r.files[0], r.files[1:]
		file, err := r.open(r.name)
		if errors.Is(err, fs.ErrNotExist) && (r.name != r.decoder.proto.ProcNet(mib2.Inet) || !r.decoder.proto.Common()) {
			continue
		}
		if err != nil {
			return err
		}
		r.file, r.line, r.have = file, 0, 0
		if r.name == r.decoder.proto.ProcNet(mib2.Inet6) && r.dual != nil {
			if r.decoder.dual, err = r.dual(); err != nil {
				return err
			}
		}
	}
	return nil
}

// appendLines decodes the whole lines in the buffer, of which n bytes are new.
func (r *procReader) appendLines(dst []mib2.Socket, n int) ([]mib2.Socket, error) {
	b := r.buf[:r.have+n]
	for {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			break
		}
		r.line++
		if r.line > 1 {
			var err error
			if dst, err = r.appendLine(dst, b[:i]); err != nil {
				return dst, err
			}
		}
		b = b[i+1:]
	}
	if len(b) == len(r.buf) {
		return dst, errLineTooLong
	}
	r.have = copy(r.buf, b)
	return dst, nil
}

// appendLine decodes a line of a socket that was not there before.
func (r *procReader) appendLine(dst []mib2.Socket, line []byte) ([]mib2.Socket, error) {
	more, err := r.decoder.append(dst, line)
	if err != nil || len(more) == len(dst) {
		return dst, err
	}
	s := &more[len(dst)]
	key := procKey{s.Inode, s.Local, s.Remote}
	if s.Inode != 0 && r.seen[key] {
		return dst, nil
	}
	r.seen[key] = true
	return more, nil
}

func (r *procReader) end() error {
	err := r.Close()
	if r.have > 0 {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Close closes the file that is being read.
func (r *procReader) Close() error {
	file := r.file
	r.file = nil
	if file == nil {
		return nil
	}
	return file.Close()
}
