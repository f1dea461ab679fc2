package format

import (
	"slices"
	"strings"
)

// foremost are the columns, by name, that a reader looks for first: where there is not room for
// all, they keep more of it.
var foremost = []string{
	"name", "command", "user", "state", "proto", "label", "pid",
	"local", "local_address", "local_port", "remote", "remote_address", "remote_port",
}

// kept are the cells that a column keeps at least.
type kept struct {
	foremost int // of a text of a foremost column
	other    int // of another text
	name     int // of its name
}

var (
	wellKept  = kept{foremost: len("255.255.255.255"), other: 8, name: 6}
	leastKept = kept{foremost: len("ESTABLISHED"), other: 6, name: 4}
)

// fit narrows the columns to the room that they have together. It reports whether they can be that
// narrow and still be read: numbers are never cut, texts keep their beginnings.
func (g *grid) fit(room int, k *kept) bool {
	floors, weights := make([]int, len(g.widths)), make([]int, len(g.widths))
	for i := range g.widths {
		floors[i], weights[i] = g.floor(i, k)
		room -= floors[i]
	}
	if room < 0 {
		return false
	}
	for i, more := range share(room, g.wanted(floors), weights) {
		w := floors[i] + more
		if g.widths[i] < 0 {
			w = -w
		}
		g.widths[i] = w
	}
	return true
}

// floor returns the width that a column keeps at least, and its share of what room there is beyond.
func (g *grid) floor(i int, k *kept) (least, weight int) {
	natural := max(g.widths[i], -g.widths[i])
	if g.given[i] {
		return natural, 1 // it was asked for
	}
	text, weight := k.other, 1
	if slices.Contains(foremost, strings.ToLower(g.names[i])) {
		text, weight = k.foremost, 3
	}
	if g.numeric(i) {
		text = g.data[i]
	}
	return min(natural, max(min(g.data[i], text), k.name)), weight
}

// wanted returns what the columns would take beyond their floors.
func (g *grid) wanted(floors []int) []int {
	wanted := make([]int, len(floors))
	for i, w := range g.widths {
		wanted[i] = max(w, -w) - floors[i]
	}
	return wanted
}

// share distributes room among those who want some of it: each gets what it wants or its share by
// weight, and what some leave of theirs is the others'.
func share(room int, wanted, weights []int) []int {
	got := make([]int, len(wanted))
	for room > 0 {
		total := 0
		for i, w := range wanted {
			if got[i] < w {
				total += weights[i]
			}
		}
		if total == 0 {
			break
		}
		left := room
		for i, w := range wanted {
			if got[i] < w && left > 0 {
				more := min(w-got[i], max(room*weights[i]/total, 1), left)
				got[i] += more
				left -= more
			}
		}
		room = left
	}
	return got
}
