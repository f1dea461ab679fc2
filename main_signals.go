package main

import (
	"context"
	"os"
	"os/signal"
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
	watch := func() {
		caught := make(chan os.Signal, 1)
		signal.Notify(caught, signals...)
		go func() {
			<-caught
			cancel()
		}()
	}
	if o.shell || o.saveMIB != "" {
		watch()
	} else {
		time.AfterFunc(unwatched, watch)
	}
	return ctx, cancel
}

// giveUp ends the program after a signal or the timeout if something does not let it: the
// opening of a FIFO, a file system whose server is gone.
func giveUp(ctx context.Context) {
	const patience = time.Second
	time.Sleep(patience)
	os.Exit(status(ctx, context.Cause(ctx)))
}
