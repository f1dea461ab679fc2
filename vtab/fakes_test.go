package vtab

import (
	"context"
	"slices"
	"sync"

	"sockstat/mib2"
	"sockstat/proc"
)

// tablesFunc is socket tables that a function opens.
type tablesFunc func(context.Context, []mib2.Protocol, mib2.Filter) (mib2.Reader, []mib2.Protocol, error)

func (f tablesFunc) Open(ctx context.Context, protocols []mib2.Protocol, filter mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
	return f(ctx, protocols, filter)
}

// funcReader is a reader made of functions, which returns the end of data where they are nil.
type funcReader[R any] struct {
	read  func(dst []R) ([]R, error)
	close func() error
}

func (r *funcReader[R]) Read(dst []R) ([]R, error) { return r.read(dst) }

func (r *funcReader[R]) Close() error {
	if r.close == nil {
		return nil
	}
	return r.close()
}

// hooked are the socket tables and processes of a machine, which call a hook first of all with
// the name of what is asked of them. An error of the hook is the answer.
type hooked struct {
	tables    *rowTables
	processes *rowProcesses
	hook      func(ctx context.Context, what string) error
}

// hook puts a hook before all that a machine is asked.
func hook(m *Machine, tables *rowTables, processes *rowProcesses, f func(ctx context.Context, what string) error) {
	h := &hooked{tables, processes, f}
	m.Sockets, m.Processes, m.Holders, m.Zones, m.Users = h, h, h, h, h
	names := m.Interfaces
	m.Interfaces = func() map[uint32]string {
		f(context.Background(), "Interfaces")
		return names()
	}
}

func (h *hooked) Open(ctx context.Context, protocols []mib2.Protocol, filter mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
	if err := h.hook(ctx, "Open "+protocols[0].String()); err != nil {
		return nil, nil, err
	}
	r, rest, err := h.tables.Open(ctx, protocols, filter)
	if err != nil {
		return nil, nil, err
	}
	return &hookedReader[mib2.Socket]{ctx, r, h, "table of " + protocols[0].String()}, rest, nil
}

func (h *hooked) Processes(ctx context.Context, pids []int32, parts proc.Parts) (proc.ProcessReader, error) {
	if err := h.hook(ctx, "Processes"); err != nil {
		return nil, err
	}
	r, err := h.processes.Processes(ctx, pids, parts)
	return &hookedReader[proc.Process]{ctx, r, h, "processes"}, err
}

func (h *hooked) Holders(ctx context.Context, pids []int32) (*proc.SocketHolders, error) {
	if err := h.hook(ctx, "Holders"); err != nil {
		return nil, err
	}
	return h.processes.Holders(ctx, pids)
}

func (h *hooked) Zones(ctx context.Context) ([]proc.Zone, error) {
	return h.processes.all, h.hook(ctx, "Zones")
}

func (h *hooked) OwnZone() (proc.Zone, error) {
	return h.processes.all[0], h.hook(context.Background(), "OwnZone")
}

func (h *hooked) ZoneName(id uint64) string { return h.processes.ZoneName(id) }

func (h *hooked) Users() ([]proc.User, error) {
	return h.processes.passwd, h.hook(context.Background(), "Users")
}

// hookedReader calls the hook before each call.
type hookedReader[R any] struct {
	ctx  context.Context
	from interface {
		Read([]R) ([]R, error)
		Close() error
	}
	hooks *hooked
	what  string
}

func (r *hookedReader[R]) Read(dst []R) ([]R, error) {
	if err := r.hooks.hook(r.ctx, "Read "+r.what); err != nil {
		return dst, err
	}
	return r.from.Read(dst)
}

func (r *hookedReader[R]) Close() error {
	if err := r.hooks.hook(r.ctx, "Close "+r.what); err != nil {
		return err
	}
	return r.from.Close()
}

// calls are what was asked, each once.
type calls struct {
	mutex sync.Mutex
	names []string
}

func (c *calls) add(name string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if !slices.Contains(c.names, name) {
		c.names = append(c.names, name)
	}
}

func (c *calls) all() []string {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return slices.Sorted(slices.Values(c.names))
}
