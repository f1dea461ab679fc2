package illumos

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What hangs, what never ends, and what takes its time.
func TestWait(t *testing.T) {
	l := limit{step: 5 * time.Second, all: time.Minute}
	hang := func(ctx context.Context, _ func()) (int, error) { <-ctx.Done(); return 1, nil }
	endless := func(ctx context.Context, step func()) (int, error) {
		for ctx.Err() == nil {
			time.Sleep(time.Second)
			step()
		}
		return 1, nil
	}
	slow := func(ctx context.Context, step func()) (int, error) {
		for range 10 {
			time.Sleep(4 * time.Second)
			step()
		}
		return 7, nil
	}
	for _, test := range []struct {
		name  string
		f     func(context.Context, func()) (int, error)
		after time.Duration
		text  string
	}{
		{"hang", hang, 5 * time.Second, "no answer for 5s"}, {"endless", endless, time.Minute, "no end after 1m0s"},
		{"slow", slow, 40 * time.Second, ""},
	} {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			n, err := wait(context.Background(), l, test.f)
			took := time.Since(start)
			time.Sleep(5 * time.Second) // until what is left behind has ended
			if took != test.after {
				t.Errorf("%s: took %s", test.name, took)
			}
			if test.text == "" && (n != 7 || err != nil) || test.text != "" && (err == nil || !strings.Contains(err.Error(), test.text)) {
				t.Errorf("%s: %d, %v", test.name, n, err)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("stopped")
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Second, cause)
		defer cancel()
		if _, err := wait(ctx, l, hang); err != cause {
			t.Error(err)
		}
	})
}
