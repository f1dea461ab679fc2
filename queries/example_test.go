package queries_test

import (
	"fmt"

	"sockstat/queries"
)

// The comment at the top of a saved query describes it and its parameters.
func ExampleParse() {
	q := queries.Parse("owner", `-- Sockets of a user
--
-- :user = root  name of the user
SELECT * FROM sockets WHERE user = :user`)
	fmt.Println(q.Doc)
	for _, p := range q.Params {
		fmt.Println(p.Name, p.Default, p.Doc)
	}
	// Output:
	// Sockets of a user
	// user root name of the user
}
