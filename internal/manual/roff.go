// Package manual writes the manual pages and the completion of shells, out of the lists that
// the program runs by, so that they say what is so.
package manual

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// page is a manual page in the language of man(7).
type page struct{ bytes.Buffer }

// newPage begins a page.
func newPage(name string, section, doc, version string) *page {
	p := &page{}
	p.macro("TH", strings.ToUpper(name), section, "", "sockstat "+version, "")
	p.section("NAME")
	p.line(name + " \\- " + text(doc))
	return p
}

// macro writes a request with its arguments.
func (p *page) macro(name string, args ...string) {
	p.WriteString("." + name)
	for _, a := range args {
		p.WriteString(` "` + strings.ReplaceAll(text(a), `"`, `\(dq`) + `"`)
	}
	p.WriteByte('\n')
}

// section begins a section, part a part of it.
func (p *page) section(title string) { p.macro("SH", title) }
func (p *page) part(title string)    { p.macro("SS", title) }

// paragraph writes a paragraph of text, in which words between backquotes are bold.
func (p *page) paragraph(s string) {
	p.macro("PP")
	p.line(marked(s))
}

// item writes a term, in bold, and what is said of it.
func (p *page) item(term, doc string) {
	p.macro("TP")
	p.line("\\fB" + text(term) + "\\fR")
	p.line(marked(doc))
}

// example writes lines as they are typed.
func (p *page) example(lines string) {
	p.macro("PP")
	p.WriteString(".RS 4\n.nf\n")
	for line := range strings.Lines(lines) {
		p.line(text(strings.TrimRight(line, "\n")))
	}
	p.WriteString(".fi\n.RE\n")
}

// line writes a line that is no request, though it may begin like one.
func (p *page) line(s string) {
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	p.WriteString(s + "\n")
}

// writeTo writes the page.
func (p *page) writeTo(w io.Writer) error {
	_, err := w.Write(p.Bytes())
	return err
}

// meanings are characters that have a meaning of their own, and how to write them.
var meanings = map[rune]string{'\\': `\e`, '-': `\-`, '\n': " ", '^': `\(ha`, '~': `\(ti`, '`': `\(ga`}

// text returns text in which nothing has a meaning of its own.
func text(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch escaped, ok := meanings[r]; {
		case ok:
			b.WriteString(escaped)
		case r > unicode.MaxASCII:
			fmt.Fprintf(&b, `\[u%04X]`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// marked returns text with what is between backquotes in bold.
func marked(s string) string {
	parts := strings.Split(s, "`")
	for i := range parts {
		parts[i] = text(parts[i])
		if i%2 == 1 {
			parts[i] = `\fB` + parts[i] + `\fR`
		}
	}
	return strings.Join(parts, "")
}
