// Package ahead reads in the background, beside the work of whoever takes what is read.
//
// What is read waits in bounded room. The end of the data is a message of its own: whatever
// else ends the reading, such as a panic, is an error, and never taken for the end.
package ahead

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"sockstat/internal/caught"
)

// Patience is how long [Reader.Close] is usually given to wait for a reading that the end of
// its context does not stop: of a FIFO that nobody writes to, of a file system whose server
// is gone.
const Patience = time.Second

// Reader hands out what is read in the background. One goroutine uses it.
type Reader[T any] struct {
	ctx      context.Context
	cancel   context.CancelFunc
	messages chan message[T]
	ended    chan struct{} // closed when the reading has returned, however it did
	what     string
	err      error // io.EOF or what else ended it, once that was taken
}

// message is a batch, or in its place how the reading ended.
type message[T any] struct {
	batch T
	err   error
}

// Start calls read in a goroutine of its own, with a context that ends with ctx or with
// [Reader.Close]. Read passes each batch to send, which waits while room batches are not
// taken yet and reports false once nobody wants more. Whatever read opens it closes. What it
// returns is how the data ends: nil for their proper end. What names the data in errors.
func Start[T any](ctx context.Context, what string, room int, read func(ctx context.Context, send func(T) bool) error) *Reader[T] {
	ctx, cancel := context.WithCancel(ctx)
	r := &Reader[T]{ctx: ctx, cancel: cancel, messages: make(chan message[T], room), ended: make(chan struct{}), what: what}
	go func() {
		defer close(r.ended)
		err := guard(what, func() error {
			return read(ctx, func(batch T) bool { return r.send(message[T]{batch: batch}) })
		})
		if err == nil {
			err = io.EOF
		}
		r.send(message[T]{err: err})
	}()
	return r
}

// send hands over a message unless nobody wants it any more.
func (r *Reader[T]) send(m message[T]) bool {
	select {
	case r.messages <- m:
		return true
	case <-r.ctx.Done():
		return false
	}
}

// Ready reports whether Next would not wait.
func (r *Reader[T]) Ready() bool {
	if r.err != nil || len(r.messages) > 0 || r.ctx.Err() != nil {
		return true
	}
	select {
	case <-r.ended:
		return true
	default:
		return false
	}
}

// Next waits for the next batch. It returns io.EOF after the last one, else the error that
// the reading or its context ended with. Once it has returned an error it goes on to.
func (r *Reader[T]) Next() (batch T, err error) {
	if r.err != nil {
		return batch, r.err
	}
	var m message[T]
	select {
	case m = <-r.messages:
	case <-r.ctx.Done():
		m.err = context.Cause(r.ctx)
	case <-r.ended:
		m = r.last()
	}
	r.err = m.err
	return m.batch, m.err
}

// last returns what was left in the room when the reading had returned. It is empty if the
// context ended before the reading could say how it ended itself.
func (r *Reader[T]) last() (m message[T]) {
	select {
	case m = <-r.messages:
	default:
		if m.err = context.Cause(r.ctx); m.err == nil {
			m.err = fmt.Errorf("read %s: %w", r.what, errNoEnd)
		}
	}
	return m
}

var errNoEnd = errors.New("the reading ended without saying how")

// Close ends the reading and waits for it to return, but no longer than patience.
func (r *Reader[T]) Close(patience time.Duration) {
	r.cancel()
	select {
	case <-r.ended:
		return
	default:
	}
	if patience <= 0 {
		return
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-r.ended:
	case <-timer.C:
	}
}

// guard makes an error of a panic in f.
func guard(what string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("read %s: %w", what, caught.Error(v))
		}
	}()
	return f()
}
