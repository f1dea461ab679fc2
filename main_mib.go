package main

import (
	"context"
	"errors"
	"os"

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
// too: it is what a bug report needs.
func saveMIB(ctx context.Context, file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	err = vtab.SaveReply(ctx, f)
	if errors.Is(err, errors.ErrUnsupported) {
		os.Remove(file)
	}
	return errors.Join(err, f.Close())
}
