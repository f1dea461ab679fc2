package repl

import (
	"slices"
	"strings"
)

// cursor is where the cursor is in a statement.
type cursor struct {
	*completer
	tokens []sqlToken // of the statement, without the word that is begun
	at     int        // how many of them stand before the cursor
	word   string     // what is begun, with the quote of a text
	lower  bool       // keywords are written in lower case
	depth  int        // of queries that are looked into
}

// newCursor returns the cursor between two texts at which a word is begun.
func newCursor(c *completer, before, word, after string) *cursor {
	p := &cursor{completer: c, tokens: sqlTokens(before), word: word}
	p.at = len(p.tokens)
	if begun := strings.Trim(word, "'"); begun != "" {
		p.lower = begun[0] >= 'a'
	} else if p.at > 0 {
		p.lower = before[p.tokens[0].start] >= 'a'
	}
	if strings.HasPrefix(word, "'") {
		after = strings.TrimPrefix(after, "'")
	}
	for _, t := range sqlTokens(after) {
		if t.is(";") {
			break
		}
		p.tokens = append(p.tokens, t)
	}
	return p
}

// before returns the n-th token before the cursor, the first one being 1.
func (p *cursor) before(n int) sqlToken {
	if n > p.at {
		return sqlToken{kind: tokenSign}
	}
	return p.tokens[p.at-n]
}

// opened returns where the parentheses were opened that the cursor is in, the innermost first.
func (p *cursor) opened() (open []int) {
	for i, t := range p.tokens[:p.at] {
		if t.is("(") {
			open = append(open, i)
		} else if t.is(")") && len(open) > 0 {
			open = open[:len(open)-1]
		}
	}
	slices.Reverse(open)
	return open
}

// closing returns where a parenthesis is closed, or the end.
func (p *cursor) closing(open int) int {
	depth := 0
	for i := open; i < len(p.tokens); i++ {
		switch {
		case p.tokens[i].is("("):
			depth++
		case p.tokens[i].is(")"):
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(p.tokens)
}

// isQuery reports whether a query begins at a token.
func (p *cursor) isQuery(i int) bool {
	return i < len(p.tokens) && p.tokens[i].is("select", "with", "values")
}

// span is a part of the tokens.
type span struct{ from, to int }

// queries returns the queries that the cursor is in, the innermost first, and the whole statement.
func (p *cursor) queries() (all []span) {
	for _, open := range p.opened() {
		if p.isQuery(open + 1) {
			all = append(all, span{open + 1, p.closing(open)})
		}
	}
	return append(all, span{0, len(p.tokens)})
}

// selected returns the SELECT of a query that has a token or place, of those joined by UNION and
// the like.
func (p *cursor) selected(query span, at int) span {
	s := query
	p.each(query, func(i int) {
		if p.tokens[i].is("union", "except", "intersect") {
			if i < at {
				s.from = i + 1
			} else if i < s.to {
				s.to = i
			}
		}
	})
	return s
}

// each calls f for the tokens of a part that are in no parentheses of it, but those which
// parentheses are opened by.
func (p *cursor) each(part span, f func(i int)) {
	for i := part.from; i < part.to; i++ {
		f(i)
		if p.tokens[i].is("(") {
			i = min(p.closing(i), part.to)
		}
	}
}

// clauses are the words that begin a clause.
var clauses = []string{"select", "from", "join", "on", "using", "where", "group", "having", "order", "limit", "window", "values", "with", "pragma", "create", "drop"}

// clause returns the word that began the clause of the cursor, and where it stands; "" for none.
func (p *cursor) clause() (word string, at int) {
	s := p.selected(p.queries()[0], p.at)
	closed := map[int]bool{}
	for _, open := range p.opened() {
		closed[open] = true
	}
	for i := s.from; i < p.at; i++ {
		t := p.tokens[i]
		switch {
		case t.is("(") && !closed[i]:
			i = p.closing(i)
		case t.kind == tokenName && slices.Contains(clauses, t.text) && !(i > 0 && p.tokens[i-1].is(".")):
			word, at = t.text, i
		}
	}
	return word, at
}

// inList returns where the parentheses of IN (…) were opened that the cursor is in, -1 if it is not.
func (p *cursor) inList() int {
	open := p.opened()
	if len(open) > 0 && open[0] > 0 && p.tokens[open[0]-1].is("in") && !p.isQuery(open[0]+1) {
		return open[0]
	}
	return -1
}

// operand reports whether an operand of an expression must stand at the cursor.
func (p *cursor) operand() bool {
	t := p.before(1)
	switch t.kind {
	case tokenName:
		switch t.text {
		case "select", "distinct", "all", "where", "on", "having", "by", "and", "or", "not", "case", "when", "then",
			"else", "between", "like", "glob", "regexp", "match", "escape", "offset", "is", "from":
			return true
		}
		return false
	case tokenSign:
		switch t.text {
		case ")", ".", ";", "":
			return false
		case "*":
			u := p.before(2)
			return !(u.is("select", "distinct", "all", ",", "(", ".") || p.at == 1)
		}
		return true
	}
	return false
}
