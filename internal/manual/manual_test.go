package manual

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"sockstat/queries"
	"sockstat/vtab/function"
	"sockstat/vtab/table"
)

// small is a program with a bit of everything, and with what has a meaning in roff and shells.
func small() *Program {
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.StringP("output", "o", "", "output `format`: it's one of [a:b]")
	f.StringP("file", "f", "", "run a `file`")
	f.String("save", "", "save to a `file`")
	f.BoolP("all", "a", false, ".all, 'quoted' \\ and $HOME…")
	f.Int("limit", 0, "how many")
	return &Program{
		Version: "1.0", Subjects: []Subject{{"Output", f}}, Functions: function.All(),
		Tables:   []table.Info{{Name: "t", Doc: "A table", Columns: []table.ColumnInfo{{Name: "c", Type: table.Text, Doc: "A column", Values: []string{"x", "y"}}}}},
		Queries:  []queries.Query{queries.Parse("saved", "-- A query\n--\n-- :n INTEGER 1.. = 5  how many\n-- :m  what\nSELECT 1")},
		Commands: []Entry{{".quit", "Leave."}}, Elsewhere: []Line{{"ss", "ss -tl", "sockstat -l"}},
	}
}

// The pages say everything, and groff finds nothing wrong with them.
func TestPages(t *testing.T) {
	for name, want := range map[string][]string{
		"sockstat.1":         {"-o, --output format", "Output format: it's one of [a:b].", ".all, 'quoted' \\ and $HOME", ".quit", "ss -tl", "EXIT STATUS", "sockstat [options]"},
		"sockstat-schema.5":  {"A table.", "TEXT. A column. One of x, y.", "cidr(network, address)"},
		"sockstat-queries.7": {"A query.", "how many, INTEGER 1..; without it 5.", "what; it has to be given."},
	} {
		var page bytes.Buffer
		if err := small().Write(&page, name); err != nil {
			t.Fatal(err)
		}
		plain := strings.NewReplacer(`\-`, "-", `\e`, `\`, `\(dq`, `"`, `\[u2026]`, "…", `\&`, "", `\fB`, "", `\fR`, "").Replace(page.String())
		for _, w := range want {
			if w == "sockstat [options]" {
				w = ".B \"sockstat\"\n[options]"
			}
			if !strings.Contains(plain, w) {
				t.Errorf("%s: no %q in\n%s", name, w, plain)
			}
		}
		if groff, err := exec.LookPath("groff"); err == nil {
			cmd := exec.Command(groff, "-man", "-ww", "-Tascii", "-z")
			cmd.Stdin = &page
			if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(string(out), "macro") {
				t.Errorf("%s: %v: %s", name, err, out)
			}
		}
	}
}

// What the shells get they understand; bash completes with it.
func TestCompletion(t *testing.T) {
	values := map[string][]string{"output": {"json", "csv"}}
	for _, shell := range Shells {
		var text bytes.Buffer
		if err := small().Completion(&text, shell, values); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"output", "limit", "json csv", "saved quer"} {
			if want != "saved quer" && !strings.Contains(text.String(), want) {
				t.Errorf("%s: no %q in\n%s", shell, want, text.String())
			}
		}
		program, err := exec.LookPath(shell)
		if err != nil {
			continue
		}
		file := filepath.Join(t.TempDir(), "completion")
		if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.Command(program, "-n", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", shell, err, out)
		}
		if shell != "bash" {
			continue
		}
		for line, want := range map[string]string{"-o j": "json", "--li": "--limit", "-a --outp": "--output", "-a --output = c": "csv", "--output =": "json csv", "--limit 5": ""} {
			words := strings.Fields("sockstat " + line)
			script := "source " + file + "; COMP_WORDS=(" + strings.Join(words, " ") + "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _sockstat; echo -n \"${COMPREPLY[*]}\""
			out, err := exec.Command(program, "-c", script).CombinedOutput()
			if err != nil || string(out) != want {
				t.Errorf("%s: %q, %v, want %q", line, out, err, want)
			}
		}
	}
}
