package manual

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/pflag"
)

// Shells are those whose completion is known.
var Shells = []string{"bash", "zsh", "fish"}

// Completion writes the completion of the options for a shell. The values of the flags are by
// their long names; the saved queries are asked of the program when they are needed.
func (p *Program) Completion(w io.Writer, shell string, values map[string][]string) error {
	switch shell {
	case "zsh":
		return p.zsh(w, values)
	case "fish":
		return p.fish(w, values)
	}
	return p.bash(w, values)
}

// askQueries is a command that prints the names of the saved queries.
const askQueries = `sockstat --queries 2>/dev/null | grep -o "^[A-Za-z0-9_.-]*"`

// flags calls f for each flag.
func (p *Program) flags(f func(*pflag.Flag)) {
	for _, s := range p.Subjects {
		s.Flags.VisitAll(f)
	}
}

// takesValue reports whether a flag takes a value.
func takesValue(f *pflag.Flag) bool { return f.NoOptDefVal == "" }

// takesFile reports whether the value of a flag is a file.
func takesFile(f *pflag.Flag) bool {
	value, _ := pflag.UnquoteUsage(f)
	return takesValue(f) && strings.EqualFold(value, "file")
}

// names returns a flag as it is typed, short and long.
func names(f *pflag.Flag) []string {
	if f.Shorthand == "" {
		return []string{"--" + f.Name}
	}
	return []string{"-" + f.Shorthand, "--" + f.Name}
}

func (p *Program) bash(w io.Writer, values map[string][]string) error {
	var cases, all strings.Builder
	p.flags(func(f *pflag.Flag) {
		all.WriteString(" " + strings.Join(names(f), " "))
		pattern := strings.Join(names(f), "|")
		switch {
		case f.Name == "file":
			fmt.Fprintf(&cases, "\t%s) COMPREPLY=($(compgen -W \"$(%s)\" -- \"$word\") $(compgen -f -- \"$word\")); return ;;\n", pattern, askQueries)
		case f.Name == "user":
			fmt.Fprintf(&cases, "\t%s) COMPREPLY=($(compgen -u -- \"$word\")); return ;;\n", pattern)
		case len(values[f.Name]) > 0:
			fmt.Fprintf(&cases, "\t%s) COMPREPLY=($(compgen -W '%s' -- \"$word\")); return ;;\n", pattern, strings.Join(values[f.Name], " "))
		case takesFile(f):
			fmt.Fprintf(&cases, "\t%s) COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n", pattern)
		case takesValue(f):
			fmt.Fprintf(&cases, "\t%s) return ;;\n", pattern)
		}
	})
	_, err := fmt.Fprintf(w, `# Completion of sockstat for bash.
_sockstat() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
	COMPREPLY=()
	if [ "$word" = = ]; then # bash breaks words there: --output=csv
		word=
	elif [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD-2]}
	fi
	case $before in
%s	esac
	case $word in
	-*) COMPREPLY=($(compgen -W '%s' -- "$word")) ;;
	*) COMPREPLY=($(compgen -W "$(%s)" -- "$word")) ;;
	esac
}
complete -F _sockstat sockstat
`, cases.String(), strings.TrimSpace(all.String()), askQueries)
	return err
}

func (p *Program) zsh(w io.Writer, values map[string][]string) error {
	var specs strings.Builder
	p.flags(func(f *pflag.Flag) {
		_, doc := pflag.UnquoteUsage(f)
		for _, name := range names(f) {
			action := ""
			switch {
			case f.Name == "file":
				action = ":file:{_alternative 'queries:saved query:($(" + askQueries + "))' 'files:file:_files'}"
			case f.Name == "user":
				action = ":user:_users"
			case len(values[f.Name]) > 0:
				action = ":" + f.Name + ":(" + strings.Join(values[f.Name], " ") + ")"
			case takesFile(f):
				action = ":file:_files"
			case takesValue(f):
				action = ":" + f.Name + ":"
			}
			fmt.Fprintf(&specs, " \\\n\t%s", quoted("*"+name+"["+strings.NewReplacer("[", `\[`, "]", `\]`, ":", `\:`).Replace(doc)+"]"+action))
		}
	})
	_, err := fmt.Fprintf(w, "#compdef sockstat\n# Completion of sockstat for zsh.\n_arguments%s \\\n\t%s\n", specs.String(), quoted("*:saved query:($("+askQueries+"))"))
	return err
}

func (p *Program) fish(w io.Writer, values map[string][]string) error {
	var b strings.Builder
	b.WriteString("# Completion of sockstat for fish.\ncomplete -c sockstat -f\n")
	fmt.Fprintf(&b, "complete -c sockstat -a %s\n", fishQuoted("("+askQueries+")"))
	p.flags(func(f *pflag.Flag) {
		_, doc := pflag.UnquoteUsage(f)
		b.WriteString("complete -c sockstat -l " + f.Name)
		if f.Shorthand != "" {
			b.WriteString(" -s " + f.Shorthand)
		}
		switch {
		case f.Name == "file":
			b.WriteString(" -r -F -a " + fishQuoted("("+askQueries+")"))
		case f.Name == "user":
			b.WriteString(" -x -a " + fishQuoted("(__fish_complete_users)"))
		case len(values[f.Name]) > 0:
			b.WriteString(" -x -a " + fishQuoted(strings.Join(values[f.Name], " ")))
		case takesFile(f):
			b.WriteString(" -r -F")
		case takesValue(f):
			b.WriteString(" -x")
		}
		b.WriteString(" -d " + fishQuoted(doc) + "\n")
	})
	_, err := io.WriteString(w, b.String())
	return err
}

// quoted returns a text in single quotes, for bash and zsh.
func quoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// fishQuoted returns a text in single quotes of fish.
func fishQuoted(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
