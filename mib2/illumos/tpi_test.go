package illumos

import (
	"bytes"
	"errors"
	"testing"
)

// The request is that of netstat, byte for byte, but for the level.
func TestTPIRequest(t *testing.T) {
	want := []byte{9, 0, 0, 0, 12, 0, 0, 0, 16, 0, 0, 0, 0x80, 0, 0, 0, 4, 4, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0}
	if got := request(levelAll); !bytes.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// source is messages from memory.
type source struct {
	messages capture
	after    error
}

func (s *source) next() (*tpiMessage, error) {
	if len(s.messages) == 0 {
		return nil, s.after
	}
	m := &s.messages[0]
	s.messages = s.messages[1:]
	return m, nil
}

// What is saved is what came, byte for byte, up to the end or what was wrong.
func TestSaveMessages(t *testing.T) {
	broken := errors.New("broken")
	for _, test := range []struct {
		name, file string
		class      string
	}{{"whole", "sockinfo.tpi", ""}, {"refused", "error.tpi", "error_ack"}} {
		c := readCapture(t, test.file)
		var b bytes.Buffer
		err := saveMessages(&b, &source{append(c, tpiMessage{control: []byte{1}}), nil})
		if !bytes.Equal(b.Bytes(), testdata(t, ""+test.file)) {
			t.Errorf("%s: %d bytes", test.name, b.Len())
		}
		if test.class == "" && err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if test.class != "" {
			checkClass(t, test.name, nil, err, test.class)
		}
	}
	c := readCapture(t, "sockinfo.tpi")
	var b bytes.Buffer
	if err := saveMessages(&b, &source{c[:3], broken}); err != broken {
		t.Error(err)
	}
	if !bytes.HasPrefix(testdata(t, "sockinfo.tpi"), b.Bytes()) || b.Len() == 0 {
		t.Errorf("%d bytes", b.Len())
	}
}

// A message need not be read further than a byte beyond what it announces.
func TestLimit(t *testing.T) {
	c := readCapture(t, "small.tpi")
	if n, err := c[c.find(group{262, 13})].limit(); n != 2581 || err != nil {
		t.Error(n, err)
	}
	if _, err := (&tpiMessage{control: make([]byte, 8)}).limit(); err == nil {
		t.Error("a short control part has a limit")
	}
}
