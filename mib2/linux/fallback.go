package linux

import (
	"errors"
	"io"

	"sockstat/mib2"
)

// fallbackReader reads from first, or from what second opens if the first Read says
// that the first way is not there.
type fallbackReader struct {
	mib2.Reader
	second func(why error) mib2.Reader // nil once there is no way back
	absent func(error) bool
}

// Read reads; only while no socket was given can it change over.
func (r *fallbackReader) Read(dst []mib2.Socket) ([]mib2.Socket, error) {
	rows, err := r.Reader.Read(dst)
	if err == nil || errors.Is(err, io.EOF) || r.second == nil || !r.absent(err) {
		r.second = nil
		return rows, err
	}
	second := r.second(err)
	r.second = nil
	if err := r.Reader.Close(); err != nil {
		return dst, err
	}
	r.Reader = second
	return r.Reader.Read(dst)
}

// Limits says what the way taken does not tell.
func (r *fallbackReader) Limits() string {
	if l, ok := r.Reader.(mib2.Limiter); ok {
		return l.Limits()
	}
	return ""
}

// Source names the way taken.
func (r *fallbackReader) Source() string {
	if s, ok := r.Reader.(mib2.Sourcer); ok {
		return s.Source()
	}
	return ""
}
