package linux

import (
	"reflect"
	"testing"

	"golang.org/x/sys/unix"
)

// Every call can be replaced alone, and stands for itself.
func TestCallsReplaced(t *testing.T) {
	fields := reflect.TypeFor[Calls]().NumField()
	pointer := func(c *Calls, field int) uintptr { return reflect.ValueOf(c).Elem().Field(field).Pointer() }
	for replaced := range fields {
		var some Calls
		field := reflect.ValueOf(&some).Elem().Field(replaced)
		field.Set(reflect.MakeFunc(field.Type(), func([]reflect.Value) []reflect.Value { return nil }))
		got := some.orKernel()
		for i := range fields {
			want := pointer(&kernel, i)
			if want == 0 {
				t.Fatalf("field %d has no call to the kernel", i)
			}
			if i == replaced {
				want = pointer(&some, i)
			}
			if pointer(got, i) != want {
				t.Errorf("with field %d replaced field %d is another", replaced, i)
			}
		}
	}
	if (Calls{}).orKernel() != &kernel {
		t.Error("calls to the kernel are copied")
	}
}

// A file is read to its end, whether it comes in one piece or not. A piece is not taken for
// the whole though it ends as that could.
func TestReadFile(t *testing.T) {
	for _, content := range []string{"", "\n", "line\n", "no end", "one\ntwo\n", "a\x00", "title", "a\x00\x00b", "a\x00b\x00"} {
		root := tree(t, map[string]string{"file": content})
		for _, size := range []int{1, 2, 3, 4096} {
			for _, room := range []int{1, 2, 4096} {
				calls := kernel
				calls.Read = func(fd int, buf []byte) (int, error) { return unix.Read(fd, buf[:min(room, len(buf))]) }
				var path cpath
				got, _, err := calls.readFile(unix.AT_FDCWD, path.name(root+"/file"), make([]byte, size), lines)
				if err != nil || string(got) != content {
					t.Errorf("%q by %d bytes: %q, %v", content, room, got, err)
				}
			}
		}
	}
	path := cpath(append([]byte(tree(t, map[string]string{"file": "12345"})), "/file\x00"...))
	for most, want := range []string{"", "1", "12", "123", "1234", "12345", "12345"} {
		for _, size := range []int{1, 3, 4096} {
			got, _, err := (&kernel).readFile(unix.AT_FDCWD, path, make([]byte, size), most)
			if string(got) != want || (err == errTooLong) != (most < 5) {
				t.Errorf("at most %d bytes: %q, %v", most, got, err)
			}
		}
	}
	_, _, err := (&kernel).readFile(unix.AT_FDCWD, append([]byte("/nowhere"), 0), nil, lines)
	if err != unix.ENOENT {
		t.Errorf("no file: %v", err)
	}
}
