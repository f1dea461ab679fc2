package vtab

import (
	"context"
	"io"
	"slices"
	"testing"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// replies are tables that give sockets in replies of some sizes, each protocol the same.
func replies(sizes ...int) mib2.Tables {
	return tablesFunc(func(_ context.Context, protocols []mib2.Protocol, _ mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
		rest := slices.Clone(sizes)
		return &funcReader[mib2.Socket]{read: func(dst []mib2.Socket) ([]mib2.Socket, error) {
			if len(rest) == 0 {
				return dst, io.EOF
			}
			for range rest[0] {
				dst = append(dst, mib2.Socket{Proto: protocols[0], Cookie: uint64(len(dst))})
			}
			rest = rest[1:]
			return dst, nil
		}}, protocols[1:], nil
	})
}

// batchSizes returns how many rows the batches of a table have.
func batchSizes(t *testing.T, tables mib2.Tables, protocols ...mib2.Protocol) (sizes []int) {
	t.Helper()
	m := &Machine{Sockets: tables}
	r, err := m.openKernel(t.Context(), table.NewQuery(m.sockets().Info(), nil), protocols)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for {
		rows, err := r.Read(nil)
		if err == io.EOF {
			return sizes
		} else if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(rows))
	}
}

// The first batch is the first reply, so that a statement with LIMIT ends early; later ones are
// made of more and more replies, of several protocols too, so that few are handed on.
func TestBatchesGrow(t *testing.T) {
	hundred := slices.Repeat([]int{100}, 100)
	for _, test := range []struct {
		replies   []int
		protocols int
		want      []int
	}{
		{nil, 1, nil}, {nil, 3, nil}, {[]int{5}, 1, []int{5}}, {[]int{5}, 3, []int{5, 10}}, {[]int{0, 0, 5, 0}, 2, []int{0, 0, 5, 5}},
		{[]int{5, 5, 5, 5}, 1, []int{5, 10, 5}}, {[]int{5000, 5000, 5000}, 1, []int{5000, 5000, 5000}}, {[]int{1, 1, 1, 1, 1, 1, 1}, 1, []int{1, 2, 4}},
		{hundred, 1, []int{100, 200, 400, 800, 1600, 2100, 2100, 2100, 600}}, // at most a reply more than mostRows
		{hundred[:50], 2, []int{100, 200, 400, 800, 1600, 2100, 2100, 2100, 600}},
	} {
		if got := batchSizes(t, replies(test.replies...), mib2.Protocols[:test.protocols]...); !slices.Equal(got, test.want) {
			t.Errorf("replies %v: batches %v instead of %v", test.replies, got, test.want)
		}
	}
}

// Rows keep what they are while later batches are read: they point to sockets of their own batch.
func TestBatchesStay(t *testing.T) {
	m := &Machine{Sockets: replies(1, 300, 1, 2000, 7)}
	r, err := m.openKernel(t.Context(), table.NewQuery(m.sockets().Info(), nil), []mib2.Protocol{mib2.TCP, mib2.UDP})
	if err != nil {
		t.Fatal(err)
	}
	var all []socket
	var cookies []uint64
	for err == nil {
		have := len(all)
		all, err = r.Read(all)
		for i := range all[have:] {
			cookies = append(cookies, all[have+i].Cookie)
		}
	}
	if err != io.EOF || len(all) != 2*(1+300+1+2000+7) {
		t.Fatalf("%d rows, %v", len(all), err)
	}
	for i := range all {
		if all[i].Cookie != cookies[i] {
			t.Fatalf("row %d has changed from %d to %d", i, cookies[i], all[i].Cookie)
		}
	}
	if _, err := r.Read(nil); err != io.EOF {
		t.Errorf("after the end: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}
