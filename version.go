package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"sockstat/vtab"
	"sockstat/vtab/engine"
)

// release is the version that a package was made of, which its builder sets.
var release string

// version returns the version: that of the package, else what the Go tool recorded.
func version() string {
	info, ok := debug.ReadBuildInfo()
	switch {
	case release != "":
		return release
	case !ok || info.Main.Version == "":
		return "(devel)"
	}
	return info.Main.Version
}

// commit returns the commit that the program was built of and its time, as far as they are known.
func commit() (text string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	if settings["vcs.revision"] == "" {
		return ""
	}
	text = fmt.Sprintf(", commit %.12s of %s", settings["vcs.revision"], settings["vcs.time"])
	if settings["vcs.modified"] == "true" {
		text += ", changed"
	}
	return text
}

// printVersion prints the version of the program and of what answers its SQL.
func printVersion(w io.Writer) error {
	sqlite, err := sqliteVersion()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "sockstat %s%s\nSQLite %s by %s; %s %s/%s\n", version(), commit(), sqlite, engine.Name,
		runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

// sqliteVersion returns the version of SQLite.
func sqliteVersion() (version string, err error) {
	db, err := vtab.Open(vtab.Unsupported())
	if err != nil {
		return "", err
	}
	defer db.Close()
	st, _, err := db.Prepare("SELECT sqlite_version()")
	if err != nil {
		return "", err
	}
	if _, err := st.Step(context.Background()); err != nil {
		return "", errors.Join(err, st.Close())
	}
	return st.Value(0).Clone().String(), st.Close()
}
