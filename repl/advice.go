package repl

import (
	"slices"
	"strings"

	"sockstat/internal/similar"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// advise finds out what may have been meant where SQLite did not understand, and the place where
// SQLite did not tell it.
func (e *PlacedError) advise(db *engine.DB, message string) {
	all := firstStatement(e.source.SQL[e.start:])
	for _, a := range advisers {
		rest, ok := strings.CutPrefix(message, a.prefix)
		if !ok || !strings.HasSuffix(rest, a.suffix) {
			continue
		}
		name := strings.TrimSuffix(rest, a.suffix)
		name, _, _ = strings.Cut(name, " - should this be") // SQLite's own advice
		adv := &advice{db, all, strings.Trim(name, `"`)}
		if i := adv.find(); e.offset < 0 && i >= 0 {
			e.offset = e.start + all[i].at
		}
		e.hint = a.hint(adv)
		return
	}
	if message == "incomplete input" && e.offset < 0 && len(all) > 0 {
		last := all[len(all)-1]
		e.offset = e.start + last.at + len(last.text)
	}
}

// advice is what is looked at to find out what was meant.
type advice struct {
	db     *engine.DB
	tokens []token // of the statement
	name   string  // that SQLite does not know
}

// advisers are what SQLite says, and what then to look for.
var advisers = []struct {
	prefix, suffix string
	hint           func(*advice) string
}{
	{"no such column: ", "", (*advice).column},
	{"no such table: ", "", (*advice).table},
	{"no such function: ", "", (*advice).function},
	{"wrong number of arguments to function ", "()", (*advice).usage},
	{"ambiguous column name: ", "", (*advice).ambiguous},
	{"near ", ": syntax error", (*advice).syntax},
	{"unrecognized token: ", "", func(*advice) string {
		return "a text stands between single quotes, 'like this', a quote in it is doubled"
	}},
	{"not authorized", "", func(*advice) string { return "statements only read; tables and views of your own are TEMP" }},
	{"no such collation sequence: ", "", func(*advice) string { return "there are BINARY, NOCASE and RTRIM" }},
}

// firstStatement returns the tokens of the first statement of a text, without its semicolon.
func firstStatement(sql string) []token {
	all := tokens(sql)
	if end := slices.IndexFunc(all, func(t token) bool { return t.is(";") }); end >= 0 {
		return all[:end]
	}
	return all
}

// find returns the number of the token that stands for the name, -1 if none does.
func (a *advice) find() int {
	last := a.name[strings.LastIndexByte(a.name, '.')+1:]
	return slices.IndexFunc(a.tokens, func(t token) bool { return last != "" && strings.EqualFold(t.name(), last) })
}

// tables returns the tables that the statement names, all if it names none.
func (a *advice) tables() (named []table.Info) {
	for _, t := range a.db.Tables() {
		if slices.ContainsFunc(a.tokens, func(k token) bool { return strings.EqualFold(k.name(), t.Name) }) {
			named = append(named, t)
		}
	}
	if named == nil {
		return a.db.Tables()
	}
	return named
}

// column says which column was meant.
func (a *advice) column() string {
	name := a.name[strings.LastIndexByte(a.name, '.')+1:]
	named := a.tables()
	columns := allColumns(named)
	if known := among(foreignColumns(name), columns); known != nil {
		return similar.Ask(known)
	}
	for _, t := range a.db.Tables() {
		for _, c := range t.Columns {
			if i := slices.IndexFunc(c.Values, func(v string) bool { return strings.EqualFold(v, name) }); i >= 0 {
				return "a text stands between single quotes: '" + c.Values[i] + "'"
			}
		}
	}
	if like := similar.To(name, columns); like != nil {
		return similar.Ask(like)
	}
	if where := tablesWith(a.db.Tables(), name); where != nil {
		return name + " is a column of " + strings.Join(where, ", ")
	}
	if i := a.find(); i > 0 && a.tokens[i-1].is("=", "==", "<>", "!=", "LIKE", "GLOB", "REGEXP") {
		return "a text stands between single quotes: '" + name + "'"
	}
	if len(named) == 1 {
		return "the columns: SELECT name, doc FROM sockstat_columns WHERE table_name = '" + named[0].Name + "'"
	}
	return ""
}

// allColumns returns the names of the columns of tables.
func allColumns(tables []table.Info) (names []string) {
	for _, t := range tables {
		names = append(names, columnNames(t)...)
	}
	return names
}

// tablesWith returns the names of the tables that have a column.
func tablesWith(tables []table.Info, column string) (names []string) {
	for _, t := range tables {
		if t.Column(strings.ToLower(column)) >= 0 {
			names = append(names, t.Name)
		}
	}
	return names
}

// among returns those of some names that there are, at most two.
func among(names, there []string) (found []string) {
	for _, name := range names {
		if slices.Contains(there, name) && !slices.Contains(found, name) && len(found) < 2 {
			found = append(found, name)
		}
	}
	return found
}

// table says which table was meant.
func (a *advice) table() string {
	name := strings.TrimPrefix(strings.TrimPrefix(a.name, "main."), "temp.")
	var names []string
	for _, t := range a.db.Tables() {
		names = append(names, t.Name)
	}
	if known := among(foreignTables(name), names); known != nil {
		return similar.Ask(known[:1])
	}
	if hint := similar.Hint(name, names); hint != "" {
		return hint
	}
	return "the tables are " + strings.Join(names, " ")
}

// function says which function was meant.
func (a *advice) function() string {
	var names []string
	for _, f := range functions(a.db) {
		names = append(names, strings.TrimSuffix(f, "("))
	}
	if known := among(foreignFunctions(a.name), names); known != nil {
		return similar.Ask(known)
	}
	return similar.Hint(a.name, names)
}

// usage says which arguments a function takes, of those that are ours.
func (a *advice) usage() string {
	for _, f := range engine.Functions() {
		if strings.EqualFold(f.Name, a.name) {
			return f.Usage
		}
	}
	return ""
}

// ambiguous says how to name the column of one of several tables.
func (a *advice) ambiguous() string {
	var full []string
	for _, t := range tablesWith(a.tables(), a.name) {
		full = append(full, t+"."+a.name)
	}
	if full == nil {
		return ""
	}
	return "say which: " + strings.Join(full, " or ") + ", or JOIN … USING (" + a.name + ")"
}

// elsewhere are the statements of other databases, and what to say here.
var elsewhere = map[string]string{
	"show":     "SELECT name, doc FROM sockstat_tables",
	"describe": "SELECT name, doc FROM sockstat_columns WHERE table_name = 'tcp'",
	"desc":     "SELECT name, doc FROM sockstat_columns WHERE table_name = 'tcp'",
	"ilike":    "LIKE does not mind upper and lower case",
	"top":      "LIMIT at the end of the statement",
	"fetch":    "LIMIT at the end of the statement",
	"rlike":    "REGEXP",
	"qualify":  "put the window function into a subquery, and WHERE around it",
}

// syntax says what may be wrong near a token.
func (a *advice) syntax() string {
	i := a.find()
	if hint, ok := elsewhere[strings.ToLower(a.name)]; ok {
		return hint
	}
	if i > 0 && a.tokens[i-1].is(",") && a.tokens[i].is("FROM", "WHERE", "GROUP", "ORDER") {
		return "there is a comma too many before " + strings.ToUpper(a.name)
	}
	if i < 0 {
		return ""
	}
	for _, near := range []int{i, i - 1} { // an unknown word may be taken for an alias
		if near >= 0 && a.tokens[near].kind == tokenName {
			if like := keywordLike(a.tokens[near].text); like != "" {
				return "did you mean " + like + "?"
			}
		}
	}
	return ""
}

// keywordLike returns the keyword that a word is like, "" for none and if it is one.
func keywordLike(word string) string {
	all := strings.Fields(keywords)
	if slices.ContainsFunc(all, func(k string) bool { return strings.EqualFold(k, word) }) || len(word) < 3 {
		return ""
	}
	if like := similar.To(word, all); like != nil && like[0][0]|0x20 == word[0]|0x20 {
		return like[0]
	}
	return ""
}
