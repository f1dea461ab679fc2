package manual

import (
	"io"
	"strings"

	"github.com/spf13/pflag"

	"sockstat/queries"
	"sockstat/vtab/function"
	"sockstat/vtab/table"
)

// Program is what the pages are about.
type Program struct {
	Version   string
	Subjects  []Subject
	Tables    []table.Info
	Functions []function.Function
	Queries   []queries.Query
	Commands  []Entry // of the shell, with their arguments
	Elsewhere []Line
}

// Subject is flags that belong together.
type Subject struct {
	Title string
	Flags *pflag.FlagSet
}

// Entry is a name and what is said of it.
type Entry struct{ Name, Doc string }

// Line is a command line of another program, and the one of this.
type Line struct{ Tool, There, Here string }

// Pages are the names of the pages, which end in their section.
var Pages = []string{"sockstat.1", "sockstat-schema.5", "sockstat-queries.7"}

// Write writes the named page.
func (p *Program) Write(w io.Writer, name string) error {
	switch name {
	case "sockstat-schema.5":
		return p.schema().writeTo(w)
	case "sockstat-queries.7":
		return p.queries().writeTo(w)
	}
	return p.sockstat().writeTo(w)
}

// sockstat is the page of the program.
func (p *Program) sockstat() *page {
	m := newPage("sockstat", "1", "list open sockets with the processes that hold them, or ask about them in SQL", p.Version)
	m.section("SYNOPSIS")
	m.macro("B", "sockstat")
	m.line(text("[options] [WORD ...]"))
	for _, s := range []string{"-q SQL", "-f FILE|NAME [--param name=value]", "-i"} {
		m.macro("br")
		m.macro("B", "sockstat")
		m.line(text(s + " [options]"))
	}
	m.section("DESCRIPTION")
	for _, s := range description {
		m.paragraph(s)
	}
	m.section("OPTIONS")
	for _, s := range p.Subjects {
		m.part(s.Title)
		s.Flags.VisitAll(func(f *pflag.Flag) { m.item(flagName(f), flagDoc(f)) })
	}
	p.examples(m)
	m.section("THE SHELL")
	m.paragraph("`sockstat -i` reads SQL and these commands. Tab completes, Ctrl-C ends what runs.")
	for _, c := range p.Commands {
		m.item(c.Name, c.Doc)
	}
	m.section("COMING FROM OTHER PROGRAMS")
	tool := ""
	for _, l := range p.Elsewhere {
		if l.Tool != tool {
			tool = l.Tool
			m.part(tool)
		}
		m.item(l.There, "`"+l.Here+"`")
	}
	m.section("EXIT STATUS")
	for _, e := range exitStatus {
		m.item(e.Name, e.Doc)
	}
	m.section("FILES AND ENVIRONMENT")
	for _, e := range files {
		m.item(e.Name, e.Doc)
	}
	m.section("SEE ALSO")
	m.line(`\fBsockstat\-schema\fR(5), \fBsockstat\-queries\fR(7), \fBss\fR(8), \fBlsof\fR(8), \fBnetstat\fR(8)`)
	return m
}

// examples writes an example for each family of questions.
func (p *Program) examples(m *page) {
	m.section("EXAMPLES")
	for _, e := range examples {
		m.paragraph(e.Doc)
		m.example(e.Name)
	}
}

// schema is the page of the tables.
func (p *Program) schema() *page {
	m := newPage("sockstat-schema", "5", "tables, columns and functions of sockstat", p.Version)
	m.section("DESCRIPTION")
	m.paragraph("SQL is that of SQLite. Every table is read when a statement asks for it, and all tables of a statement are of one moment. " +
		"NULL means unknown or not applicable. Units are in the names of columns; sizes without one are bytes. " +
		"Columns marked as hidden are left out of `SELECT *`; named they are like any other.")
	m.section("TABLES")
	for _, t := range p.Tables {
		m.part(t.Name)
		m.paragraph(t.Doc + ".")
		for _, c := range t.Columns {
			m.item(c.Name, columnDoc(c))
		}
	}
	m.section("FUNCTIONS")
	m.paragraph("Beside those of SQLite's core:")
	for _, f := range p.Functions {
		m.item(f.Usage, f.Doc+".")
	}
	m.section("SEE ALSO")
	m.line(`\fBsockstat\fR(1), \fBsockstat\-queries\fR(7)`)
	return m
}

// columnDoc says what a column is.
func columnDoc(c table.ColumnInfo) string {
	doc := string(c.Type) + ". " + c.Doc + "."
	if c.Hidden {
		doc += " Hidden."
	}
	if len(c.Values) > 0 {
		doc += " One of " + strings.Join(c.Values, ", ") + "."
	}
	return doc
}

// queries is the page of the saved queries.
func (p *Program) queries() *page {
	m := newPage("sockstat-queries", "7", "saved queries of sockstat", p.Version)
	m.section("DESCRIPTION")
	m.paragraph("`sockstat NAME` or `sockstat -f NAME` runs a saved query, `--param name=value` gives its parameters, " +
		"`sockstat --queries` lists them. Files NAME.sql in the directories that sockstat(1) names are further ones.")
	m.section("QUERIES")
	for _, q := range p.Queries {
		m.part(q.Name)
		m.paragraph(q.Doc + ".")
		for _, a := range q.Params {
			m.item(":"+a.Name, paramDoc(a))
		}
	}
	m.section("FORM")
	m.paragraph("A saved query is SQL. The comment at its top describes it and its parameters, with their type, range and default:")
	m.example("-- Sockets on a port\n--\n-- :port INTEGER 0..65535 = 443  port, a number or the name of a service\nSELECT * FROM sockets WHERE :port IN (local_port, remote_port)")
	m.section("SEE ALSO")
	m.line(`\fBsockstat\fR(1), \fBsockstat\-schema\fR(5)`)
	return m
}

// paramDoc says what a parameter is.
func paramDoc(p queries.Param) string {
	doc := p.Doc
	if p.Type != "" {
		doc += ", " + strings.TrimSpace(string(p.Type)+" "+p.Range)
	}
	if p.HasDefault {
		return doc + "; without it " + p.Default + "."
	}
	return doc + "; it has to be given."
}

// flagName returns a flag as it is typed.
func flagName(f *pflag.Flag) string {
	name := "--" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", " + name
	}
	if value, _ := pflag.UnquoteUsage(f); value != "" {
		name += " " + value
	}
	return name
}

// flagDoc says what a flag does.
func flagDoc(f *pflag.Flag) string {
	_, doc := pflag.UnquoteUsage(f)
	return strings.ToUpper(doc[:1]) + doc[1:] + "."
}
