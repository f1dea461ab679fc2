package main

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"sockstat/internal/elsewhere"
	"sockstat/internal/similar"
	"sockstat/queries"
	"sockstat/repl/format"
	"sockstat/vtab"
)

// readWords reads what stands on the command line besides flags: a statement of SQL, the name of
// a saved query with its parameters, or words that narrow the listing.
func (o *options) readWords(f *flagSet) error {
	words := f.Args()
	if len(words) == 0 {
		return nil
	}
	if mode := f.given("query", "file", "interactive"); len(mode) > 0 {
		return f.readParams(words, mode[0])
	}
	switch {
	case isStatement(words[0]):
		for i := 0; len(words) > 0 && isStatement(words[0]); i++ {
			f.Set("query", words[0])
			words = words[1:]
		}
		return f.readParams(words, "SQL")
	case statementWord().MatchString(words[0]) && len(words) > 1:
		return &usageError{fmt.Errorf("unexpected argument %q", words[0]), "quotes make one argument of a statement: sockstat '" + strings.Join(words, " ") + "'"}
	case o.isSavedQuery(words):
		f.Set("file", words[0])
		return f.readParams(words[1:], "saved query "+words[0])
	}
	for _, word := range words {
		if elsewhere.IsFilter(word) || slices.Contains([]string{"help", "version"}, word) {
			return fmt.Errorf("unexpected argument %q", word)
		}
		if strings.HasSuffix(word, ".sql") {
			return &usageError{fmt.Errorf("unexpected argument %q", word), "a file of SQL is run by -f " + word}
		}
		if err := o.listing.Word(word); err != nil {
			return err
		}
	}
	return nil
}

// statementWord is a word that a statement begins with.
var statementWord = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(select|with|values|explain|pragma)$`)
})

// isStatement reports whether a word is a statement of SQL: it begins as one does, and goes on.
func isStatement(word string) bool {
	first, rest := word, ""
	if i := strings.IndexAny(word, " \t\r\n(*'\""); i >= 0 {
		first, rest = word[:i], word[i:]
	}
	return rest != "" && statementWord().MatchString(first)
}

// isSavedQuery reports whether words are the name of a saved query with its parameters. A name
// that is also a state is one if it stands alone.
func (o *options) isSavedQuery(words []string) bool {
	if !slices.Contains(queries.Default().Names(), words[0]) {
		return false
	}
	return len(words) == 1 || strings.Contains(words[1], "=") || isCommand(words[0])
}

// isCommand reports whether a word would be taken for the name of a program.
func isCommand(word string) bool {
	var l queries.Listing
	return l.Word(word) == nil && len(l.Commands) > 0
}

// readParams takes words for parameters: name=value.
func (f *flagSet) readParams(words []string, what string) error {
	for _, word := range words {
		if name, _, ok := strings.Cut(word, "="); !ok || name == "" {
			if what == "-i" {
				return fmt.Errorf("unexpected argument %q", word)
			}
			return &usageError{fmt.Errorf("unexpected argument %q", word), "behind " + what + " stand parameters: name=value"}
		}
		f.Set("param", word)
	}
	return nil
}

// checkListing looks for errors in what narrows and shapes the listing.
func (o *options) checkListing() error {
	if len(o.listing.Sort) > 0 {
		o.listing.Columns = columnNames()
	}
	o.listing.Data = o.format != "" && o.format != "listing"
	_, err := o.shownSQL()
	return err
}

// checkUsers looks for users that there are not, as far as it is known which there are.
func (o *options) checkUsers(m *vtab.Machine) error {
	if len(o.listing.Users) == 0 {
		return nil
	}
	names := m.UserNames()
	if names == nil {
		return nil
	}
	for _, user := range o.listing.Users {
		if !slices.Contains(names, user) && strings.Trim(user, "0123456789") != "" {
			return &usageError{fmt.Errorf("unknown user %q", user), cmp.Or(similar.Hint(user, names), "sockstat 'SELECT name FROM users' lists them")}
		}
	}
	return nil
}

// noteMisspelt tells of words that were taken for programs, but may have been meant for others.
func (o *options) noteMisspelt() {
	if len(o.listing.Commands) == 0 {
		return
	}
	if word, hint := o.listing.Misspelt(queries.Default().Names()); word != "" {
		report(format.WithHint(errors.New(word+" is taken for the name of a program"), hint))
	}
}
