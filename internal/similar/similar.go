// Package similar finds what was meant by a name that does not exist.
package similar

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// most is how many names are offered at most.
const most = 3

// To returns the names that are most like a word, the best first: none if none is like it. Hyphens
// and dots that they begin with do not make them alike.
// The same word in another case is more like it than any other, then come those that a few
// letters set apart, then those of which it is a part.
func To(word string, names []string) []string {
	low := bare(word)
	if low == "" || len(low) > 64 {
		return nil
	}
	best, found := allowed(low)+1, []string(nil)
	for _, name := range names {
		d := distance(low, bare(name))
		if d < best {
			best, found = d, nil
		}
		if d == best && d <= allowed(low) && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	if found == nil {
		found = containing(low, names)
	}
	return found[:min(most, len(found))]
}

// bare returns a word without what marks it as a flag or a dot command, in lower case.
func bare(word string) string { return strings.ToLower(strings.TrimLeft(word, "-.")) }

// Hint returns "did you mean …?" for a word, "" if nothing is like it.
func Hint(word string, names []string) string {
	return Ask(To(word, names))
}

// Ask returns "did you mean …?" for some names, "" for none.
func Ask(names []string) string {
	switch n := len(names); n {
	case 0:
		return ""
	case 1:
		return "did you mean " + names[0] + "?"
	default:
		return "did you mean " + strings.Join(names[:n-1], ", ") + " or " + names[n-1] + "?"
	}
}

// allowed returns how many letters may set a name apart from a word.
func allowed(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n <= 2:
		return 0
	case n <= 4:
		return 1
	case n <= 8:
		return 2
	}
	return 3
}

// containing returns the names of which a word is a part, those that begin with it first.
func containing(word string, names []string) (found []string) {
	if len(word) < 3 {
		return nil
	}
	for _, begins := range []bool{true, false} {
		for _, name := range names {
			if i := strings.Index(bare(name), word); i >= 0 && (i == 0) == begins && !slices.Contains(found, name) {
				found = append(found, name)
			}
		}
	}
	return found
}

// distance returns how many letters have to be put in, left out, changed, or swapped with the
// next one to make one text of another, where no part is changed twice (Damerau and Levenshtein,
// "optimal string alignment").
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last, row := make([]int, len(t)+1), make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range row {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(t)]
}
