//go:build race

package engine

// underRace says that the race detector slows all down.
const underRace = true
