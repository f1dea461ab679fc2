package format

import (
	"fmt"
	"strings"

	"sockstat/internal/similar"
)

// Format is a way to show results. Each is declared in the file of its name.
type Format struct {
	Name, Doc string
	// Needs are the columns, by name, without which it cannot show a result.
	Needs []string
	// Options are the settings that it has. It is not told of others.
	Options Options

	// refuse returns why it cannot show a result with such columns, nil if it can. It may
	// be nil itself, for a format that can show all that have what it needs.
	refuse func(columns []string) error
	// encode prints a result. It returns the errors of the result and of the output. What
	// it finds wrong with the rows themselves it has to find before it prints the first one.
	encode func(*output, Result, *Settings) error
}

// formats are all there are. The first one is the default.
var formats = []Format{
	tableFormat, boxFormat, columnFormat, listFormat, csvFormat, tsvFormat, jsonFormat, jsonlFormat,
	lineFormat, markdownFormat, htmlFormat, quoteFormat, insertFormat, qboxFormat, listingFormat,
	prometheusFormat, dotFormat, mermaidFormat,
}

// Formats returns all formats. The first one is the default.
func Formats() []Format { return formats }

// Names returns the names of all formats, in the same order.
func Names() []string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = f.Name
	}
	return names
}

// Default returns the format of a name, for "" that which results have if none was chosen: box on
// a terminal, table elsewhere.
func Default(name string, terminal bool) (Format, error) {
	if name == "" && terminal {
		return boxFormat, nil
	}
	return Find(name)
}

// Find returns the format of a name, the default for "". The error for an unknown one lists
// all.
func Find(name string) (Format, error) {
	if name == "" {
		return formats[0], nil
	}
	if name == "tabs" { // in the shell of SQLite
		name = tsvFormat.Name
	}
	for _, f := range formats {
		if f.Name == name {
			return f, nil
		}
	}
	err := fmt.Errorf("unknown format %q: it is one of %s", name, strings.Join(Names(), " "))
	if hint := similar.Hint(name, Names()); hint != "" {
		err = WithHint(err, hint)
	}
	return Format{}, err
}
