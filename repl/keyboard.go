//go:build linux || illumos

package repl

import (
	"bytes"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const backspace = 0x7f

// keyboard stands between the terminal and the editor, which reads a pipe instead. It reads the
// terminal only while a line is asked for, so that programs we start have it for themselves.
type keyboard struct {
	toEditor *os.File // the end of the pipe that we write to
	asked    *os.File // to stop reading: the end that is read
	ask      *os.File
	paste    paste
	ready    []byte // for the pipe
	tabbed   chan bool
	spaced   bool // a completed word was given a blank, and nothing was typed since
	stopped  sync.WaitGroup
}

// newKeyboard returns a keyboard and the end of the pipe that the editor reads.
func newKeyboard() (k *keyboard, editor *os.File, err error) {
	k = &keyboard{tabbed: make(chan bool, 1)}
	if editor, k.toEditor, err = os.Pipe(); err != nil {
		return nil, nil, err
	}
	if k.asked, k.ask, err = os.Pipe(); err != nil {
		return nil, nil, errors.Join(err, editor.Close(), k.toEditor.Close())
	}
	return k, editor, nil
}

// read reads the terminal until stop is called.
func (k *keyboard) read() (stop func()) {
	k.stopped.Go(k.loop)
	return func() {
		k.ask.Write([]byte{0})
		k.stopped.Wait()
	}
}

// escapeTime is how long the rest of an escape sequence is waited for: without it, the key Esc was pressed.
const escapeTime = 30 * time.Millisecond

// loop carries on what comes, until it is asked to stop. The end of the terminal is that of the
// pipe.
func (k *keyboard) loop() {
	asked, to := int32(k.asked.Fd()), int32(k.toEditor.Fd())
	for {
		fds := []unix.PollFd{{Fd: asked, Events: unix.POLLIN}, {Fd: int32(unix.Stdin), Events: unix.POLLIN}}
		if len(k.ready) > 0 {
			fds[1] = unix.PollFd{Fd: to, Events: unix.POLLOUT}
		}
		timeout := -1
		if len(k.paste.held) > 0 {
			timeout = int(escapeTime.Milliseconds())
		}
		n, err := unix.Poll(fds, timeout)
		switch {
		case err == unix.EINTR:
		case err != nil:
			k.toEditor.Close()
			return
		case fds[0].Revents != 0:
			io.ReadFull(k.asked, make([]byte, 1))
			return
		case n == 0:
			k.ready = append(k.ready, k.paste.flush()...)
			if k.paste.under { // and nothing to flush
				k.wait(asked)
			}
		case !k.carry(to):
			k.toEditor.Close()
			return
		}
	}
}

// wait waits for more of the terminal, or until it is asked to stop.
func (k *keyboard) wait(asked int32) {
	unix.Poll([]unix.PollFd{{Fd: asked, Events: unix.POLLIN}, {Fd: int32(unix.Stdin), Events: unix.POLLIN}}, -1)
}

// carry writes what is ready, or reads the terminal. It reports whether there can be more.
func (k *keyboard) carry(to int32) bool {
	if len(k.ready) > 0 {
		return k.write(int(to))
	}
	b := make([]byte, 4096)
	n, err := unix.Read(unix.Stdin, b)
	if err == unix.EAGAIN || err == unix.EINTR {
		return true
	}
	if err != nil || n <= 0 {
		return false
	}
	k.ready = append(k.ready, k.paste.translate(b[:n])...)
	return true
}

// write writes some of what is ready, for which a pipe that has room at all has enough. Behind a
// tab it waits until the word is completed.
func (k *keyboard) write(to int) bool {
	k.joinPunctuation()
	if len(k.ready) == 0 {
		return true
	}
	some := k.ready[:min(len(k.ready), 512)]
	if i := bytes.IndexByte(some, '\t'); i >= 0 {
		some = some[:i+1]
	}
	select {
	case <-k.tabbed: // of a tab that was given up
	default:
	}
	n, err := unix.Write(to, some)
	if n == len(some) && some[n-1] == '\t' {
		select {
		case k.spaced = <-k.tabbed:
		case <-time.After(time.Second): // it was no tab to the editor
		}
	}
	k.ready = k.ready[max(n, 0):]
	return err == nil || err == unix.EAGAIN || err == unix.EINTR
}

// joinPunctuation leaves out a blank that is typed behind the one that a completed word was given,
// and has a comma or the like take its place.
func (k *keyboard) joinPunctuation() {
	if !k.spaced {
		return
	}
	k.spaced = false
	switch k.ready[0] {
	case ' ':
		k.ready = k.ready[1:]
	case ',', ';', ')':
		k.ready = append([]byte{backspace}, k.ready...)
	}
}

// completed says that the editor has completed a word and whether a blank is behind it.
func (k *keyboard) completed(spaced bool) {
	select {
	case k.tabbed <- spaced:
	default:
	}
}

// Close closes the pipe. It may be called on nil.
func (k *keyboard) Close() error {
	if k == nil {
		return nil
	}
	k.toEditor.Close() // may be closed already
	return errors.Join(k.asked.Close(), k.ask.Close())
}
