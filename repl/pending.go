package repl

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"sockstat/vtab/engine"
)

// pending is the statement that lines are added to until it is complete.
type pending struct {
	shell   *Shell
	scanner scanner
	text    strings.Builder
	name    string // of the file, as errors call it
	line    int    // number of the last line
	first   int    // number of the line on which text begins
	column  int    // of that line
	cut     bool   // text lacks what is beyond the limit
}

// prompt returns the prompt for the next line.
func (p *pending) prompt() string {
	if p.text.Len() > 0 {
		return cmp.Or(p.shell.prompts[1], promptMore)
	}
	return cmp.Or(p.shell.prompts[0], prompt)
}

// ends reports whether a line ends all that was begun, so that what follows is new.
func (p *pending) ends(line string) bool {
	if p.command(line) != "" {
		return true
	}
	sc := p.scanner
	sc.skip(line + "\n")
	return !sc.started && sc.inside != '*'
}

// command returns the dot command that a line is, "" if it is none.
func (p *pending) command(line string) string {
	line = strings.TrimSpace(line)
	switch {
	case p.text.Len() > 0:
		return ""
	case strings.HasPrefix(line, "."):
		return line
	}
	return translated(line)
}

// add takes a line and runs what it completes.
func (p *pending) add(ctx context.Context, line string) {
	p.line++
	s := p.shell
	if p.line == 1 && p.name != "" && strings.HasPrefix(line, "#!") {
		return
	}
	if command := p.command(line); command != "" {
		p.report(ctx, s.command(ctx, command), p.line)
		return
	}
	line += "\n"
	rest := line
	for !s.done() {
		n := p.scanner.scan(rest)
		if n < 0 {
			break
		}
		p.collect(rest[:n], line[:len(line)-len(rest)])
		p.run(ctx)
		rest = rest[n:]
	}
	p.collect(rest, line[:len(line)-len(rest)])
	if !p.scanner.started && p.scanner.inside != '*' {
		p.text.Reset() // nothing but blanks and comments
		p.scanner = scanner{}
	}
}

// collect adds a text of the last line, given what stands before it there.
func (p *pending) collect(text, before string) {
	if p.text.Len() == 0 {
		trimmed := strings.TrimLeft(text, " \t\r\n")
		before += text[:len(text)-len(trimmed)]
		text = trimmed
		p.first, p.column = p.line, utf8.RuneCountInString(before)+1
	}
	if p.text.Len()+len(text) > engine.MaxSQL+1 { // to be refused where it ends
		text, p.cut = "", true
	}
	p.text.WriteString(text)
}

// finish runs a last statement without a semicolon.
func (p *pending) finish(ctx context.Context) {
	if p.text.Len() > 0 {
		p.run(ctx)
	}
}

// run runs the text and starts a new one.
func (p *pending) run(ctx context.Context) {
	sql := p.text.String()
	p.text.Reset()
	if p.cut {
		p.cut = false
		p.report(ctx, engine.ErrTooLong, p.first)
		return
	}
	p.report(ctx, p.shell.statement(ctx, sql), p.first)
}

// report prints an error, with where in a file it is from. What the end of the context
// broke off is told by who ended it.
func (p *pending) report(ctx context.Context, err error, line int) {
	if err == nil || ctx.Err() != nil {
		return
	}
	if p.name != "" && !errors.Is(err, ErrInterrupted) {
		err = in(err, p.name, line, p.column)
	}
	p.shell.report(err)
}
