package repl

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// What a terminal sends around a paste once it was asked to, and how it is (bracketed paste,
// XTerm Control Sequences).
const (
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
	pasteOn    = "\x1b[?2004h"
	pasteOff   = "\x1b[?2004l"
)

const ctrlC = 0x03

// paste turns what a terminal sends into what the editor reads. What is pasted is literal: a tab
// asks for no completion, and no control character edits or interrupts. The end of a line stays
// what it is.
type paste struct {
	under bool   // way
	held  []byte // what may be the beginning of more
}

// translate returns what the editor is to read of what came from the terminal.
func (p *paste) translate(came []byte) []byte {
	if p.under && len(came) == 1 && came[0] == ctrlC { // typed: the end of the paste was lost
		p.under, p.held = false, nil
	}
	in := append(p.held, came...)
	p.held = nil
	var out strings.Builder
	for len(in) > 0 {
		n, wait := p.next(in, &out)
		if wait {
			p.held = bytes.Clone(in)
			break
		}
		in = in[n:]
	}
	return []byte(out.String())
}

// flush returns what was held and is not continued. The end of a paste is waited for.
func (p *paste) flush() []byte {
	if p.under {
		return nil
	}
	held := p.held
	p.held = nil
	return held
}

// next translates what in begins with and returns its length, or that more has to come.
func (p *paste) next(in []byte, out *strings.Builder) (n int, wait bool) {
	mark := pasteBegin
	if p.under {
		mark = pasteEnd
	}
	r, size := utf8.DecodeRune(in)
	switch {
	case bytes.HasPrefix(in, []byte(mark)):
		p.under = !p.under
		return len(mark), false
	case strings.HasPrefix(mark, string(in)), !utf8.FullRune(in):
		return 0, true
	case p.under && r == '\r' && len(in) == 1: // LF may follow, which is no line of its own
		return 0, true
	case p.under && bytes.HasPrefix(in, []byte("\r\n")):
		out.WriteByte('\r')
		return 2, false
	case p.under && (r == '\r' || r == '\n'):
		out.WriteByte('\r')
	case p.under, r >= utf8.RuneSelf && size > 1:
		appendEditable(out, r)
	default:
		out.Write(in[:size])
	}
	return size, false
}
