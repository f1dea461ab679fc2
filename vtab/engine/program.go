package engine

import "errors"

// instruction is a line of the program that EXPLAIN shows, see
// https://sqlite.org/opcode.html.
type instruction struct {
	opcode string
	p1, p2 int64
}

// startsOnce reports whether a program has one scan of a virtual table and starts it
// once: no loop encloses it, and it is in no subroutine. In doubt it says no.
func startsOnce(program []instruction) bool {
	filter, filters := int64(-1), 0
	for n, in := range program {
		if in.opcode == "VFilter" {
			filter = int64(n)
			filters++
		}
	}
	if filters != 1 {
		return false
	}
	for n, in := range program {
		switch in.opcode {
		case "Yield", "InitCoroutine", "Program":
			return false
		case "BeginSubrtn":
			if end := returnOf(program, n); int64(n) < filter && filter < end {
				return false
			}
		case "Gosub": // a subroutine that begins after BeginSubrtn was looked at above
			if in.p2 <= filter && (in.p2 < 1 || program[in.p2-1].opcode != "BeginSubrtn") {
				return false
			}
		case "Goto", "Next", "Prev", "VNext", "SorterNext":
			// A jump back over the scan is a loop around it. The last lines of a program are
			// none: the first line, Init, jumps to them, they prepare the statement, and a
			// Goto from their end to the second line begins with it.
			if int64(n) > filter && in.p2 <= filter && int64(n) < program[0].p2 {
				return false
			}
		}
	}
	return program[0].opcode == "Init"
}

// returnOf returns where the subroutine ends that begins at n. Its return address is in
// the register that BeginSubrtn sets.
func returnOf(program []instruction, n int) int64 {
	for i := n; i < len(program); i++ {
		if program[i].opcode == "Return" && program[i].p1 == program[n].p2 {
			return int64(i)
		}
	}
	return int64(len(program))
}

// passesOnce reports whether the statement that is prepared or run has one scan, which starts
// once. An EXPLAIN cannot be explained.
func (db *DB) passesOnce() bool {
	program, err := db.program(db.planning.sql)
	return err == nil && startsOnce(program)
}

// program returns the program of a statement.
func (db *DB) program(sql string) (program []instruction, err error) {
	defer func(pl *planning) { db.planning = pl }(db.planning)
	db.planning = newPlanning()
	s, _, err := db.conn.prepare("EXPLAIN " + sql)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	for {
		row, err := s.step()
		if err != nil || !row {
			return program, err
		}
		program = append(program, instruction{s.value(1).Clone().Bytes(), s.value(2).Int(), s.value(3).Int()})
	}
}
