package vtab

import (
	"context"
	"io"
	"sync"

	"sockstat/mib2"
)

// aheadBatches is how many batches may wait to be joined with their holders: enough for
// some ten thousand sockets, which is what is read until the holders are known.
const aheadBatches = 64

// ahead reads the sockets of a kernelReader in the background.
type ahead struct {
	batches chan aheadBatch
	cancel  context.CancelFunc
	reading sync.WaitGroup
}

type aheadBatch struct {
	sockets []mib2.Socket
	err     error
}

// readAhead starts reading. The reader belongs to it until close.
func readAhead(ctx context.Context, r *kernelReader) *ahead {
	ctx, cancel := context.WithCancel(ctx)
	a := &ahead{batches: make(chan aheadBatch, aheadBatches), cancel: cancel}
	a.reading.Go(func() {
		defer close(a.batches)
		for {
			sockets, err := r.next()
			select {
			case a.batches <- aheadBatch{sockets, err}:
			case <-ctx.Done():
				return
			}
			if err != nil {
				return
			}
		}
	})
	return a
}

// next returns the next batch, at the end io.EOF.
func (a *ahead) next() ([]mib2.Socket, error) {
	b, more := <-a.batches
	if !more {
		return nil, io.EOF
	}
	return b.sockets, b.err
}

func (a *ahead) close() {
	a.cancel()
	a.reading.Wait()
}
