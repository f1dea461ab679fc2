package illumos

import (
	"context"
	"fmt"
	"time"
)

// limit is how long to wait for the kernel.
type limit struct {
	step time.Duration // until anything happens
	all  time.Duration // until the end
}

// wait returns what f returns, but waits no longer than the limit and the context allow: a
// system call that never returns cannot be called back. f goes on in the background until
// it sees that its context has ended. It calls step whenever the kernel has done something.
func wait[T any](ctx context.Context, l limit, f func(ctx context.Context, step func()) (T, error)) (none T, err error) {
	type result struct {
		value T
		err   error
	}
	ctx, cancel := context.WithTimeoutCause(ctx, l.all, fmt.Errorf("no end after %s", l.all))
	defer cancel()
	done, steps := make(chan result, 1), make(chan struct{}, 1)
	go func() {
		value, err := f(ctx, func() {
			select {
			case steps <- struct{}{}:
			default:
			}
		})
		done <- result{value, err}
	}()
	idle := time.NewTimer(l.step)
	defer idle.Stop()
	for {
		select {
		case r := <-done:
			if ctx.Err() != nil { // which f may have ended for, in the middle
				return none, context.Cause(ctx)
			}
			return r.value, r.err
		case <-steps:
			idle.Reset(l.step)
		case <-idle.C:
			return none, fmt.Errorf("no answer for %s", l.step)
		case <-ctx.Done():
			return none, context.Cause(ctx)
		}
	}
}
