package caught

import (
	"regexp"
	"testing"
)

func TestPanic(t *testing.T) {
	for _, test := range []struct {
		f    func()
		want string
	}{
		{func() { panic("broken") }, `^panic: broken \(caught_test\.go:\d+\)$`},
		{func() { var p *int; *p = 1 }, `^panic: runtime error: .*nil pointer.* \(caught_test\.go:\d+\)$`},
		{func() { _ = []int{}[len(test0)] }, `^panic: runtime error: index out of range.* \(caught_test\.go:\d+\)$`},
	} {
		var err error
		func() {
			defer Panic(&err)
			test.f()
		}()
		if err == nil || !regexp.MustCompile(test.want).MatchString(err.Error()) {
			t.Errorf("error is %v, want %s", err, test.want)
		}
	}
	err := error(nil)
	func() { defer Panic(&err) }()
	if err != nil {
		t.Error(err)
	}
}

var test0 = "x"
