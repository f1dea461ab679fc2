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
	reply, ok := elsewhere.Answer(args, conditions)
	var own *usageError
	switch {
	case !ok:
		return err
	case err == errQuiet:
		return &usageError{errQuiet.error, errQuiet.hint + ": " + reply.Here}
	case errors.As(err, &own) && own.advises() && strings.HasSuffix(reply.Tool, "sockstat"):
		return err
	case !strings.HasPrefix(reply.Here, "sockstat"):
		return &usageError{err, reply.Here}
	}
	return &usageError{err, "for " + reply.There + " type " + reply.Here}
}

// conditions implements [elsewhere.Parse].
func conditions(args []string) ([]string, bool) {
	o, err := parseOwn(args)
	if err != nil {
		return nil, false
	}
	all, err := o.listing.Conditions()
	return all, err == nil
}

// noteElsewhere tells of options that are valid here, but mean something else than where they
// are most used.
func noteElsewhere(args []string) {
	for _, arg := range args {
		if arg == "--" {
			return
		}
		if len(arg) < 3 || arg[0] != '-' || arg[1] == '-' || strings.Trim(arg, "-anluv46") != "" {
			continue
		}
		has := func(letter string) bool { return strings.Contains(arg, letter) }
		about, udp := "-a shows arguments, and -n user ids", ""
		switch {
		case has("u") && (has("a") || has("n")):
			about, udp = "-u shows Unix sockets", " -P udp"
		case !has("a") || !has("n") || has("u"):
			continue
		}
		here := "sockstat"
		for _, letter := range []string{"4", "6", "l"} {
			if has(letter) {
				here += " -" + letter
			}
		}
		report(format.WithHint(fmt.Errorf("%s: here %s", arg, about), "for netstat "+arg+" type "+here+udp))
		return
	}
}
