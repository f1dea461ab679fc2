package linux

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"sockstat/mib2"
)

// Settings reads the parameters below /proc/sys/net, sysctl(8).
func (n Network) Settings(ctx context.Context, wanted func(name string) bool) (all []mib2.Setting, err error) {
	t := n.tables(ctx)
	paths, err := t.settings("net")
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		if !wanted(settingName(path)) {
			continue
		}
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		s, err := t.setting(path)
		if errors.Is(err, fs.ErrNotExist) { // an interface may have gone
			continue
		} else if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// settings returns the paths of all parameters below a directory.
func (t *tables) settings(dir string) (paths []string, err error) {
	if t.ctx.Err() != nil {
		return nil, context.Cause(t.ctx)
	}
	entries, err := t.calls.ReadDir(t.proc + "/sys/" + dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	for _, e := range entries {
		path := dir + "/" + e.Name()
		if !e.IsDir() {
			paths = append(paths, path)
			continue
		}
		below, err := t.settings(path)
		if err != nil {
			return nil, err
		}
		paths = append(paths, below...)
	}
	return paths, nil
}

// setting reads a parameter. That it may not be read, or is only written, is no error.
func (t *tables) setting(path string) (mib2.Setting, error) {
	s := mib2.Setting{Name: settingName(path)}
	f, err := openProcFile(t.calls, t.proc+"/sys/"+path)
	var b []byte
	if err == nil {
		b, err = io.ReadAll(f)
		f.Close()
	}
	switch {
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.EIO):
		return s, nil
	case err != nil:
		return s, err
	}
	s.Value = strings.Join(strings.Fields(string(b)), " ")
	return s, nil
}

// settingName returns the name of a parameter: full stops in the place of slashes, and as in
// sysctl(8) the other way round, since interfaces have names with full stops.
func settingName(path string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case '/':
			return '.'
		case '.':
			return '/'
		}
		return r
	}, path)
}
