// Ratios compares the time that sockstat takes with that of ss and lsof, whole processes
// side by side, and prints a table. It starts the load that they list:
//
//	go run ./.ci/ratios [-processes 100] [-connections 306] [-rounds 9]
//
// Run it as root on a machine that is otherwise idle. Times of a machine vary by the hour;
// the ratios, taken in one run from the medians of alternating rounds, hardly do.
package main

import (
	"bufio"
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
	most  float64 // ratio aimed at
}

const pairs = `SELECT count(*) FROM tcp a JOIN tcp b ON a.local_address = b.remote_address AND a.local_port = b.remote_port
	AND a.remote_address = b.local_address AND a.remote_port = b.local_port`

func comparisons(port string) []comparison {
	q := func(sql string) []string { return []string{"-q", sql} }
	return []comparison{
		{"listing, with processes", "", nil, "ss -tuan", 0.6},
		{"listing, with processes", "", nil, "ss -tuanp", 1.0 / 20},
		{"listing, with processes", "", nil, "lsof -i -n -P", 1.0 / 10},
		{"the same without BPF", "SOCKSTAT_HOLDERS=proc", nil, "lsof -i -n -P", 0.25},
		{"-l, with processes", "", []string{"-l"}, "ss -tlnp", 0.15},
		{"count per state", "", q("SELECT state, count(*) FROM tcp GROUP BY 1"), "ss -tan", 0.6},
		{"count per remote address", "", q("SELECT remote_address, count(*) FROM tcp GROUP BY 1"), "ss -tan", 0.65},
		{"one local port", "", q("SELECT * FROM tcp WHERE local_port = " + port), "ss -tan sport = :" + port, 1.5},
		{"pairs by self-join", "", q(pairs), "sockstat", 3},
	}
}

func main() {
	log.SetFlags(0)
	processes := flag.Int("processes", 100, "processes that hold sockets")
	connections := flag.Int("connections", 306, "connections of each")
	rounds := flag.Int("rounds", 9, "how often each command runs")
	flag.Parse()
	dir, err := os.MkdirTemp("", "ratios")
	check(err)
	defer os.RemoveAll(dir)
	sockstat, load := filepath.Join(dir, "sockstat"), filepath.Join(dir, "load")
	check(os.Setenv("CGO_ENABLED", "0")) // as README.md builds it
	check(exec.Command("go", "build", "-o", sockstat, ".").Run())
	check(exec.Command("go", "build", "-o", load, "./.ci/load").Run())

	fmt.Printf("%d sockets in %d processes, %d rounds\n\n", *processes*(2**connections+1), *processes, *rounds)
	fmt.Println("| sockstat | ms | MB | compared with | ms | ratio | aim |\n|---|---:|---:|---|---:|---:|---:|")
	stop := start(load, 4, 6)
	compare(sockstat, comparison{"listing of 52 sockets", "", nil, "ss -tuanp", 1.2}, 10**rounds)
	stop()

	stop = start(load, *processes, *connections)
	defer stop()
	port, err := exec.Command(sockstat, "-H", "-o", "list", "-q",
		"SELECT local_port FROM sockets WHERE state = 'LISTEN' AND command = 'load' LIMIT 1").Output()
	check(err)
	for _, c := range comparisons(strings.TrimSpace(string(port))) {
		compare(sockstat, c, *rounds)
	}
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
	var a, b []time.Duration
	var memory int64
	for range rounds {
		t, m := run(c.env, append([]string{sockstat}, c.ours...))
		a, memory = append(a, t), max(memory, m)
		t, _ = run("", other)
		b = append(b, t)
	}
	x, y := median(a), median(b)
	fmt.Printf("| %s | %.1f | %d | `%s` | %.1f | %.3f | %.3f |\n", c.name, ms(x), memory>>10, c.other, ms(y), float64(x)/float64(y), c.most)
}

// start starts the load and waits until it is there.
func start(load string, processes, connections int) (stop func()) {
	cmd := exec.Command(load, fmt.Sprint("-processes=", processes), fmt.Sprint("-connections=", connections))
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

// run returns the time that a command takes and its peak memory in KiB.
func run(env string, args []string) (time.Duration, int64) {
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env)
	begin := time.Now()
	if err := cmd.Run(); err != nil && args[0] != "lsof" { // lsof fails for files it cannot see
		log.Fatalf("%q: %v", args, err)
	}
	return time.Since(begin), cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
