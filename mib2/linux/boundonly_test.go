package linux

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"strings"
	"syscall"
	"testing"
	"time"

	"sockstat/mib2"
)

// twoWalks is a kernel whose first netlink socket gives a listener, and whose second gives
// what a test says.
type twoWalks struct {
	second func(b []byte) (int, error)
	open   int
}

func (k *twoWalks) tables() Tables {
	first := true
	return Tables{Way: WayNetlink, Calls: Calls{
		Socket: func() (int, error) { k.open++; return k.open, nil },
		Send:   func(int, []byte) error { return nil },
		Receive: func(fd int, b []byte) (n int, cut bool, sender uint32, err error) {
			if fd != 1 {
				n, err = k.second(b)
				return n, false, 0, err
			}
			reply := doneMessage(1, 0)
			if first {
				reply = message(sockDiagByFamily, 2, 1, withCookie(7))
			}
			first = false
			return copy(b, reply), false, 0, nil
		},
		Close: func(int) error { return nil },
		Open:  func(string) (int, error) { return 0, syscall.ENOENT }, // no counts: there may be bound ones
	}}
}

// withCookie is a socket with a cookie.
func withCookie(n uint32) []byte {
	b := diagMsg()
	binary.NativeEndian.PutUint32(b[44:], n)
	return b
}

// read reads the table, as far as it goes.
func (k *twoWalks) read(ctx context.Context, t *testing.T) ([]mib2.Socket, error) {
	t.Helper()
	r, _, err := k.tables().Open(ctx, []mib2.Protocol{mib2.TCP}, mib2.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return all(r)
}

// A socket that both walks find is there once, and the rest of both is there.
func TestBothWalks(t *testing.T) {
	k := twoWalks{second: func(b []byte) (int, error) {
		reply := message(sockDiagByFamily, 2, 1, withCookie(7))
		reply = append(reply, message(sockDiagByFamily, 2, 1, withCookie(8))...)
		return copy(b, append(reply, doneMessage(1, 0)...)), nil
	}}
	rows, err := k.read(t.Context(), t)
	if err != io.EOF || len(rows) != 2 || rows[0].Cookie != 7 && rows[0].Cookie != 7<<32 || rows[0].Cookie == rows[1].Cookie {
		t.Errorf("%+v, %v", rows, err)
	}
}

// However the other walk ends, its end is not taken for that of the table.
func TestOtherWalkFails(t *testing.T) {
	for want, second := range map[string]func([]byte) (int, error){
		"netlink sock_diag dump of tcp: " + syscall.EIO.Error(): func([]byte) (int, error) { return 0, syscall.EIO },
		"read tcp: panic: broken (boundonly_test.go:":           func([]byte) (int, error) { panic("broken") },
		"netlink sock_diag dump of tcp: message header is 5 bytes, 11 short of 16": func(b []byte) (int, error) {
			return 5, nil
		},
	} {
		k := twoWalks{second: second}
		rows, err := k.read(t.Context(), t)
		if !strings.HasPrefix(text(err), want) || len(rows) != 1 {
			t.Errorf("%d rows, %v, want %s", len(rows), err, want)
		}
	}
}

// A kernel that does not answer the other walk holds up neither the end of the context nor
// Close.
func TestOtherWalkHangs(t *testing.T) {
	hang := make(chan struct{})
	defer close(hang)
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	k := twoWalks{second: func([]byte) (int, error) {
		cancel(why)
		<-hang
		return 0, syscall.EIO
	}}
	begun := time.Now()
	if _, err := k.read(ctx, t); err != why {
		t.Error(err)
	}
	if took := time.Since(begun); took > 10*time.Second {
		t.Error(took)
	}
}

// Whoever has seen enough closes the reader; nothing is used after that.
func TestFallbackClosesOnce(t *testing.T) {
	closed := 0
	tables := Tables{Calls: Calls{
		Socket:  func() (int, error) { return 3, nil },
		Send:    func(int, []byte) error { return nil },
		Receive: func(int, []byte) (int, bool, uint32, error) { return 0, false, 0, syscall.EACCES },
		Close:   func(int) error { closed++; return syscall.EIO },
		Open:    func(string) (int, error) { return 0, fs.ErrNotExist },
	}}
	r, _, err := tables.Open(t.Context(), []mib2.Protocol{mib2.UDP}, mib2.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(nil); !errors.Is(err, syscall.EIO) {
		t.Error(err)
	}
	if err := r.Close(); err != nil || closed != 1 {
		t.Errorf("closed %d times, %v", closed, err)
	}
}
