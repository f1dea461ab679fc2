package repl

import (
	"strings"
	"sync"
)

// keywords are those of SQLite that a query can have, between blanks.
const keywords = `
	ALL AND AS ASC BEGIN BETWEEN BY CASE CAST COLLATE COMMIT CROSS CURRENT_DATE CURRENT_TIME
	CURRENT_TIMESTAMP DESC DISTINCT ELSE END ESCAPE EXCEPT EXISTS EXPLAIN FALSE FILTER FIRST
	FOLLOWING FROM FULL GLOB GROUP HAVING IN INNER INTERSECT IS ISNULL JOIN LAST LEFT LIKE LIMIT
	MATERIALIZED NATURAL NOCASE NOT NOTNULL NULL NULLS OFFSET ON OR ORDER OUTER OVER PARTITION
	PLAN PRAGMA PRECEDING QUERY RANGE RECURSIVE REGEXP RIGHT ROLLBACK ROW ROWS SELECT THEN TRUE
	UNBOUNDED UNION USING VALUES WHEN WHERE WINDOW WITH`

// names are keywords that SQLite takes for names where they cannot be anything else.
const names = ` begin cast current_date current_time current_timestamp end explain false first following glob
	last like materialized nocase nulls over partition plan pragma preceding query range
	recursive regexp rollback row rows true unbounded window `

// reserved are the other keywords, in lower case.
var reserved = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for k := range strings.FieldsSeq(strings.ToLower(keywords)) {
		words[k] = true
	}
	for n := range strings.FieldsSeq(names) {
		delete(words, n)
	}
	return words
})

// isKeyword reports whether a word in lower case cannot be a name.
func isKeyword(word string) bool { return reserved()[word] }

// What may follow where, the likelier first.
var (
	afterNothing   = []string{"SELECT", "WITH", "EXPLAIN", "VALUES", "BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "CREATE TEMP", "DROP"}
	afterSource    = []string{"WHERE", "JOIN", "LEFT JOIN", "GROUP BY", "ORDER BY", "LIMIT", "AS", "CROSS JOIN", "FULL JOIN", "INNER JOIN", "NATURAL JOIN", "RIGHT JOIN", "UNION", "EXCEPT", "INTERSECT", "WINDOW"}
	afterJoined    = []string{"ON", "USING"}
	comparing      = []string{"IS", "NOT", "IN", "LIKE", "GLOB", "BETWEEN", "COLLATE", "ISNULL", "NOTNULL", "REGEXP"}
	asOperand      = []string{"CASE", "CAST(", "NOT", "EXISTS", "NULL", "TRUE", "FALSE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"}
	afterCondition = []string{"AND", "OR"}
	compounds      = []string{"UNION", "UNION ALL", "EXCEPT", "INTERSECT"}
)

// followed are the words that alone may follow a word.
var followed = map[string][]string{
	"group": {"BY"}, "order": {"BY"}, "partition": {"BY"}, "left": {"JOIN", "OUTER JOIN"}, "right": {"JOIN", "OUTER JOIN"},
	"full": {"JOIN", "OUTER JOIN"}, "inner": {"JOIN"}, "outer": {"JOIN"}, "cross": {"JOIN"}, "natural": {"JOIN", "LEFT JOIN"},
	"union": {"SELECT", "ALL"}, "except": {"SELECT"}, "intersect": {"SELECT"}, "explain": {"QUERY PLAN", "SELECT"},
	"query": {"PLAN"}, "plan": {"SELECT", "WITH"}, "collate": {"NOCASE", "BINARY", "RTRIM"}, "nulls": {"FIRST", "LAST"},
	"create": {"TEMP"}, "temp": {"TABLE", "VIEW"}, "drop": {"TABLE", "VIEW"}, "over": {"("}, "filter": {"("},
	"materialized": {"("}, "values": {"("}, "exists": {"("},
}
