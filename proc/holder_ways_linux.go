package proc

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// holderWays are the ways to find out who holds a socket. The rows are the same, but
// that BPF sees what /proc may not show. The environment variable SOCKSTAT_HOLDERS
// forces one; else their cost decides.
var (
	walkWay = holderWay{"proc", "/proc/*/fd", linux.walkDescriptors}
	bpfWay  = holderWay{"bpf", "bpf", linux.askBPF}

	holderWays = []holderWay{walkWay, bpfWay}
)

type holderWay struct {
	name  string
	label string // for people
	find  func(l linux, ctx context.Context, pids []int32) (*SocketHolders, error)
}

// walkUpTo is the number of open files up to which /proc is walked. BPF takes 2.5 ms
// before the first descriptor, most of them to read the kernel's BTF, and half a
// microsecond for each; the walk, on two cores, two microseconds and more for each. On
// Linux 6.18 (BenchmarkSockets):
//
//	open files      walk      BPF
//	       670    0.9 ms    2.8 ms
//	     1,700    2.2 ms    2.8 ms
//	     9,200     21 ms    4.6 ms
//	    62,700    157 ms     36 ms
const walkUpTo = 2000

// sockets finds the holders of sockets in the way that is forced, or the cheaper one.
func (l linux) sockets(ctx context.Context, pids []int32) (*SocketHolders, error) {
	if name := os.Getenv("SOCKSTAT_HOLDERS"); name != "" {
		return l.forcedWay(name, ctx, pids)
	}
	var why string
	if n, small := l.isSmall(pids); small {
		why = fmt.Sprintf("%d open files are few", n)
	} else {
		h, err := bpfWay.run(l, ctx, pids, "")
		if err == nil {
			return h, nil
		}
		why = "bpf: " + err.Error()
	}
	return walkWay.run(l, ctx, pids, why)
}

func (l linux) forcedWay(name string, ctx context.Context, pids []int32) (*SocketHolders, error) {
	var names []string
	for _, way := range holderWays {
		if way.name == name {
			h, err := way.run(l, ctx, pids, "SOCKSTAT_HOLDERS")
			if err != nil {
				return nil, fmt.Errorf("SOCKSTAT_HOLDERS=%s: %w", name, err)
			}
			return h, nil
		}
		names = append(names, way.name)
	}
	return nil, fmt.Errorf("SOCKSTAT_HOLDERS: unknown way %q, have %s",
		name, strings.Join(names, ", "))
}

// run finds the holders; why tells people why in this way.
func (w holderWay) run(l linux, ctx context.Context, pids []int32, why string) (*SocketHolders, error) {
	h, err := w.find(l, ctx, pids)
	if err != nil {
		return nil, err
	}
	h.Way = w.label
	if why != "" {
		h.Way += " (" + why + ")"
	}
	return h, nil
}

// isSmall estimates how many descriptors the processes have, all if pids is nil, and
// says whether walking those is cheaper than to let BPF look at all of the machine.
func (l linux) isSmall(pids []int32) (descriptors int, small bool) {
	files := l.openFiles()
	if pids == nil || files <= walkUpTo {
		return files, files <= walkUpTo
	}
	limit := walkUpTo + files/5 // so much faster is BPF for each
	n := l.descriptorsOf(pids, limit)
	return n, n <= limit
}

// descriptorsOf adds the numbers of descriptors of processes until they are more than
// enough: the sizes of their directories since Linux 6.2, which are 0 before.
func (l linux) descriptorsOf(pids []int32, enough int) int {
	sum := 0
	for _, pid := range pids {
		var st unix.Stat_t
		if unix.Stat(l.proc+"/"+strconv.Itoa(int(pid))+"/fd", &st) == nil {
			sum += int(st.Size)
		}
		if sum > enough {
			break
		}
	}
	return sum
}

// openFiles returns the number of open files of the machine, 0 if it is not known.
// Those that several processes have inherited count once.
func (l linux) openFiles() int {
	b, err := os.ReadFile(l.proc + "/sys/fs/file-nr")
	if err != nil {
		return 0
	}
	field, _, _ := bytes.Cut(b, []byte{'\t'})
	n, _ := strconv.Atoi(string(field))
	return max(n, 0)
}
