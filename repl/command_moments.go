package repl

import (
	"errors"

	"sockstat/repl/format"
)

// moments lists the moments in the file that is read.
func moments(s *Shell, c *call) error {
	if len(c.args) > 0 {
		return errUsage
	}
	st, _, err := s.DB.Prepare("SELECT moment, time FROM moments")
	if err != nil {
		return format.WithHint(errors.New("no file of moments is read"), "sockstat -i --db FILE reads one that --save wrote")
	}
	defer st.Close()
	var failed error
	err = format.PrintPairs(c.out, c.columns, func(yield func(string, string) bool) {
		for {
			row, err := st.Step(c.ctx)
			if failed = err; err != nil || !row || !yield(st.Value(0).Clone().String(), st.Value(1).Clone().String()) {
				return
			}
		}
	})
	return errors.Join(err, failed)
}
