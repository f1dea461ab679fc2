package main

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// unwatched is how long signals are left to themselves. To watch for them takes two threads,
// 7 % of the time in which the sockets of a small machine are listed; a program that has
// only read so far can as well be ended by the signal itself.
const unwatched = 20 * time.Millisecond

// untilSignal returns a context that ends with a signal.
func (o *options) untilSignal() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if o.shell {
		signals = signals[1:] // it takes Ctrl-C itself
	}
	signals = slices.DeleteFunc(signals, signal.Ignored) // by who started us, as nohup does
	watch := func() {
		if len(signals) == 0 { // which would mean all to Notify
			return
		}
		caught := make(chan os.Signal, 1)
		signal.Notify(caught, signals...)
		go func() {
			<-caught
			cancel()
		}()
	}
	if o.shell || o.saveMIB != "" || o.watch > 0 {
		watch()
	} else {
		time.AfterFunc(unwatched, watch)
	}
	return ctx, cancel
}

// giveUp ends the program after a signal or the timeout if something does not let it: the
// opening of a FIFO, a file system whose server is gone. While the user looks at the output in a
// pager, the terminal is not left to others.
func (o *options) giveUp(ctx context.Context) {
	const patience = 700 * time.Millisecond
	time.Sleep(patience)
	if p := o.pager.Load(); p != nil && p.Wait() {
		time.Sleep(patience) // the rest need not take long now
	}
	os.Exit(status(ctx, context.Cause(ctx)))
}

// untilEnd returns the end of ctx if it comes with the end of standard input. Ctrl-C also
// ends who writes to a pipe, and the end of that may be seen before the signal is.
func untilEnd(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(10 * time.Millisecond):
		return nil
	}
}
