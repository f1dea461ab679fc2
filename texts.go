package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"sockstat/internal/similar"
	"sockstat/internal/trust"
	"sockstat/queries"
	"sockstat/repl"
	"sockstat/repl/format"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// runSQL runs the SQL that was given, or runs or shows that of the listing. A file with dot
// commands the shell runs.
func (o *options) runSQL(ctx context.Context, db *engine.DB, shell *repl.Shell) error {
	for _, where := range o.listing.Where {
		if err := checkWhere(db, o.table(), where); err != nil {
			return asUsageError(fmt.Errorf("--where: %w", err))
		}
	}
	texts, err := o.texts(ctx)
	if err != nil {
		return err
	}
	if o.showSQL {
		return format.PrintText(os.Stdout, o.zonesComment()+texts[0].sql)
	}
	if t := texts[0]; t.file && repl.HasCommands(t.sql) {
		shell.In, shell.Name, shell.Params, shell.Bail = strings.NewReader(t.sql), t.name, t.params, true
		shell.Safe = cmp.Or(shell.Safe, t.safe)
		return shell.Run(ctx)
	}
	o.noteMisspelt()
	noteElsewhere(os.Args[1:])
	if o.watch > 0 {
		return o.runWatch(ctx, db, texts)
	}
	settings := o.settings()
	out := repl.NewPager(os.Stdout, &settings, "--all shows all")
	o.pager.Store(out)
	err = runTexts(ctx, db, texts, out, settings)
	return cmp.Or(err, out.Close(), o.noteLateInput())
}

// runTexts runs one text after the other.
func runTexts(ctx context.Context, db *engine.DB, texts []text, out io.Writer, s format.Settings) error {
	for _, t := range texts {
		if err := t.run(ctx, db, out, s); err != nil {
			return err
		}
	}
	return nil
}

// text is statements to run.
type text struct {
	name   string // what errors call it
	file   bool   // it is lines of a file of that name
	sql    string
	params map[string]table.Value
	safe   string // why dot commands in it may not touch files, "" if they may
}

// run runs the statements.
func (t *text) run(ctx context.Context, db *engine.DB, out io.Writer, s format.Settings) error {
	source := repl.Source{SQL: t.sql}
	if t.file {
		source.Name = t.name
	}
	err := source.Run(ctx, db, t.params, out, s)
	var e *engine.Error
	if !t.file && errors.As(err, &e) {
		err = fmt.Errorf("%s: %w", t.name, err)
	}
	return err
}

// checkWhere checks that there is nothing but one expression, where a parenthesis cannot
// hide that there is more, and has errors show its own position.
func checkWhere(db *engine.DB, from, expression string) error {
	if expression == "" {
		return nil
	}
	const before, after = "SELECT CASE WHEN ", "\nTHEN 1 END FROM "
	st, _, err := db.Prepare(before + expression + after + from)
	var e *engine.Error
	if errors.As(err, &e) {
		if e.Offset >= len(before)+len(expression) { // at the word behind, which nobody wrote
			e.Message = "incomplete input"
		}
		e.Message = strings.Replace(e.Message, after+from, "", 1)
		own := &engine.Error{Code: e.Code, Message: e.Message, SQL: expression, Offset: max(-1, e.Offset-len(before))}
		return repl.Source{SQL: expression}.Explain(db, own)
	}
	if err != nil {
		return err
	}
	return st.Close()
}

// texts returns the statements to run.
func (o *options) texts(ctx context.Context) (texts []text, err error) {
	for i, sql := range o.query {
		name := "query"
		if len(o.query) > 1 {
			name = fmt.Sprintf("query %d", i+1)
		}
		texts = append(texts, text{name: name, sql: sql, params: o.params})
	}
	switch {
	case len(texts) > 0:
		return texts, o.checkParams(texts)
	case o.file != "":
		t, err := o.fileText(ctx)
		if err != nil {
			return nil, err
		}
		return []text{t}, o.checkParams([]text{t})
	}
	sql, err := o.shownSQL()
	return []text{{name: "listing", sql: sql}}, asUsageError(err)
}

// fileText reads standard input, a saved query or a file. A name goes to the saved query before
// the file, which another user may have put into the current directory.
func (o *options) fileText(ctx context.Context) (text, error) {
	if o.file == "-" {
		b, err := trust.ReadAll(os.Stdin, "standard input")
		if err = cmp.Or(err, untilEnd(ctx)); err != nil {
			return text{}, err
		}
		return o.script("stdin", string(b), trust.ForeignInput(os.Stdin))
	}
	q, err := queries.Default().Load(o.file)
	switch {
	case errors.Is(err, queries.ErrNotFound):
		return o.ownFile()
	case err != nil:
		return text{}, err
	}
	params, err := o.paramsOf(q)
	return text{name: cmp.Or(q.Path, o.file), file: true, sql: q.SQL, params: params}, err
}

// ownFile reads the file that -f names.
func (o *options) ownFile() (text, error) {
	if trust.Raised() {
		return text{}, fmt.Errorf("read %s: %w", o.file, errRaised)
	}
	b, err := trust.Read(o.file)
	if errors.Is(err, os.ErrNotExist) {
		hint := strings.TrimSpace(queries.Default().Like(o.file) + " sockstat --queries lists the saved queries")
		return text{}, &usageError{fmt.Errorf("%s: neither a saved query nor a file", o.file), hint}
	}
	if err != nil {
		return text{}, err
	}
	foreign := ""
	if info, err := os.Stat(o.file); err != nil {
		foreign = err.Error()
	} else {
		foreign = trust.Foreign(o.file, info)
	}
	return o.script(o.file, string(b), foreign)
}

// script returns the text of a file, which may declare its parameters as saved queries do, and
// begin with the line that names its interpreter. Foreign says why another user could have
// written it.
func (o *options) script(name, sql, foreign string) (text, error) {
	if strings.HasPrefix(sql, "#!") {
		line, _, _ := strings.Cut(sql, "\n")
		sql = "--" + sql[2:len(line)] + sql[len(line):] // a comment, with all that follows where it is
	}
	t := text{name: name, file: true, sql: sql, params: o.params, safe: repl.Unsafe(foreign)}
	declared := queries.Parse(filepath.Base(name), withoutFirst(sql))
	if declared.Params == nil {
		return t, nil
	}
	declared.SQL = sql
	params, err := o.paramsOf(declared)
	t.params = params
	return t, err
}

// paramsOf returns the parameters to run a query with, all that it declares.
func (o *options) paramsOf(q queries.Query) (map[string]table.Value, error) {
	params, err := repl.Params(q, nil, o.params)
	if err != nil {
		return nil, asUsageError(err)
	}
	for _, p := range q.Params {
		if _, has := params[p.Name]; !has {
			hint := fmt.Sprintf("--param %s=VALUE; %s", p.Name, strings.TrimSpace(p.Declaration()+"  "+p.Doc))
			return nil, &usageError{fmt.Errorf("parameter %s of %s has no value", p.Name, q.Name), hint}
		}
	}
	return params, nil
}

// withoutFirst returns a file without the line that named its interpreter.
func withoutFirst(sql string) string {
	if first, rest, ok := strings.Cut(sql, "\n"); ok && strings.HasPrefix(first, "--/") {
		return rest
	}
	return sql
}

// checkParams looks for parameters that no text has.
func (o *options) checkParams(texts []text) error {
	var used []string
	for _, t := range texts {
		used = append(used, repl.Variables(t.sql)...)
	}
	for _, name := range slices.Sorted(maps.Keys(o.params)) {
		if !slices.Contains(used, name) {
			err := fmt.Errorf("--param %s: the SQL has no such parameter", name)
			return &usageError{err, cmp.Or(similar.Hint(name, used), "it has "+cmp.Or(strings.Join(used, ", "), "none"))}
		}
	}
	return nil
}
