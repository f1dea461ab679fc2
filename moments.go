package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"sockstat/internal/trust"
	"sockstat/repl/format"
	"sockstat/vtab"
	"sockstat/vtab/saved"
	"sockstat/vtab/table"
)

// openSaved opens the file of moments that --db names, and finds the moment.
func openSaved(path, at string) (*saved.File, saved.Moment, error) {
	if trust.Raised() {
		return nil, saved.Moment{}, fmt.Errorf("read %s: %w", path, errRaised)
	}
	f, err := saved.Open(path)
	if err != nil {
		return nil, saved.Moment{}, err
	}
	moment, err := f.At(at)
	return f, moment, err
}

// savedMachine returns the machine as a file has it.
func (o *options) savedMachine() (*vtab.Machine, error) {
	f, moment, err := openSaved(o.db, o.at)
	if err != nil {
		return nil, err
	}
	o.noteGap(f, moment)
	return f.Machine(moment), nil
}

// longGap is how long before the time that was asked for a moment may be without a word.
const longGap = 2 * time.Minute

// noteGap says that the moment that is shown is an old one.
func (o *options) noteGap(f *saved.File, moment saved.Moment) {
	last, err := f.Last()
	if err != nil {
		return
	}
	asked, err := saved.ParseTime(o.at, last.Time)
	if err == nil && asked.Sub(moment.Time) > longGap {
		o.notice(table.Notice{Text: "shown is " + moment.Time.Local().Format(time.DateTime) + ", the last moment in " + o.db + " before that time"})
	}
}

// saveMoment adds a moment to a file, with --watch one after the other.
func (o *options) saveMoment(ctx context.Context, m *vtab.Machine) (err error) {
	if o.unit {
		return printUnit(o)
	}
	if trust.Raised() {
		return fmt.Errorf("write to %s: %w", o.save, errRaised)
	}
	r, err := saved.NewRecorder(o.save)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	choice := o.choice()
	if _, err = r.Add(ctx, m, choice); err != nil || o.watch == 0 {
		return err
	}
	return o.record(ctx, r, m, choice)
}

// choice returns what is saved of a machine.
func (o *options) choice() saved.Choice {
	limit, _ := saved.ParseLimit(o.keep) // it was checked
	if o.keep == "" {
		limit = saved.Limit{}
	}
	return saved.Choice{Tables: o.tables, Lean: o.watch > 0 && len(o.tables) == 0, Keep: limit, Version: version(), Note: o.once(o.notice)}
}

// once returns a function that passes on each notice once: a recorder would repeat it all day.
func (o *options) once(note func(table.Notice)) func(table.Notice) {
	var mutex sync.Mutex
	said := map[table.Notice]bool{}
	return func(n table.Notice) {
		mutex.Lock()
		defer mutex.Unlock()
		if o.watch > 0 && said[n] {
			return
		}
		said[n] = true
		note(n)
	}
}

// record adds moments until it is stopped. What fails once, as on a full disk, is said and tried
// again; a file that was replaced is not.
func (o *options) record(ctx context.Context, r *saved.Recorder, m *vtab.Machine, choice saved.Choice) error {
	ticker := time.NewTicker(o.watch)
	defer ticker.Stop()
	last := ""
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-ticker.C:
		}
		_, err := r.Add(ctx, m, choice)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case errors.Is(err, saved.ErrReplaced):
			return err
		case err == nil:
			last = ""
		case err.Error() != last:
			last = err.Error()
			report(err)
		}
	}
}

//go:embed queries/recorder.service
var recorderUnit string

// printUnit prints a unit of systemd that runs this command.
func printUnit(o *options) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	file, err := filepath.Abs(o.save)
	if err != nil {
		return err
	}
	command := []string{program, "--save", file, "--watch", o.watch.String()}
	if o.keep != "" {
		command = append(command, "--keep", o.keep)
	}
	if len(o.tables) > 0 {
		command = append(command, "--tables", strings.Join(o.tables, ","))
	}
	for i, word := range command {
		command[i] = unitWord(word)
	}
	return format.PrintText(os.Stdout, strings.NewReplacer("@COMMAND@", strings.Join(command, " "), "@DIRECTORY@", unitWord(filepath.Dir(file))).Replace(recorderUnit))
}

// unitWord returns a word as systemd.service(5) takes it in a command.
func unitWord(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._,-") == "" {
		return word
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "%", "%%", "$", "$$").Replace(word) + `"`
}
