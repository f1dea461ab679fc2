package repl

import "strings"

// sqlToken is a token as completion looks at it.
type sqlToken struct {
	kind  tokenKind
	text  string // in lower case if it is a word, and without its quotes
	start int
}

// sqlTokens returns the tokens of SQL.
func sqlTokens(sql string) (all []sqlToken) {
	for _, t := range tokens(sql) {
		text := t.text
		switch t.kind {
		case tokenName:
			text = strings.ToLower(text)
		case tokenQuoted:
			text = t.name()
		case tokenText:
			text = t.value()
		}
		all = append(all, sqlToken{t.kind, text, t.at})
	}
	return all
}

// is reports whether a token is one of some words or signs.
func (t sqlToken) is(texts ...string) bool { return token{t.kind, t.text, t.start}.is(texts...) }

// isName reports whether a token can be the name of something.
func (t sqlToken) isName() bool {
	return t.kind == tokenQuoted || t.kind == tokenName && !isKeyword(t.text)
}
