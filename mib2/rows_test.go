package mib2

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"testing"
)

// Rows give what a kernel would.
func TestRows(t *testing.T) {
	for _, c := range someFilters {
		got, err := ReadAll(t.Context(), Rows(some()), Protocols, c.f)
		if err != nil || len(got) != c.want {
			t.Errorf("%v: %d sockets instead of %d, %v", c.f, len(got), c.want, err)
		}
	}
	if got, err := ReadAll(t.Context(), Rows(some()), []Protocol{Unix}, Filter{}); err != nil || len(got) != 4 || got[0].Proto != Unix {
		t.Errorf("%+v, %v", got, err)
	}
	one := Rows{{Proto: TCP, Timer: &Timer{}, Info: &Info{}}}
	for parts, want := range map[Parts]Socket{0: {}, PartTimer: {Timer: one[0].Timer}, PartInfo: {Info: one[0].Info},
		PartMem | PartTimer: one[0]} {
		got, err := ReadAll(t.Context(), one, Protocols, Filter{Parts: parts})
		if err != nil || len(got) != 1 || got[0].Timer != want.Timer || got[0].Info != want.Info {
			t.Errorf("%v: %+v, %v", parts, got, err)
		}
	}
}

func TestReadAtOnce(t *testing.T) {
	broken := errors.New("broken")
	calls := 0
	read := func(n int, err error) *AtOnce {
		return ReadAtOnce(t.Context(), "here", func(context.Context) ([]Socket, error) {
			calls++
			return make([]Socket, n), err
		})
	}
	r := read(2500, nil)
	var sizes []int
	for {
		rows, err := r.Read(nil)
		if err == io.EOF && len(rows) == 0 {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(rows))
	}
	if len(sizes) != 3 || sizes[0]+sizes[1]+sizes[2] != 2500 || calls != 1 || r.Source() != "here" {
		t.Errorf("batches %v of %d calls", sizes, calls)
	}
	if rows, err := read(5, broken).Read(make([]Socket, 1)); err != broken || len(rows) != 1 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
	r = read(2500, nil)
	r.Read(nil)
	r.Close()
	if rows, err := r.Read(nil); !errors.Is(err, fs.ErrClosed) || len(rows) > 0 {
		t.Errorf("closed: %d rows, %v", len(rows), err)
	}
}

// A reader ends with its context, in the middle too.
func TestEndOfContext(t *testing.T) {
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(t.Context())
	r, _, err := Rows(make([]Socket, 5000)).Open(ctx, []Protocol{0}, Filter{})
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := r.Read(nil); err != nil || len(rows) == 0 {
		t.Fatal(len(rows), err)
	}
	cancel(why)
	if rows, err := r.Read(nil); err != why || len(rows) > 0 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// pieces are tables that tell of one protocol at a time.
type pieces struct {
	Rows
	fail Protocol
	open *int
}

func (p pieces) Open(ctx context.Context, protocols []Protocol, f Filter) (Reader, []Protocol, error) {
	if protocols[0] == p.fail {
		return nil, nil, fs.ErrPermission
	}
	*p.open++
	r, _, err := p.Rows.Open(ctx, protocols[:1], f)
	return counted{r, p.open}, protocols[1:], err
}

type counted struct {
	Reader
	open *int
}

func (c counted) Close() error { *c.open--; return c.Reader.Close() }

// ReadAll opens all protocols, one after the other, and closes what it opened.
func TestReadAll(t *testing.T) {
	open := 0
	all, err := ReadAll(t.Context(), pieces{some(), 0, &open}, Protocols, Filter{})
	if err != nil || len(all) != len(some()) || open != 0 {
		t.Errorf("%d sockets, %v, %d open", len(all), err, open)
	}
	all, err = ReadAll(t.Context(), pieces{some(), Unix, &open}, Protocols, Filter{})
	if !errors.Is(err, fs.ErrPermission) || all != nil || open != 0 {
		t.Errorf("%d sockets, %v, %d open", len(all), err, open)
	}
	if _, err := ReadAll(t.Context(), Unsupported, Protocols, Filter{}); err != ErrUnsupported {
		t.Error(err)
	}
}
