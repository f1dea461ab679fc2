package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sockstat/internal/trust"
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

// saveMoment adds a moment to a file.
func (o *options) saveMoment(ctx context.Context, m *vtab.Machine) (err error) {
	if trust.Raised() {
		return fmt.Errorf("write to %s: %w", o.save, errRaised)
	}
	r, err := saved.NewRecorder(o.save)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	_, err = r.Add(ctx, m, o.choice())
	return err
}

// choice returns what is saved of a machine.
func (o *options) choice() saved.Choice {
	return saved.Choice{Tables: o.tables, Version: version(), Note: o.notice}
}
