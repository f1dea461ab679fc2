package main

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sockstat/internal/elsewhere"
)

// split splits a command line as a shell does that knows only quotes.
func split(line string) (args []string) {
	var b strings.Builder
	quote, open := rune(0), false
	for _, r := range line + " " {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			b.WriteRune(r)
		case r == '\'' || r == '"':
			quote, open = r, true
		case r == ' ':
			if open {
				args = append(args, b.String())
			}
			b.Reset()
			open = false
		default:
			b.WriteRune(r)
			open = true
		}
	}
	return args
}

// Command lines of other tools are answered with the one to use here, which is valid.
func TestAnswers(t *testing.T) {
	for _, e := range elsewhere.Examples {
		args := split(e.There)[1:]
		if strings.HasPrefix(e.Here, "sockstat") {
			if _, err := parseOwn(split(e.Here)[1:]); err != nil {
				t.Errorf("%s: %s: %v", e.There, e.Here, err)
			}
		}
		if _, own := conditions(args); own { // it means something here, so that it is run
			continue
		}
		reply, ok := elsewhere.Answer(args, conditions)
		if !ok || reply.Here != e.Here {
			t.Errorf("%s (%s):\n got %s\nwant %s", e.There, reply.Tool, reply.Here, e.Here)
		}
		_, err := parse(args)
		var usage *usageError
		if !errors.As(err, &usage) || !strings.HasSuffix(usage.Hint(), e.Here) {
			t.Errorf("%s: %v, hint %q", e.There, err, usage.Hint())
		}
	}
	if len(elsewhere.Examples) < 60 {
		t.Error("few examples")
	}
}

// What is valid here and means the same as elsewhere, or nothing elsewhere, is no example of it.
func TestRunsHere(t *testing.T) {
	for line, runs := range map[string]bool{
		"-46lL": true, "-4 -p 22": true, "tcp :443": true, "-n tcp": true, "443/tcp": true, "-l nginx": true, "-Ptcp": true,
		"state established": false, "dst 10.0.0.1": false, "help": false, "-i :443": false, "-tlnp": false, "--json": false,
	} {
		if _, err := parse(split(line)); (err == nil) != runs {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// Mistakes that are nobody's command line have hints of their own.
func TestOwnHints(t *testing.T) {
	for line, want := range map[string]string{
		"-P tpc": "did you mean tcp?", "--sort prot": "did you mean proto?", "--wher x": "did you mean --where?", "70000": "a process is --pid 70000",
		"-q port-conflicts": "the saved query of that name is run by -f port-conflicts", "-f inet -l": "for ss -f inet -l type sockstat -4l", "--query=udp": "for ss --query=udp type sockstat -P udp", "-p 99999 -4": "a process is --pid 99999",
		"-y": "sockstat -h explains the options", "-q": "FreeBSD's quiet is -H here", "-o jsn": "did you mean json?", "-o csv -o json": "sockstat -h explains the options",
	} {
		_, err := parse(split(line))
		var usage *usageError
		if !errors.As(err, &usage) || !strings.HasPrefix(usage.Hint(), want) {
			t.Errorf("%s: %v, hint %q", line, err, usage.Hint())
		}
	}
}

func FuzzAnswer(f *testing.F) {
	for _, e := range elsewhere.Examples {
		f.Add(strings.Join(split(e.There)[1:], "\x00"))
	}
	f.Fuzz(func(t *testing.T, line string) {
		reply, ok := elsewhere.Answer(strings.Split(line, "\x00"), func(args []string) ([]string, bool) {
			return args, !slices.Contains(args, "\x00")
		})
		if ok && reply.Here == "" {
			t.Errorf("%q", line)
		}
	})
}
