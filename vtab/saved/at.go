package saved

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// at returns a time as users read and write it.
func at(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

// timeForms are the forms of a time with its date.
var timeForms = []string{"2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02", time.RFC3339}

// CheckTime returns an error for a text that is no time, whatever moments there are.
func CheckTime(text string) error {
	if text == "first" || text == "last" {
		return nil
	}
	_, err := ParseTime(text, time.Now())
	return err
}

// ParseTime returns the time that a text stands for: now; one with its date, in local time or as RFC
// 3339 has it; one of the day, which is then the last one before the given moment; @ and the
// seconds since 1970; or, as -90m, how long before that moment.
func ParseTime(text string, before time.Time) (time.Time, error) {
	text = strings.TrimSpace(text)
	if text == "now" {
		return time.Now(), nil
	}
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

type spanUnit struct {
	name string
	long time.Duration
}

// spanUnits are the units of a length of time, in the order in which they are looked for.
var spanUnits = []spanUnit{{"ms", time.Millisecond}, {"min", time.Minute}, {"w", 7 * 24 * time.Hour}, {"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}}

// ParseSpan returns a length of time: 90m, 10min, 1.5h, 7d, 1d12h.
func ParseSpan(text string) (sum time.Duration, err error) {
	for rest := text; rest != "" || text == ""; {
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789."))
		n, err := strconv.ParseFloat(rest[:digits], 64)
		unit := slices.IndexFunc(spanUnits, func(u spanUnit) bool { return strings.HasPrefix(rest[digits:], u.name) })
		if err != nil || unit < 0 {
			return 0, fmt.Errorf("%q is no length of time, such as 90s, 10min, 12h, 7d or 1d12h", text)
		}
		const most = 36500 * 24 * time.Hour
		if n *= float64(spanUnits[unit].long); n > float64(most-sum) {
			return 0, fmt.Errorf("%q is longer than a century", text)
		}
		sum += time.Duration(n)
		rest = rest[digits+len(spanUnits[unit].name):]
	}
	return sum, nil
}

// Last returns the last moment of the file.
func (f *File) Last() (Moment, error) {
	if len(f.moments) == 0 {
		return Moment{}, fileError(f.path, errors.New("there is no moment in it"))
	}
	return f.moments[len(f.moments)-1], nil
}

// At returns the latest moment that is not after the time that a text stands for, the last of all
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
	found := -1
	for i, m := range f.moments { // their times go back where the clock was set back
		if !m.Time.After(t) && (found < 0 || !m.Time.Before(f.moments[found].Time)) {
			found = i
		}
	}
	if found >= 0 {
		return f.moments[found], nil
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
