package illumos

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"slices"
	"testing"

	"sockstat/mib2"
)

// A reply tells of both protocols at once, and not of Unix sockets.
func TestReplyTables(t *testing.T) {
	r := Reply{"testdata/sockinfo.tpi"}
	for _, c := range []struct {
		protocols, rest []mib2.Protocol
		rows            int
		source          string
	}{
		{mib2.Protocols, mib2.Protocols[2:], 8, r.File},
		{[]mib2.Protocol{mib2.TCP, mib2.UDP}, nil, 8, r.File},
		{[]mib2.Protocol{mib2.TCP, 99}, []mib2.Protocol{99}, 5, r.File},
		{[]mib2.Protocol{mib2.UDP}, nil, 3, r.File},
		{[]mib2.Protocol{mib2.Unix, mib2.TCP}, []mib2.Protocol{mib2.TCP}, 0, ""},
		{nil, nil, 0, ""},
	} {
		reader, rest, err := r.Open(t.Context(), c.protocols, mib2.Filter{})
		if err != nil || !slices.Equal(rest, c.rest) {
			t.Fatalf("%v: %v are left, %v", c.protocols, rest, err)
		}
		rows, err := reader.Read(nil)
		if err != nil && err != io.EOF || len(rows) != c.rows || reader.(mib2.Sourcer).Source() != c.source {
			t.Errorf("%v: %d rows of %q, %v", c.protocols, len(rows), reader.(mib2.Sourcer).Source(), err)
		}
		if err := reader.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, _, err := r.Open(t.Context(), []mib2.Protocol{99}, mib2.Filter{}); err != mib2.ErrNoProtocol {
		t.Error(err)
	}
	if _, err := mib2.ReadAll(t.Context(), Reply{"testdata/none.tpi"}, mib2.Protocols, mib2.Filter{}); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := mib2.ReadAll(ctx, r, mib2.Protocols, mib2.Filter{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// The table of protocols has every state that sockets can get.
func TestStatesAreInTheTable(t *testing.T) {
	for p, states := range map[mib2.Protocol][]mib2.State{mib2.TCP: illumosTCPStates, mib2.UDP: illumosUDPStates} {
		for _, s := range append(slices.Clone(states[1:]), mib2.Unknown) {
			if !slices.Contains(p.States(), s) {
				t.Errorf("%v: %v", p, s)
			}
		}
	}
}
