package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sockstat/queries"
	"sockstat/repl/format"
	"sockstat/vtab"
	"sockstat/vtab/function"
)

// mayImport says which packages of this module each of them may import. Those named after a
// system may be imported by files of that system only; see ofSystem.
var mayImport = map[string][]string{
	".":                    {"queries", "repl", "repl/format", "vtab", "vtab/engine", "vtab/function", "vtab/saved", "vtab/table", "internal/caught", "internal/manual", "internal/startup", "internal/trust", "internal/similar", "internal/elsewhere"},
	"queries":              {"mib2", "internal/trust", "internal/similar", "vtab/function", "vtab/table"},
	"repl":                 {"queries", "repl/format", "vtab/engine", "vtab/table", "internal/caught", "internal/trust", "internal/similar"},
	"repl/format":          {"vtab/table", "internal/similar"},
	"osquery":              {"queries", "repl", "vtab", "vtab/engine", "vtab/table"},
	"vtab":                 {"mib2", "mib2/linux", "mib2/illumos", "proc", "proc/linux", "proc/illumos", "vtab/engine", "vtab/table", "internal/ahead"},
	"vtab/saved":           {"mib2", "vtab", "vtab/engine", "vtab/table", "proc", "internal/ahead", "internal/trust"},
	"vtab/engine":          {"vtab/function", "vtab/table", "internal/ahead"},
	"vtab/function":        {"vtab/table"},
	"vtab/table":           {},
	"mib2":                 {},
	"mib2/linux":           {"mib2", "internal/ahead", "internal/bpf", "internal/thread"},
	"mib2/illumos":         {"mib2"},
	"proc":                 {},
	"proc/linux":           {"proc", "internal/bpf", "internal/thread"},
	"proc/illumos":         {"proc"},
	"internal/ahead":       {"internal/caught"},
	"internal/bpf":         {},
	"internal/bpf/bpftest": {},
	"internal/caught":      {},
	"internal/manual":      {"queries", "vtab/function", "vtab/table"},
	"internal/elsewhere":   {"vtab/function"},
	"internal/similar":     {},
	"internal/trust":       {},
	"internal/startup":     {},
	"internal/testns":      {},
	"internal/thread":      {},
}

// forTests are packages that any test may import.
var forTests = []string{"internal/testns", "internal/bpf/bpftest"}

// Imports run one way: kernel bytes, rows, columns, SQL, terminal. A package that is not in
// the list has yet to get its place there.
func TestImportsRunOneWay(t *testing.T) {
	unlisted := map[string]bool{}
	n := 0
	for _, file := range goFiles(t) {
		n++
		dir := path.Dir(file)
		may, listed := mayImport[dir]
		if !listed {
			unlisted[dir] = true
			continue
		}
		for _, imported := range ownImports(t, file) {
			switch {
			case strings.HasSuffix(file, "_test.go") && (slices.Contains(forTests, imported) || imported == dir):
			case !slices.Contains(may, imported), !ofSystem(file, imported):
				t.Errorf("%s imports %s", file, imported)
			}
		}
	}
	for dir := range unlisted {
		t.Errorf("nothing says what package %s may import", dir)
	}
	if n < 50 {
		t.Errorf("looked at %d files only", n)
	}
}

// goFiles returns all Go files of the module, with slashes.
func goFiles(t *testing.T) (files []string) {
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		switch name := d.Name(); {
		case err != nil:
			return err
		case d.IsDir() && file != "." && (name[0] == '.' || name[0] == '_' || name == "testdata"):
			return fs.SkipDir // as the Go tool does
		case !d.IsDir() && strings.HasSuffix(name, ".go"):
			files = append(files, filepath.ToSlash(file))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// ownImports returns the packages of this module that a file imports.
func ownImports(t *testing.T, file string) (own []string) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range f.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value)
		if imported == "sockstat" || strings.HasPrefix(imported, "sockstat/") {
			own = append(own, strings.TrimPrefix(imported, "sockstat/"))
		}
	}
	return own
}

// ofSystem reports whether a file may import a package as far as that is of a system: the name
// of the file then has that of the system as a part, as machine_linux.go and illumos_reply.go.
func ofSystem(file, imported string) bool {
	system := path.Base(imported)
	if system != "linux" && system != "illumos" {
		return true
	}
	parts := strings.FieldsFunc(path.Base(file), func(r rune) bool { return r == '_' || r == '.' })
	return slices.Contains(parts, system)
}

// Every saved query is documented, compiles, and documents the parameters it has.
func TestSavedQueries(t *testing.T) {
	list, err := queries.Default().List()
	if err != nil {
		t.Fatal(err)
	}
	db, err := vtab.Open(vtab.Live())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, q := range list {
		if q.Path != "" {
			continue // not ours
		}
		st, rest, err := db.Prepare(q.SQL)
		if err != nil || st == nil || strings.TrimSpace(rest) != "" {
			t.Errorf("%s: %v, then %q", q.Name, err, rest)
			continue
		}
		var documented []string
		for _, p := range q.Params {
			documented = append(documented, ":"+p.Name)
		}
		slices.Sort(documented)
		used := slices.Sorted(slices.Values(st.Params()))
		if q.Doc == "" || !slices.Equal(documented, used) {
			t.Errorf("%s: %q documents %q, has %q", q.Name, q.Doc, documented, used)
		}
		st.Close()
	}
}

// readme returns the text of README.md.
func readme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// part returns what stands between two texts.
func part(t *testing.T, text, after, before string) string {
	t.Helper()
	_, rest, found := strings.Cut(text, after)
	between, _, ended := strings.Cut(rest, before)
	if !found || !ended {
		t.Fatalf("nothing between %q and %q", after, before)
	}
	return between
}

// quoted returns the parts of a text between backquotes.
func quoted(text string) (parts []string) {
	for _, m := range regexp.MustCompile("`([^`\n]+)`").FindAllStringSubmatch(text, -1) {
		parts = append(parts, m[1])
	}
	return parts
}

// firstWords returns the first word of each line that begins with one.
func firstWords(text string) []string {
	return regexp.MustCompile(`(?m)^\S+`).FindAllString(text, -1)
}

// The tables that the shell lists are those of README, of -h and of vtab's package comment.
func TestTablesSaidOnce(t *testing.T) {
	tables := firstWords(sockstatReading(t, ".tables\n", "-i"))
	if help := part(t, sockstat(t, "-h"), "\nTables: ", ";"); help != strings.Join(tables, " ") {
		t.Errorf("-h has the tables %s instead of %q", help, tables)
	}
	tables = slices.DeleteFunc(tables, func(name string) bool { return name == "creators" }) // on illumos, undocumented
	var documented []string
	for line := range strings.Lines(part(t, readme(t), "| table | a row is |\n|---|---|\n", "\n\n")) {
		documented = append(documented, quoted(strings.Split(line, "|")[1])...)
	}
	if !slices.Equal(documented, tables) {
		t.Errorf("README has the tables %q instead of %q", documented, tables)
	}
	comment := ""
	for _, file := range goFiles(t) {
		if path.Dir(file) == "vtab" {
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			comment += f.Doc.Text()
		}
	}
	for _, name := range tables {
		if !regexp.MustCompile(`\b` + name + `\b`).MatchString(comment) {
			t.Errorf("the comment of package vtab does not name the table %s", name)
		}
	}
}

// README shows how each function of ours is called.
func TestFunctionsSaidOnce(t *testing.T) {
	documented := quoted(part(t, readme(t), "| function | |\n", "\n\n"))
	var usages []string
	for _, f := range function.All() {
		usages = append(usages, f.Usage)
	}
	slices.Sort(documented)
	slices.Sort(usages)
	if !slices.Equal(documented, usages) {
		t.Errorf("README has the functions %q instead of %q", documented, usages)
	}
}

func TestFormatsSaidOnce(t *testing.T) {
	documented := quoted(part(t, readme(t), "Output formats for `-o`:", "."))
	if !slices.Equal(documented, format.Names()) {
		t.Errorf("README has the formats %q instead of %q", documented, format.Names())
	}
	var helped []string
	for _, line := range regexp.MustCompile(`(?m)^ {6}(\S+)`).FindAllStringSubmatch(sockstatReading(t, ".help mode\n", "-i"), -1) {
		helped = append(helped, line[1])
	}
	if !slices.Equal(helped, format.Names()) {
		t.Errorf(".help mode has the formats %q instead of %q", helped, format.Names())
	}
}

// Every flag that README and the usage name exists, and README names every one that shapes the
// listing.
func TestFlagsSaidOnce(t *testing.T) {
	namedFlags(t, usage(0))
	named := namedFlags(t, readme(t))
	for _, name := range (&options{}).flags().shaping() {
		if !named[name] {
			t.Errorf("README does not name --%s", name)
		}
	}
	if protocols := part(t, readme(t), "| `-P ", "` |"); protocols != strings.Join(queries.Protocols(), ",") {
		t.Errorf("README has the protocols %s", protocols)
	}
}

// README names every protocol that the documentation of sockets.proto does, which a test of
// package vtab compares with the table of protocols.
func TestProtocolsSaidOnce(t *testing.T) {
	sockets := vtab.Live().Tables()[0].Info()
	doc, _, _ := strings.Cut(sockets.Columns[sockets.Column("proto")].Doc, ";") // then that there may be others
	names := regexp.MustCompile(`[a-z][a-z0-9]+`).FindAllString(strings.ReplaceAll(doc, " or ", ", "), -1)
	names = names[1:] // "Protocol:"
	if len(names) < 3 {
		t.Fatalf("%q has the names %q", doc, names)
	}
	for _, name := range names {
		if !slices.Contains(quoted(readme(t)), name) {
			t.Errorf("README does not name the protocol %s", name)
		}
	}
}

// namedFlags returns the long names of the flags that a text names, and checks that they exist.
func namedFlags(t *testing.T, text string) map[string]bool {
	f := (&options{}).flags()
	named := map[string]bool{}
	for _, word := range flagWords(text) {
		if long, ok := strings.CutPrefix(word, "--"); ok {
			if f.Lookup(long) == nil {
				t.Errorf("there is no flag %s", word)
			}
			named[long] = true
			continue
		}
		for _, letter := range word[1:] {
			flag := f.ShorthandLookup(string(letter))
			if flag == nil {
				t.Errorf("there is no flag -%c in %s", letter, word)
				break
			}
			named[flag.Name] = true
			if flag.NoOptDefVal == "" {
				break // the rest is its value
			}
		}
	}
	return named
}

// flagWords returns the flags in commands that begin with the name of the program, and those
// that stand alone between backquotes.
func flagWords(text string) (flags []string) {
	commands := regexp.MustCompile(`(?m)^[ $]*(?:usage: )?sockstat (.*)|\| sockstat (.*)`).FindAllString(text, -1)
	for _, code := range quoted(text) {
		if code[0] == '-' || strings.HasPrefix(code, "sockstat ") {
			commands = append(commands, code)
		}
	}
	values := regexp.MustCompile(`'[^']*'|"[^"]*("|$)|#.*`)
	for _, command := range commands {
		for _, word := range strings.FieldsFunc(values.ReplaceAllString(command, ""), func(r rune) bool { return strings.ContainsRune(" []|", r) }) {
			if len(word) > 1 && word[0] == '-' {
				flags = append(flags, word)
			}
		}
	}
	return flags
}

// Dot commands that README and -h name are commands of the shell.
func TestCommandsSaidOnce(t *testing.T) {
	commands := firstWords(sockstatReading(t, ".help\n", "-i"))
	named := regexp.MustCompile("[ `](\\.[a-z]+)\\b[^/]").FindAllStringSubmatch(readme(t)+usage(0), -1)
	if len(commands) < 10 || len(named) == 0 {
		t.Fatalf("commands %q, named %q", commands, named)
	}
	for _, m := range named {
		if !slices.Contains(commands, m[1]) {
			t.Errorf("there is no command %s", m[1])
		}
	}
}

// Saved queries that README names exist, and a script runs each that is built in.
func TestQueriesSaidOnce(t *testing.T) {
	library := queries.Default()
	library.Dirs = nil
	named := regexp.MustCompile(`sockstat.* -f ([a-z][\w-]*)`).FindAllStringSubmatch(readme(t), -1)
	if len(named) == 0 {
		t.Error("README names no saved query")
	}
	for _, m := range named {
		if _, err := library.Load(m[1]); err != nil {
			t.Error(err)
		}
	}
	list, err := library.List()
	if err != nil || len(list) == 0 {
		t.Fatalf("%d queries, %v", len(list), err)
	}
	script, err := os.ReadFile("testdata/script/linux/listing.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range list {
		if !regexp.MustCompile(`(?m)^exec sockstat -f ` + q.Name + `( |$)`).Match(script) {
			t.Errorf("no script runs the saved query %s", q.Name)
		}
	}
}

func TestExitStatusSaidOnce(t *testing.T) {
	want := fmt.Sprintf("%d done, rows or none; %d failed; %d wrong usage; %d something differs; %d interrupted", exitOK, exitFailed, exitUsage, exitChanged, exitInterrupted)
	if got := part(t, readme(t), "Exit status: ", ".\n"); got != want {
		t.Errorf("README has %q instead of %q", got, want)
	}
}
