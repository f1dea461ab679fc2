package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/spf13/pflag"

	"sockstat/internal/elsewhere"
	"sockstat/queries"
	"sockstat/repl"
	"sockstat/vtab/table"
)

// sqlOptions say what SQL to run.
type sqlOptions struct {
	query       []string // -q, to be run in this order
	file        string
	given       []string // --param as given
	params      map[string]table.Value
	shell       bool
	safe        bool
	showSQL     bool
	listQueries bool
	exportPack  bool
	plain       bool // nothing is asked for, so that SQL may be on standard input
}

func (o *options) sqlFlags(f *pflag.FlagSet) {
	f.StringArrayVarP(&o.query, "query", "q", nil, "run `SQL`")
	f.StringVarP(&o.file, "file", "f", "", "run a `file`, - for standard input, or a saved query")
	f.StringArrayVar(&o.given, "param", nil, "give a parameter of the SQL a value: `name=value`")
	f.BoolVar(&o.listQueries, "queries", false, "list the saved queries")
	f.BoolVar(&o.exportPack, "export-pack", false, "print the saved queries as a query pack of osquery")
	f.BoolVarP(&o.shell, "interactive", "i", false, "run the SQL shell")
	f.BoolVar(&o.safe, "safe", false, "let commands of the shell touch no files, and keep no history")
	f.BoolVar(&o.showSQL, "show-sql", false, "print the query that the options stand for")
}

// wordForm is one word, which is no statement.
var wordForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\w-]+;?$`) })

// checkSQL looks for words that other tools take where SQL or its file stands here.
func (o *options) checkSQL() error {
	if _, err := os.Stat(o.file); err != nil && elsewhere.IsFamily(o.file) {
		return fmt.Errorf("%s: neither a saved query nor a file", o.file)
	}
	for _, sql := range o.query {
		word := strings.Trim(sql, "; \n")
		switch {
		case !wordForm().MatchString(word):
		case slices.Contains(queries.Default().Names(), word):
			return &usageError{fmt.Errorf("-q takes SQL, and %q is none", word), "the saved query of that name is run by -f " + word}
		case slices.Contains(queries.Protocols(), word):
			return fmt.Errorf("-q takes SQL, and %q is none", word)
		}
	}
	return nil
}

// readParams reads the values of parameters.
func (o *options) readParams() error {
	o.params = map[string]table.Value{}
	for _, p := range o.given {
		name, value, ok := strings.Cut(p, "=")
		if name = strings.TrimLeft(name, ":@$"); !ok || name == "" {
			return fmt.Errorf("--param %q: not of the form name=value", p)
		}
		if _, again := o.params[name]; again {
			return fmt.Errorf("--param %s was given twice", name)
		}
		o.params[name] = repl.ParseValue(value)
	}
	if len(o.params) > 0 && len(o.query) == 0 && o.file == "" && !o.plain {
		return errors.New("--param goes with -q or -f")
	}
	return nil
}
