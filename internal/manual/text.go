package manual

// description is what the program is.
var description = []string{
	"`sockstat` lists the TCP and UDP sockets of the caller's network namespace, on illumos of the zone, with the processes that hold them. " +
		"It asks the kernel about its sockets and never stops a process. Without privileges it shows what the user may see, and says once what is missing.",
	"Words select among the sockets by their shape: a port (`443`, `:443`, `8000-8099`), an address or network (`10.0.0.0/8`, `[::1]:443`), " +
		"a protocol (`tcp`), a state (`listen`), the name of a command; several have to hold at once. A word that is SQL or the name of a saved query runs that.",
	"Every set of options is a query, which `--show-sql` prints. `-q`, `-f` and `-i` run any other over the tables of sockstat-schema(5).",
	"Control characters and the like in what strangers wrote are escaped, on a terminal or not; JSON and CSV carry the data exactly. " +
		"SQL can only read: nothing that a query says creates, opens or changes a file.",
}

// examples has one for each family of questions.
var examples = []Entry{
	{"sockstat -l", "Who listens:"},
	{"sockstat :443", "Who is on a port, at either end:"},
	{"sockstat --command 'nginx*' -c", "With whom a program is connected:"},
	{"sockstat -q \"SELECT state, count(*) FROM tcp GROUP BY 1\"", "How many connections are in which state:"},
	{"sockstat -q \"SELECT command, remote_address, rtt_us FROM sockets JOIN tcp USING (cookie) ORDER BY rtt_us DESC LIMIT 10\"", "Which peers are slow:"},
	{"sockstat exposed", "What is open to the network, by a saved query:"},
	{"sockstat -o jsonl > sockets.jsonl", "A file for other programs:"},
	{"sockstat -i", "To look around:"},
}

var exitStatus = []Entry{
	{"0", "Done, whether there were rows or none; also when who reads the output has enough."},
	{"1", "Something failed; one line on standard error says what."},
	{"2", "The command line is wrong, or names what does not exist."},
	{"3", "With `--exit-changed`: something differs."},
	{"130", "Interrupted."},
}

var files = []Entry{
	{"$XDG_CONFIG_HOME/sockstat/queries, /etc/sockstat/queries", "Saved queries, a file NAME.sql each; those of the user come first."},
	{"SOCKSTAT_PAGER, PAGER", "Program that shows what overflows the screen."},
	{"NO_COLOR", "Not empty: no colors on a terminal."},
}
