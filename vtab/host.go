package vtab

import (
	"os"
	"runtime"
)

// thisHost returns what any system tells of itself.
func thisHost() map[string]string {
	facts := map[string]string{"system": runtime.GOOS, "architecture": runtime.GOARCH}
	if name, err := os.Hostname(); err == nil {
		facts["host"] = name
	}
	return facts
}
