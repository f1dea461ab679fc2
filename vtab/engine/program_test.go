package engine

import (
	"strings"
	"testing"
)

// programOf makes a program of lines "OPCODE P1 P2".
func programOf(t *testing.T, text string) (program []instruction) {
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		fields := append(strings.Fields(line), "0", "0")
		var in instruction
		in.opcode, in.p1, in.p2 = fields[0], number(t, fields[1]), number(t, fields[2])
		program = append(program, in)
	}
	return program
}

func number(t *testing.T, s string) (n int64) {
	for _, c := range s {
		if c < '0' || c > '9' {
			t.Fatalf("number %q", s)
		}
		n = 10*n + int64(c-'0')
	}
	return n
}

func TestStartsOnce(t *testing.T) {
	for name, c := range map[string]struct {
		program string
		want    bool
	}{
		"a scan":              {"Init 0 6\n VOpen\n VFilter 0 5\n VColumn\n VNext 0 3\n Halt\n Transaction\n Goto 0 1", true},
		"no scan":             {"Init 0 2\n Halt\n Goto 0 1", false},
		"no program":          {"Halt", false},
		"two scans":           {"Init 0 4\n VFilter\n VFilter\n Halt\n Goto 0 1", false},
		"no Init":             {"VFilter 0 3\n VNext 0 1\n Halt", false},
		"a loop around it":    {"Init 0 6\n Rewind\n VFilter 0 4\n VNext 0 3\n Next 0 2\n Halt\n Goto 0 1", false},
		"a sorter around it":  {"Init 0 6\n SorterSort\n VFilter 0 4\n VNext 0 3\n SorterNext 0 2\n Halt\n Goto 0 1", false},
		"backwards around it": {"Init 0 6\n Last\n VFilter 0 4\n VNext 0 3\n Prev 0 1\n Halt\n Goto 0 1", false},
		"a loop before it":    {"Init 0 6\n Rewind\n Next 0 2\n VFilter 0 5\n VNext 0 4\n Halt\n Goto 0 1", true},
		"a loop behind it":    {"Init 0 6\n VFilter 0 3\n VNext 0 2\n Rewind\n Next 0 4\n Halt\n Goto 0 1", true},
		"a coroutine":         {"Init 0 5\n InitCoroutine 1 4\n VFilter 0 3\n Yield 1\n Halt\n Goto 0 1", false},
		"a trigger":           {"Init 0 4\n VFilter 0 3\n Program\n Halt\n Goto 0 1", false},
		"in a subroutine":     {"Init 0 7\n BeginSubrtn 0 5\n VFilter 0 4\n VNext 0 3\n Return 5 2\n Next 0 1\n Halt\n Goto 0 1", false},
		"behind a subroutine": {"Init 0 6\n BeginSubrtn 0 5\n Return 5 2\n VFilter 0 5\n VNext 0 4\n Halt\n Goto 0 1", true},
		"an open subroutine":  {"Init 0 5\n BeginSubrtn 0 5\n VFilter 0 4\n Return 6 2\n Halt\n Goto 0 1", false},
		"called with it":      {"Init 0 6\n VOpen\n VFilter 0 4\n VNext 0 3\n Gosub 5 1\n Halt\n Goto 0 1", false},
		"called from behind":  {"Init 0 6\n BeginSubrtn 0 5\n Return 5 2\n VFilter 0 5\n Gosub 5 2\n Halt\n Goto 0 1", true},
		"called ahead":        {"Init 0 5\n VFilter 0 3\n Gosub 5 4\n Halt\n Return 5\n Goto 0 1", true},
	} {
		if got := startsOnce(programOf(t, c.program)); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// What SQLite makes of statements, as far as it must be right: a list may only narrow a
// table that is scanned once.
func TestStatementsThatStartOnce(t *testing.T) {
	db := open(t, itemSpec("item", 12, nil))
	for sql, want := range map[string]bool{
		"SELECT * FROM item WHERE id IN (1, 2)":                                               true,
		"SELECT count(*) FROM item WHERE id IN (SELECT 3)":                                    true,
		"SELECT state FROM item WHERE id IN (1, 2) GROUP BY state || ''":                      true,
		"SELECT * FROM item WHERE id IN (1, 2) ORDER BY size":                                 true,
		"SELECT * FROM item a, item b WHERE a.id IN (1, 2)":                                   false,
		"SELECT (SELECT count(*) FROM item WHERE id IN (j.value, 1)) FROM json_each('[1]') j": false,
		"WITH w AS MATERIALIZED (SELECT * FROM item WHERE id IN (1, 2)) SELECT * FROM w":      false,
		"SELECT 1": false,
	} {
		program, err := db.program(sql)
		if err != nil || startsOnce(program) != want {
			t.Errorf("%s: %t, %v", sql, startsOnce(program), err)
		}
	}
	planning := db.planning
	if _, err := db.program("EXPLAIN SELECT 1"); err == nil || db.planning != planning {
		t.Errorf("an EXPLAIN was explained, or planned for the statement: %v", err)
	}
}
