package repl

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sockstat/queries"
	"sockstat/repl/format"
)

// save saves a statement as a query of the user's own.
func save(s *Shell, c *call) error {
	replace := c.arg(0) == "-f"
	at := 0
	if replace {
		at = 1
	}
	name, sql := c.arg(at), c.from(at+1)
	if name == "" {
		return errUsage
	}
	if sql == "" {
		sql = s.last
	}
	if strings.TrimSpace(sql) == "" {
		return format.WithHint(errors.New("save: there is no statement yet"), ".save NAME SELECT …")
	}
	if err := s.refuse("save " + name); err != nil {
		return err
	}
	text, err := s.documented(name, sql)
	if err != nil {
		return err
	}
	file, err := s.Queries.Save(name, text, replace)
	if errors.Is(err, queries.ErrExists) {
		return format.WithHint(err, ".save -f "+name+" replaces it")
	}
	if err != nil {
		return fmt.Errorf("save %s: %w", name, err)
	}
	_, err = fmt.Fprintf(c.out, "saved as %s\n", format.Escape(file))
	return err
}

// documented returns the text of a saved query: a statement that is right, with the comment that
// tells of it and of its parameters, unless it has one.
func (s *Shell) documented(name, sql string) (string, error) {
	sql = strings.TrimRight(strings.TrimSpace(sql), "; \t\r\n") + ";\n"
	st, _, err := s.DB.Prepare(sql)
	if err != nil {
		return "", Source{SQL: sql}.misplaced(s.DB, sql, err)
	}
	if st == nil {
		return "", errors.New("save: no statement")
	}
	defer st.Close()
	if q := queries.Parse(name, sql); q.Doc != "" {
		return sql, nil
	}
	doc := "-- " + name + ", saved in the shell\n"
	params := st.Params()
	slices.Sort(params)
	for i, p := range slices.Compact(params) {
		if i == 0 {
			doc += "--\n"
		}
		if strings.HasPrefix(p, ":") {
			doc += "-- " + p + "  a parameter\n"
		}
	}
	return doc + sql, nil
}
