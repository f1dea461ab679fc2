package ahead

import (
	"context"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// all takes everything, and returns how it ended.
func all[T any](r *Reader[T]) (batches []T, err error) {
	for {
		batch, err := r.Next()
		if err != nil {
			return batches, err
		}
		batches = append(batches, batch)
	}
}

// count sends the numbers from 1 to n, then returns end.
func count(n int, end error) func(context.Context, func(int) bool) error {
	return func(_ context.Context, send func(int) bool) error {
		for i := range n {
			if !send(i + 1) {
				return errors.New("nobody wants more")
			}
		}
		return end
	}
}

func TestEveryBatchThenTheEnd(t *testing.T) {
	r := Start(t.Context(), "numbers", 2, count(100, nil))
	defer r.Close(Patience)
	got, err := all(r)
	if len(got) != 100 || got[99] != 100 || err != io.EOF {
		t.Fatalf("%d batches, %v", len(got), err)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Fatalf("after the end: %v", err)
	}
}

func TestErrorComesAfterWhatWasRead(t *testing.T) {
	broken := errors.New("broken")
	r := Start(t.Context(), "numbers", 8, count(3, broken))
	defer r.Close(Patience)
	if got, err := all(r); len(got) != 3 || err != broken {
		t.Fatalf("%v, %v", got, err)
	}
}

func TestPanicIsAnErrorThatNamesTheData(t *testing.T) {
	for range 100 { // the end must not win by chance
		r := Start(t.Context(), "tcp", 8, func(_ context.Context, send func(int) bool) error {
			send(1)
			var none []int
			return errors.New(string(rune(none[1])))
		})
		got, err := all(r)
		r.Close(Patience)
		if len(got) != 1 || err == nil || !strings.HasPrefix(err.Error(), "read tcp: panic: runtime error: index out of range") ||
			!strings.Contains(err.Error(), "(ahead_test.go:") {
			t.Fatalf("%v, %v", got, err)
		}
	}
}

// A test that fails in the background, and no other code, leaves its goroutine so.
func TestSilentEndIsNoEnd(t *testing.T) {
	r := Start(t.Context(), "udp", 8, func(_ context.Context, send func(int) bool) error {
		send(1)
		runtime.Goexit()
		return nil
	})
	defer r.Close(Patience)
	if got, err := all(r); len(got) != 1 || !errors.Is(err, errNoEnd) {
		t.Fatalf("%v, %v", got, err)
	}
}

func TestNoMoreIsReadThanThereIsRoomFor(t *testing.T) {
	sent := make(chan int, 100)
	r := Start(t.Context(), "numbers", 2, func(_ context.Context, send func(int) bool) error {
		for i := 1; send(i); i++ {
			sent <- i
		}
		return nil
	})
	defer r.Close(Patience)
	<-sent
	<-sent
	select {
	case n := <-sent:
		t.Fatalf("batch %d was sent into room for two", n)
	case <-time.After(20 * time.Millisecond):
	}
	r.Next()
	if n := <-sent; n != 3 {
		t.Fatalf("batch %d after 2", n)
	}
}

func TestEndOfContext(t *testing.T) {
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	r := Start(ctx, "numbers", 1, func(ctx context.Context, send func(int) bool) error {
		<-ctx.Done()
		if send(1) && send(2) {
			t.Error("both were sent")
		}
		return nil
	})
	cancel(why)
	_, err := all(r)
	if !errors.Is(err, why) {
		t.Fatalf("%v instead of the cause", err)
	}
	r.Close(Patience)
}

// A reading that notices the end of the context before Next does cannot say how it ended.
func TestEndOfContextThatTheReadingNoticesFirst(t *testing.T) {
	why := errors.New("why")
	for range 200 {
		ctx, cancel := context.WithCancelCause(t.Context())
		r := Start(ctx, "numbers", 0, func(ctx context.Context, _ func(int) bool) error {
			<-ctx.Done()
			return nil
		})
		cancel(why)
		<-r.ended
		if _, err := r.Next(); !errors.Is(err, why) {
			t.Fatalf("%v instead of the cause", err)
		}
	}
}

func TestCloseDoesNotWaitForEver(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	start := func() *Reader[int] {
		return Start(t.Context(), "fifo", 1, func(context.Context, func(int) bool) error {
			<-stuck
			return nil
		})
	}
	begun := time.Now()
	start().Close(0)
	start().Close(20 * time.Millisecond)
	if d := time.Since(begun); d < 20*time.Millisecond || d > 10*time.Second {
		t.Fatalf("closed after %s", d)
	}
}
