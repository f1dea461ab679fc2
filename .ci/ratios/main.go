// Ratios compares the time that sockstat takes with that of ss and lsof, whole processes
// side by side, and prints a table. It starts the load that they list:
//
//	go run ./.ci/ratios [-processes 100] [-connections 306] [-rounds 9] [-large]
//
// With -large it goes on with machines ten times the size, which takes minutes and 4 GB: 500,000
// TCP sockets, 100,000 Unix sockets, 10,000 processes.
//
// Run it as root on a machine that is otherwise idle. Times of a machine vary by the hour;
// the ratios, taken in one run from the medians of alternating rounds, hardly do.
package main

import (
	"bufio"
	"cmp"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// comparison is what sockstat is asked, and what the others are.
type comparison struct {
	name  string
	env   string
	ours  []string
	other string
	wall  float64 // ratio of the times aimed at
	cpu   float64 // ratio of user and system time aimed at; 0 for none
}

const pairs = `SELECT count(*) FROM tcp a JOIN tcp b ON a.local_address = b.remote_address AND a.local_port = b.remote_port
	AND a.remote_address = b.local_address AND a.remote_port = b.local_port`

// every returns what a select of all columns of a table is, hidden ones as well.
func every(sockstat, table string) string {
	names, err := exec.Command(sockstat, "-o", "list", "-H", "-q",
		"SELECT group_concat(name, ', ') FROM sockstat_columns WHERE table_name = '"+table+"'").Output()
	check(err)
	return "SELECT " + strings.TrimSpace(string(names)) + " FROM " + table
}

func comparisons(sockstat, port string) []comparison {
	q := func(sql string, more ...string) []string { return append([]string{"-q", sql}, more...) }
	return []comparison{
		{"listing, with processes", "", nil, "ss -tuan", 0.45, 0.90},
		{"listing, with processes", "", nil, "ss -tuanp", 0.1, 0},
		{"listing, with processes", "", nil, "lsof -i -n -P", 0.1, 0},
		{"the same without BPF", "SOCKSTAT_HOLDERS=proc", nil, "lsof -i -n -P", 0.25, 0},
		{"listing, -w", "", []string{"-w"}, "sockstat", 1.15, 1.15},
		{"listing, --sort", "", []string{"--sort", "local_port"}, "sockstat", 1.15, 1.15},
		{"-l, with processes", "", []string{"-l"}, "ss -tlnp", 0.045, 0},
		{"sockets as json", "", q("SELECT * FROM sockets", "-o", "json"), "ss -tuan", 0.80, 0.80},
		{"sockets as table", "", q("SELECT * FROM sockets", "-o", "table"), "ss -tuan", 0.90, 0.90},
		{"tcp as csv", "", q("SELECT * FROM tcp", "-o", "csv"), "ss -tani", 0.90, 0.90},
		{"tcp with all columns as csv", "", q(every(sockstat, "tcp"), "-o", "csv"), "ss -tani", 0.90, 0.90},
		{"count per state", "", q("SELECT state, count(*) FROM tcp GROUP BY 1"), "ss -tan", 0.6, 0},
		{"count per remote address", "", q("SELECT remote_address, count(*) FROM tcp GROUP BY 1"), "ss -tan", 0.65, 0},
		{"sockets LIMIT 10", "", q("SELECT * FROM sockets LIMIT 10"), "sockstat", 0.5, 0},
		{"one local port", "", q("SELECT * FROM tcp WHERE local_port = " + port), "ss -tan sport = :" + port, 1.5, 1.1},
		{"pairs by self-join", "", q(pairs), "sockstat", 3, 0},
	}
}

// loads are machines of a size of their own, and what is compared there.
type loads struct {
	args   []string // of load
	rounds int
	of     []comparison
}

// withBound is a machine on which some sockets are only bound, which the kernel finds by a walk
// of its own.
func withBound(sockstat string) []comparison {
	port := listeningPort(sockstat)
	return []comparison{{"one local port, some bound only", "", []string{"-q", "SELECT * FROM tcp WHERE local_port = " + port},
		"ss -tan sport = :" + port, 1.5, 1.1}}
}

// large are machines ten times the size.
func large() []loads {
	q := func(sql string) []string { return []string{"-q", sql} }
	return []loads{
		{[]string{"-processes=100", "-connections=2500"}, 5, []comparison{
			{"listing of 500,000", "", nil, "ss -tuan", 0.5, 0.9},
			{"count(*) of sockets", "", q("SELECT count(*) FROM sockets"), "ss -tuan", 0.5, 0},
			{"count(*) of tcp", "", q("SELECT count(*) FROM tcp"), "ss -tuan", 0.3, 0},
			{"sockets LIMIT 10", "", q("SELECT * FROM sockets LIMIT 10"), "sockstat", 0.05, 0},
		}},
		{[]string{"-processes=100", "-connections=0", "-unix=500"}, 5, []comparison{
			{"-u of 100,000", "", []string{"-u"}, "ss -xa", 0.9, 0.9},
			{"count(*) of unix", "", q("SELECT count(*) FROM unix"), "ss -xa", 0.9, 0.9},
		}},
		{[]string{"-processes=1", "-connections=1", "-idle=10000"}, 5, []comparison{
			{"processes", "", q("SELECT * FROM processes"), "ps -ef", 1, 1},
		}},
	}
}

func main() {
	log.SetFlags(0)
	processes := flag.Int("processes", 100, "processes that hold sockets")
	connections := flag.Int("connections", 306, "connections of each")
	rounds := flag.Int("rounds", 9, "how often each command runs")
	more := flag.Bool("large", false, "go on with machines ten times the size")
	flag.Parse()
	dir, err := os.MkdirTemp("", "ratios")
	check(err)
	defer os.RemoveAll(dir)
	sockstat, load := filepath.Join(dir, "sockstat"), filepath.Join(dir, "load")
	check(os.Setenv("CGO_ENABLED", "0")) // as README.md builds it
	check(exec.Command("go", "build", "-o", sockstat, ".").Run())
	check(exec.Command("go", "build", "-o", load, "./.ci/load").Run())

	fmt.Printf("%d sockets in %d processes, %d rounds\n\n", *processes*(2**connections+1), *processes, *rounds)
	fmt.Println("| sockstat | ms | MB | compared with | ms | ratio | aim | CPU | aim |\n|---|---:|---:|---|---:|---:|---:|---:|---:|")
	stop := start(load, "-processes=4", "-connections=6")
	compare(sockstat, comparison{"listing of 52 sockets", "", nil, "ss -tuanp", 0.9, 0}, 10**rounds)
	stop()

	usual := []string{fmt.Sprint("-processes=", *processes), fmt.Sprint("-connections=", *connections)}
	stop = start(load, usual...)
	for _, c := range comparisons(sockstat, listeningPort(sockstat)) {
		compare(sockstat, c, *rounds)
	}
	stop()
	stop = start(load, append(usual, "-bound=1")...)
	for _, c := range withBound(sockstat) {
		compare(sockstat, c, *rounds)
	}
	stop()
	compareZones(sockstat, load, *processes, *connections, *rounds)
	if *more {
		for _, l := range large() {
			stop := start(load, l.args...)
			for _, c := range l.of {
				compare(sockstat, c, l.rounds)
			}
			stop()
		}
	}
}

// listeningPort returns a port that a process of the load listens on.
func listeningPort(sockstat string) string {
	port, err := exec.Command(sockstat, "-H", "-o", "list", "-q",
		"SELECT local_port FROM sockets WHERE state = 'LISTEN' AND command = 'load' LIMIT 1").Output()
	check(err)
	return strings.TrimSpace(string(port))
}

// compare prints a line of the table, unless the other program is missing.
func compare(sockstat string, c comparison, rounds int) {
	other := strings.Fields(c.other)
	if other[0] == "sockstat" {
		other[0] = sockstat
	}
	if _, err := exec.LookPath(other[0]); err != nil {
		return
	}
	var ours, theirs []usage
	for range rounds {
		ours = append(ours, run(c.env, append([]string{sockstat}, c.ours...)))
		theirs = append(theirs, run("", other))
	}
	printLine(c.name, c, ours, theirs)
}

// printLine prints a line of the table.
func printLine(name string, c comparison, ours, theirs []usage) {
	memory := slices.MaxFunc(ours, func(a, b usage) int { return cmp.Compare(a.memory, b.memory) }).memory
	wall := func(u usage) time.Duration { return u.wall }
	cpu := func(u usage) time.Duration { return u.cpu }
	x, y := median(ours, wall), median(theirs, wall)
	aim := "-"
	if c.cpu > 0 {
		aim = fmt.Sprintf("%.2f", c.cpu)
	}
	fmt.Printf("| %s | %.1f | %d | `%s` | %.1f | %.3f | %.3f | %.2f | %s |\n", name, ms(x), memory>>10, c.other, ms(y), float64(x)/float64(y), c.wall,
		float64(median(ours, cpu))/float64(median(theirs, cpu)), aim)
}

// compareZones compares what all zones take, the load being spread over network namespaces of
// which each has a process, with what the same takes in one.
func compareZones(sockstat, load string, processes, connections, rounds int) {
	usual := []string{fmt.Sprint("-processes=", processes), fmt.Sprint("-connections=", connections)}
	for _, c := range []comparison{{"-Z", "", []string{"-Z"}, "sockstat", 3, 0}, {"-Z -l", "", []string{"-Z", "-l"}, "sockstat -l", 2, 0}} {
		var ours, theirs []usage
		for range (rounds + 2) / 3 { // the load is the other's in turn: a machine's times vary
			stop := start(load, usual...)
			for range 3 {
				theirs = append(theirs, run("", append([]string{sockstat}, strings.Fields(c.other)[1:]...)))
			}
			stop()
			stop = startInNamespaces(load, processes, connections)
			for range 3 {
				ours = append(ours, run("", append([]string{sockstat}, c.ours...)))
			}
			stop()
		}
		printLine(fmt.Sprintf("%s of %d namespaces", c.name, processes), c, ours, theirs)
	}
}

// startInNamespaces is start with a network namespace for each process, which ends with it.
func startInNamespaces(load string, namespaces, connections int) (stop func()) {
	var stops []func()
	for range namespaces {
		stops = append(stops, startCommand(exec.Command("unshare", "-n", "sh", "-c",
			fmt.Sprintf("ip link set lo up && exec %s -processes=1 -connections=%d", load, connections))))
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}

// start starts the load and waits until it is there.
func start(load string, args ...string) (stop func()) {
	return startCommand(exec.Command(load, args...))
}

// startCommand starts a command that is the load.
func startCommand(cmd *exec.Cmd) (stop func()) {
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	check(err)
	out, err := cmd.StdoutPipe()
	check(err)
	check(cmd.Start())
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		log.Fatal("the load did not get ready")
	}
	return func() {
		in.Close()
		cmd.Wait()
	}
}

// usage is what a command took.
type usage struct {
	wall, cpu time.Duration
	memory    int64 // at its peak, in KiB
}

// run runs a command.
func run(env string, args []string) usage {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env)
	begin := time.Now()
	if err := cmd.Run(); err != nil && args[0] != "lsof" { // lsof fails for files it cannot see
		log.Fatalf("%q: %v", args, err)
	}
	s := cmd.ProcessState
	return usage{time.Since(begin), s.UserTime() + s.SystemTime(), s.SysUsage().(*syscall.Rusage).Maxrss}
}

func median(all []usage, of func(usage) time.Duration) time.Duration {
	slices.SortFunc(all, func(a, b usage) int { return cmp.Compare(of(a), of(b)) })
	return of(all[len(all)/2])
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
