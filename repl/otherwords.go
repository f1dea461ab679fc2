package repl

import "strings"

// otherWords are the commands of psql and the like, and the dot commands that they stand for here.
var otherWords = map[string]string{
	`\?`: ".help", `\h`: ".help", `\q`: ".quit", `\d`: ".tables", `\dt`: ".tables", `\dv`: ".tables",
	`\!`: ".shell", `\c`: ".open", `\copy`: ".import", `\l`: ".databases", `\di`: ".indexes", `\watch`: ".watch", `\conninfo`: ".version", `\echo`: ".print",
	`\x`: ".expanded", `\e`: ".edit", `\i`: ".read", `\o`: ".output", `\cd`: ".cd", `\timing`: ".timer",
}

// translated returns the dot command that a line means whose writer knows other shells: a word, or a
// statement that SQLite does not have. It is "" if the line is something else.
func translated(line string) string {
	line = strings.TrimRight(line, "; \t")
	words := strings.Fields(line)
	if len(words) == 0 {
		return ""
	}
	if line[0] == '\\' {
		return translatedBackslash(words[0], strings.TrimSpace(line[len(words[0]):]))
	}
	lower := strings.Join(strings.Fields(strings.ToLower(line)), " ")
	switch lower {
	case "quit", "exit", "logout":
		return ".quit"
	case "help", "?":
		return ".help"
	case "show tables", "describe", "desc":
		return ".tables"
	case "show databases", "show schemas":
		return ".databases"
	}
	for _, before := range []string{"describe ", "desc ", "show columns from ", "show fields from ", "show create table "} {
		if strings.HasPrefix(lower, before) && len(words) == len(strings.Fields(before))+1 {
			return ".schema " + words[len(words)-1]
		}
	}
	return ""
}

// translatedBackslash is translated for what begins with a backslash. What it does not know stays as it is,
// to be an unknown command.
func translatedBackslash(word, args string) string {
	word = strings.TrimSuffix(word, "+")
	command, known := otherWords[word]
	switch {
	case !known:
		return "." + word + " " + args
	case word == `\d` && args != "":
		command = ".schema"
	case word == `\timing` && args == "":
		args = "toggle"
	}
	return strings.TrimSpace(command + " " + args)
}
