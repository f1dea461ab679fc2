package main

import (
	"context"
	"errors"
	"os"
	"sync"

	"sockstat/vtab"
)

// source has sockets come from where the options say, and the listing show what can be
// known of them there.
func (o *options) source() error {
	if o.mib != "" {
		f, err := os.Open(o.mib)
		if err != nil {
			return err
		}
		f.Close()
		vtab.Replay(o.mib)
	}
	o.listing.Creators = vtab.HasCreators() && !o.holders
	return nil
}

// saveMIB saves the kernel's reply to a file. What came of a reply that is wrong is kept
// too: it is what a bug report needs. But a file is left alone until something comes.
func saveMIB(ctx context.Context, file string) error {
	f := &lateFile{name: file}
	return errors.Join(vtab.SaveReply(ctx, f), f.Close())
}

// lateFile is a file that is created when something is written to it. Who writes may be left
// behind, so that may happen after Close.
type lateFile struct {
	name   string
	mu     sync.Mutex
	file   *os.File // nil until then
	closed bool
}

func (f *lateFile) Write(b []byte) (n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return 0, os.ErrClosed
	}
	if f.file == nil {
		if f.file, err = os.Create(f.name); err != nil {
			return 0, err
		}
	}
	return f.file.Write(b)
}

func (f *lateFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}
