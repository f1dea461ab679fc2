package repl

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sockstat/repl/format"
)

// refused are commands of sqlite3 that are none here, and why.
var refused = map[string]string{
	"archive": noFiles, "backup": noFiles, "clone": noFiles, "restore": noFiles, "recover": noFiles, "serialize": noFiles,
	"open":       "the tables are those of this machine; --mib at the start reads saved sockets of illumos",
	"connection": "there is one connection",
	"import":     "nothing is written to the tables; CREATE TEMP TABLE … AS SELECT keeps what was read",
	"load":       "no extensions are loaded: SQL is to be safe, whoever wrote it",
	"shell":      "no programs are run but your editor and pager", "system": "no programs are run but your editor and pager",
	"excel": noPrograms, "www": noPrograms,
	"auth": "what is not read-only is refused in any case", "changes": "statements change nothing here", "nonce": "--safe is for that",
	"binary": "output is the same on every system", "crlf": "output is the same on every system; csv ends lines with CR LF",
	"timeout":  "nobody else uses the database; --timeout at the start ends what takes too long",
	"progress": "Ctrl-C ends a statement at any time", "limit": "the limits are fixed: SQL is to be safe, whoever wrote it",
	"trace": ".echo and .eqp show what runs", "scanstats": ".eqp and .explain show plans", "expert": "the tables have the indexes they need",
	"imposter": "the tables have no file", "dbinfo": noPages, "dbtotxt": noPages, "dbconfig": noPages, "filectrl": noPages, "intck": noPages,
	"vfsinfo": noPages, "vfslist": noPages, "vfsname": noPages, "vfstrace": noPages, "iotrace": noPages, "sha3sum": noPages, "lint": noPages,
	"session": "statements change nothing here", "unmodule": "the tables stay",
	"selftest": forTests, "testcase": forTests, "testctrl": forTests, "check": forTests, "breakpoint": forTests,
	"genfkey": "there are no foreign keys", "fullschema": ".schema has all", "dbs": ".databases lists them",
}

// Reasons that several commands share.
const (
	noFiles    = "there is no file of a database; .dump prints SQL that makes one with sqlite3"
	noPrograms = "no programs are run but your editor and pager; .once FILE with .mode csv or html writes a file for them"
	noPages    = "the tables are in no file and have no pages"
	forTests   = "it is for the tests of SQLite"
)

// refusal returns why a command of sqlite3 is none here; nil for any other. As there, the unique
// beginning of its name will do, unless a command of ours begins so.
func refusal(name string) error {
	if len(name) < 2 || slices.ContainsFunc(commands, func(c command) bool { return strings.HasPrefix(c.name, name) }) {
		return nil
	}
	var found []string
	for n := range refused {
		if n == name {
			found = []string{n}
			break
		}
		if strings.HasPrefix(n, name) {
			found = append(found, n)
		}
	}
	if len(found) != 1 {
		return nil
	}
	return format.WithHint(fmt.Errorf(".%s: %w: %s", found[0], errNotHere, refused[found[0]]), ".help lists the commands")
}

// errNotHere says that a command of sqlite3 is none of sockstat.
var errNotHere = errors.New("not in sockstat")
