package main

import (
	"errors"
	"fmt"
	"strings"

	"sockstat/internal/elsewhere"
	"sockstat/repl/format"
)

// answered returns the error of a command line, with the one to use instead if it is one of
// another tool.
func answered(args []string, err error) error {
	valid := func(args []string) bool {
		_, err := parseOwn(args)
		return err == nil
	}
	tool, here, ok := elsewhere.Answer(args, valid)
	var own *usageError
	switch {
	case !ok:
		return err
	case err == errQuiet:
		return &usageError{errQuiet.error, errQuiet.hint + ": " + here}
	case errors.As(err, &own) && own.advises() && strings.HasSuffix(tool, "sockstat"):
		return err
	case !strings.HasPrefix(here, "sockstat"):
		return &usageError{err, here}
	}
	return &usageError{err, "for " + typed(tool, args) + " type " + here}
}

// typed returns the arguments as they were typed, behind the name of their tool.
func typed(tool string, args []string) string {
	if strings.HasSuffix(tool, "sockstat") || tool == "elsewhere" {
		return strings.Join(args, " ")
	}
	return tool + " " + strings.Join(args, " ")
}

// noteElsewhere tells of options that are valid here, but mean something else than where they
// are most used.
func noteElsewhere(args []string) {
	for _, arg := range args {
		if arg == "--" {
			return
		}
		if len(arg) < 3 || arg[0] != '-' || arg[1] == '-' || !strings.Contains(arg, "a") || !strings.Contains(arg, "n") || strings.Trim(arg, "-anlv") != "" {
			continue
		}
		here := "sockstat"
		if strings.Contains(arg, "l") {
			here += " -l"
		}
		report(format.WithHint(fmt.Errorf("%s: here -a shows arguments, and -n user ids", arg), "for netstat "+arg+" type "+here))
		return
	}
}
