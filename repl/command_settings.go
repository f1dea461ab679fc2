package repl

import (
	"fmt"
	"strconv"
	"strings"

	"sockstat/repl/format"
)

// toggle makes a command that turns something on or off.
func toggle(setting func(*Shell) *bool) func(*Shell, *call) error {
	return func(s *Shell, c *call) error {
		if len(c.args) != 1 {
			return errUsage
		}
		switch strings.ToLower(c.arg(0)) {
		case "on", "yes", "true", "1":
			*setting(s) = true
		case "off", "no", "false", "0":
			*setting(s) = false
		case "toggle":
			*setting(s) = !*setting(s)
		default:
			return errUsage
		}
		return nil
	}
}

func onOff(_ *Shell, words []string, _ string) []string { return only(words, []string{"on", "off"}) }

// mode sets the format, or says which it is.
func mode(s *Shell, c *call) error {
	if len(c.args) > 2 || len(c.args) == 2 && c.arg(0) != "insert" {
		return errUsage
	}
	if len(c.args) == 0 {
		_, err := fmt.Fprintf(c.out, "current output mode: %s\n", s.format())
		return err
	}
	f, err := format.Find(c.arg(0))
	if err == nil {
		s.Settings.Format, s.Settings.Table = f.Name, c.arg(1)
	}
	return err
}

// expanded changes to the format that shows one value a line, and back to the one before.
func expanded(s *Shell, c *call) error {
	on := s.format() != "line"
	if len(c.args) > 0 {
		if err := toggle(func(*Shell) *bool { return &on })(s, c); err != nil {
			return err
		}
	}
	if now := s.format(); on && now != "line" {
		s.before, s.Settings.Format = now, "line"
	} else if !on && now == "line" {
		s.Settings.Format = s.before
	}
	return mode(s, &call{out: c.out})
}

// format returns the name of the format.
func (s *Shell) format() string {
	_, terminal := terminal(s.file())
	f, _ := format.Default(s.Settings.Format, terminal)
	return f.Name
}

// formatNames completes the argument of .mode.
func formatNames(_ *Shell, words []string, _ string) []string { return only(words, format.Names()) }

// nullValue sets the text of NULL.
func nullValue(s *Shell, c *call) error {
	if len(c.args) != 1 {
		return errUsage
	}
	s.Settings.NullValue = c.arg(0)
	return nil
}

// separator sets the separator of list.
func separator(s *Shell, c *call) error {
	if len(c.args) != 1 {
		return errUsage
	}
	s.Settings.Separator = c.arg(0)
	return nil
}

// maxWidth is how wide a column can be asked to be.
const maxWidth = 10_000

// widths sets the least widths of columns.
func widths(s *Shell, c *call) error {
	var w []int
	for i := range c.args {
		n, err := strconv.Atoi(c.arg(i))
		if err != nil || n > maxWidth || n < -maxWidth {
			return fmt.Errorf("width %q: not a number from %d to %d", c.arg(i), -maxWidth, maxWidth)
		}
		w = append(w, n)
	}
	s.Settings.Widths = w
	return nil
}

// maxRows sets how many rows are shown on a terminal.
func maxRows(s *Shell, c *call) error {
	n, err := strconv.Atoi(c.arg(0))
	if len(c.args) != 1 || err != nil {
		return errUsage
	}
	s.Settings.MaxRows = n
	return nil
}

// pager turns the pager on or off.
func pager(s *Shell, c *call) error {
	on := !s.Settings.NoPager
	err := toggle(func(*Shell) *bool { return &on })(s, c)
	s.Settings.NoPager = !on
	return err
}

// zones returns the zones whose sockets are read.
func (s *Shell) zones() string {
	if s.Zones == nil {
		return "own"
	}
	return s.Zones.String()
}

// show prints all settings.
func show(s *Shell, c *call) error {
	onOff := map[bool]string{true: "on", false: "off"}
	output := "stdout"
	if s.redirect != nil {
		output = s.redirect.name
	}
	list := s.Settings.Separator
	if list == "" {
		list = "|"
	}
	for _, setting := range [][2]string{
		{"bail", onOff[s.bail]},
		{"echo", onOff[s.echo]},
		{"eqp", onOff[s.plans]},
		{"headers", onOff[s.Settings.Headers]},
		{"maxrows", strconv.Itoa(s.Settings.MaxRows)},
		{"mode", s.format()},
		{"nullvalue", strconv.Quote(s.Settings.NullValue)},
		{"output", output},
		{"pager", onOff[!s.Settings.NoPager]},
		{"separator", strconv.Quote(list)},
		{"stats", onOff[s.stats]},
		{"timer", onOff[s.timer]},
		{"width", strings.Trim(fmt.Sprint(s.Settings.Widths), "[]")},
		{"zone", s.zones()},
	} {
		line := strings.TrimRight(fmt.Sprintf("%12s: %s", setting[0], format.Escape(setting[1])), " ")
		if _, err := fmt.Fprintln(c.out, line); err != nil {
			return err
		}
	}
	return nil
}
