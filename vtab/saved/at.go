package saved

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// at returns a time as users read and write it.
func at(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

// timeForms are the forms of a time with its date.
var timeForms = []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02", time.RFC3339}

// ParseTime returns the time that a text stands for: one with its date, in local time or as RFC
// 3339 has it; one of the day, which is then the last one before the given moment; @ and the
// seconds since 1970; or, as -90m, how long before that moment.
func ParseTime(text string, before time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	for _, form := range timeForms {
		if t, err := time.ParseInLocation(form, text, time.Local); err == nil {
			return t, nil
		}
	}
	for _, form := range []string{"15:04:05", "15:04"} {
		if t, err := time.ParseInLocation(form, text, time.Local); err == nil {
			y, m, d := before.Local().Date()
			t = time.Date(y, m, d, t.Hour(), t.Minute(), t.Second(), 0, time.Local)
			if t.After(before) {
				t = t.AddDate(0, 0, -1)
			}
			return t, nil
		}
	}
	if seconds, ok := strings.CutPrefix(text, "@"); ok {
		if n, err := strconv.ParseFloat(seconds, 64); err == nil && n > -1e11 && n < 1e11 {
			return time.UnixMilli(int64(n * 1000)), nil
		}
	}
	if ago, ok := strings.CutPrefix(text, "-"); ok {
		if d, err := ParseSpan(ago); err == nil {
			return before.Add(-d), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no time: 03:12, '2026-11-26 03:12', RFC 3339, @SECONDS or -90m", text)
}

// ParseSpan returns a length of time, as time.ParseDuration or in days: 7d.
func ParseSpan(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseFloat(days, 64)
		if err != nil || n < 0 || n > 36500 {
			return 0, fmt.Errorf("%q is no number of days", text)
		}
		return time.Duration(n * float64(24*time.Hour)), nil
	}
	d, err := time.ParseDuration(text)
	if err == nil && d < 0 {
		err = errors.New("it is negative")
	}
	return d, err
}

// Last returns the last moment of the file.
func (f *File) Last() (Moment, error) {
	if len(f.moments) == 0 {
		return Moment{}, fileError(f.path, errors.New("there is no moment in it"))
	}
	return f.moments[len(f.moments)-1], nil
}

// At returns the last moment that is not after the time that a text stands for, the last of all
// for an empty text or "last", and the first for "first".
func (f *File) At(text string) (Moment, error) {
	last, err := f.Last()
	if err != nil || text == "" || text == "last" {
		return last, err
	}
	if text == "first" {
		return f.moments[0], nil
	}
	t, err := ParseTime(text, last.Time)
	if err != nil {
		return Moment{}, err
	}
	t = t.Add(unit(text) - time.Millisecond)
	for i := len(f.moments) - 1; i >= 0; i-- {
		if !f.moments[i].Time.After(t) {
			return f.moments[i], nil
		}
	}
	return Moment{}, fileError(f.path, fmt.Errorf("the first moment in it is %s", at(f.moments[0].Time)))
}

// unit returns how long the time lasts that a text names: a minute for 03:12, so that a moment
// within it is found.
func unit(text string) time.Duration {
	text = strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(text, "@"), strings.HasPrefix(text, "-"):
		return time.Millisecond
	case len(text) == len("2006-01-02") && !strings.Contains(text, ":"):
		return time.Millisecond
	case strings.Count(text, ":") == 1:
		return time.Minute
	}
	return time.Second
}
