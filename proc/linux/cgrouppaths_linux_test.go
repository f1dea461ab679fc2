package linux

import (
	"os"
	"path/filepath"
	"testing"
)

func TestDirectoryPaths(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "system.slice", "web.service"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cgroup.procs"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	paths := directoryPaths(os.DirFS(dir))
	for name, want := range map[string]string{"": "/", "system.slice": "/system.slice", "system.slice/web.service": "/system.slice/web.service"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := paths[fileInode(info)]; got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	if len(paths) != 3 {
		t.Error(paths)
	}
	if paths := directoryPaths(os.DirFS(filepath.Join(dir, "nowhere"))); len(paths) > 0 {
		t.Error(paths)
	}
}
