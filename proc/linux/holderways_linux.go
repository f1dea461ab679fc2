package linux

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sockstat/internal/bpf"
	"sockstat/proc"
)

// holderWays are the ways to find out who holds a socket. The rows are the same, but
// that BPF sees what /proc may not show. The caller may force one; else their cost decides.
var (
	walkWay = holderWay{"proc", "/proc/*/fd", (*finder).walkDescriptors}
	bpfWay  = holderWay{"bpf", "bpf", (*finder).askBPF}

	holderWays = []holderWay{walkWay, bpfWay}
)

type holderWay struct {
	name  string
	label string // for people
	find  func(f *finder, ctx context.Context, pids []int32) (*proc.SocketHolders, error)
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
//
// A closer search walks more, so that it is BPF's wherever that may be asked.
const walkUpTo = 2000

// Holders finds the holders of sockets in the way that is forced, or the cheaper one. Where
// that is to walk, but some processes may not be looked at and BPF may, it is BPF.
func (p Proc) Holders(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	f := p.finder()
	defer f.close()
	return f.search(ctx, pids)
}

// HoldersAndZones finds the holders of all sockets, and the network namespaces that descriptors
// lead to. BPF tells both at once, so that it is asked wherever it may be.
func (p Proc) HoldersAndZones(ctx context.Context) (*proc.SocketHolders, error) {
	f := p.finder()
	defer f.close()
	f.zoned = true
	return f.search(ctx, nil)
}

// search finds holders and notes when it began.
func (f *finder) search(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	began, err := f.calls.SinceBoot()
	if err != nil {
		return nil, fmt.Errorf("read the clock: %w", err)
	}
	h, err := f.byWay(ctx, pids)
	if err != nil {
		return nil, err
	}
	h.Began = began.Truncate(tick)
	return h, nil
}

func (f *finder) byWay(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	if f.Way != "" {
		return f.forcedWay(ctx, pids)
	}
	n, small := f.isSmall(pids)
	if !small || (f.zoned || f.closer) && f.mayAskBPF() {
		return f.bpfOrWalk(ctx, pids, "")
	}
	h, err := walkWay.run(ctx, f, pids, fmt.Sprintf("%d open files are few", n))
	if err != nil || h.Hidden == 0 || f.mayWalkAll() || !f.mayAskBPF() {
		return h, err
	}
	return f.bpfOrWalk(ctx, pids, fmt.Sprintf("processes that may not be walked: %d", h.Hidden))
}

// bpfOrWalk walks if BPF does not do; why tells people why it is asked.
func (f *finder) bpfOrWalk(ctx context.Context, pids []int32, why string) (*proc.SocketHolders, error) {
	h, err := bpfWay.run(ctx, f, pids, why)
	if err == nil || ctx.Err() != nil {
		return h, err
	}
	return walkWay.run(ctx, f, pids, "bpf: "+err.Error())
}

// finder finds holders once. It has what the steps on the way have in common.
type finder struct {
	Proc
	calls   *Calls
	zoned   bool               // which zones descriptors lead to is asked for
	files   []proc.HeldZone    // that the walk found to stand for network namespaces
	closer  bool               // whatever else can hold a socket is looked at too
	enough  int                // how many records are enough; 0 if all are wanted
	sockets []proc.Endpoint    // of which holders are wanted in a closer search
	besides map[int32]struct{} // processes that need not be walked
	seen    map[int32]struct{} // those that BPF saw
	path    cpath              // scratch
	buf     []byte             // scratch, of which one walker has the use
	about   unix.Stat_t        // scratch
	types   *bpf.Types         // of the kernel, nil until they are read
	mapped  []byte             // their image
}

func (p Proc) finder() *finder {
	return &finder{Proc: p, calls: p.Calls.orKernel(), path: make(cpath, 0, 64), buf: make([]byte, walkBuffer)}
}

func (f *finder) forcedWay(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	var names []string
	for _, way := range holderWays {
		if way.name == f.Way {
			h, err := way.run(ctx, f, pids, WayVariable)
			if err != nil {
				return nil, fmt.Errorf("%s=%s: %w", WayVariable, f.Way, err)
			}
			return h, nil
		}
		names = append(names, way.name)
	}
	return nil, fmt.Errorf("%s: unknown way %q, have %s", WayVariable, f.Way, strings.Join(names, ", "))
}

// run finds the holders; why tells people why in this way.
func (w holderWay) run(ctx context.Context, f *finder, pids []int32, why string) (*proc.SocketHolders, error) {
	h, err := w.find(f, ctx, pids)
	if err != nil {
		return nil, err
	}
	f.keepHidden(h)
	h.Way = w.label
	if why != "" {
		h.Way += " (" + why + ")"
	}
	return h, nil
}

// isSmall estimates how many descriptors the processes have, all if pids is nil, and
// says whether walking those is cheaper than to let BPF look at all of the machine.
func (f *finder) isSmall(pids []int32) (descriptors int, small bool) {
	files := f.openFiles()
	if pids == nil || files <= walkUpTo {
		return files, files <= walkUpTo
	}
	limit := walkUpTo + files/5 // so much faster is BPF for each
	n := f.descriptorsOf(pids, limit)
	return n, n <= limit
}

// descriptorsOf adds the numbers of descriptors of processes until they are more than
// enough: the sizes of their directories since Linux 6.2, which are 0 before.
func (f *finder) descriptorsOf(pids []int32, enough int) int {
	sum := 0
	for _, pid := range pids {
		if f.stat(strconv.Itoa(int(pid))+"/fd") == nil {
			sum += int(f.about.Size)
		}
		if sum > enough {
			break
		}
	}
	return sum
}

// openFiles returns the number of open files of the machine, 0 if it is not known.
// Those that several processes have inherited count once.
func (f *finder) openFiles() int {
	path := f.path.name(f.Root + "/sys/fs/file-nr")
	b, buf, err := f.calls.readFile(unix.AT_FDCWD, path, f.buf, lines)
	f.buf = buf
	if err != nil {
		return 0
	}
	field, _, _ := bytes.Cut(b, []byte{'\t'})
	n, _ := strconv.Atoi(string(field))
	return max(n, 0)
}

// stat asks for all about a file below proc.
func (f *finder) stat(name string) error {
	return f.calls.stat(unix.AT_FDCWD, f.Root+"/"+name, &f.about)
}
