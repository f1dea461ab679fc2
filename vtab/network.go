package vtab

import (
	"context"
	"errors"
	"net/netip"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// networkRow is a row of a table that tells of the network of a zone.
type networkRow[R any] struct {
	row   R
	where *networkPlace
}

// networkPlace is what the rows of a zone share.
type networkPlace struct {
	zone       table.Value
	interfaces map[uint32]string // names by index, nil if they are not asked for
}

// networkReading reads the rows of a table from the network of a zone.
type networkReading[R any] func(context.Context, mib2.Network, *table.Query) ([]R, error)

// networkTable declares a table of what the network of a zone tells.
func networkTable[R any](m *Machine, name, doc string, rows int64, columns []table.Column[networkRow[R]],
	read networkReading[R]) *table.Spec[networkRow[R]] {
	return &table.Spec[networkRow[R]]{Name: name, Doc: doc, Rows: rows, Columns: append(columns, zoneColumn[R]()),
		Open: func(ctx context.Context, q *table.Query) (table.Reader[networkRow[R]], error) {
			from := networkHere[R]
			if !m.Selection.Own() && m.Elsewhere != nil {
				from = networkOfZones[R]
			}
			rows, err := from(ctx, m, q, read)
			return &table.List[networkRow[R]]{Rows: rows}, err
		}}
}

// networkHere returns the rows of the caller's own zone.
func networkHere[R any](ctx context.Context, m *Machine, q *table.Query, read networkReading[R]) ([]networkRow[R], error) {
	where, err := m.newPlace(q)
	if err != nil || m.Network == nil || where.zone != "" && !wants(q, "zone", where.zone) {
		return nil, err
	}
	rows, err := networkRows(ctx, m.Network, where.zone, q, read)
	if isUnseen(err) {
		q.Note(table.Notice{Text: "nothing is shown: " + err.Error()})
		err = nil
	}
	return rows, err
}

// networkOfZones returns the rows of the zones that are selected. One that is gone or may not be
// read is left out, as for sockets.
func networkOfZones[R any](ctx context.Context, m *Machine, q *table.Query, read networkReading[R]) (rows []networkRow[R], err error) {
	reading := m.zoneReading(ctx, q)
	defer reading.end()
	zones, err := reading.chosen(q)()
	if err != nil {
		return nil, err
	}
	left := zonesReader{query: q, what: q.Table()}
	for _, z := range zones {
		if !wants(q, "zone", z.Name) {
			continue
		}
		n := m.Network
		if !z.Own {
			n = reading.elsewhere.Network(z)
		}
		if n == nil {
			continue
		}
		of, err := networkRows(ctx, n, z.Name, q, read)
		if err != nil {
			if err := left.orLeaveOut(z, err); err != nil {
				return nil, err
			}
		}
		rows = append(rows, of...)
	}
	left.noteUnread()
	return rows, nil
}

// networkRows returns the rows of a zone.
func networkRows[R any](ctx context.Context, n mib2.Network, zone string, q *table.Query, read networkReading[R]) ([]networkRow[R], error) {
	list, err := readNetwork(ctx, n, q, read)
	if err != nil {
		return nil, err
	}
	shared := &networkPlace{zone: table.NonEmpty(zone)}
	if shared.interfaces, err = interfacesOf(ctx, n, q); err != nil {
		return nil, err
	}
	rows := make([]networkRow[R], len(list))
	for i, row := range list {
		rows[i] = networkRow[R]{row, shared}
	}
	return rows, nil
}

// readNetwork reads, and tells the user what may be missing.
func readNetwork[R any](ctx context.Context, n mib2.Network, q *table.Query, read networkReading[R]) ([]R, error) {
	list, err := read(ctx, n, q)
	switch {
	case errors.Is(err, mib2.ErrChanged):
		q.Note(table.Notice{Text: "some rows may be missing or old: " + err.Error(), Hint: "ask again"})
		err = nil
	case errors.Is(err, mib2.ErrNotTold):
		q.Note(table.Notice{Text: "nothing is shown: " + err.Error()})
		err = nil
	}
	return list, err
}

// interfacesOf returns the names of a zone's interfaces where a query shows any.
func interfacesOf(ctx context.Context, n mib2.Network, q *table.Query) (map[uint32]string, error) {
	if !q.Uses("interface", "master") {
		return nil, nil
	}
	list, err := n.Interfaces(ctx)
	if err != nil && !errors.Is(err, mib2.ErrChanged) {
		return nil, err
	}
	names := make(map[uint32]string, len(list))
	for _, i := range list {
		names[i.Index] = i.Name
	}
	return names, nil
}

// interfaceName returns the name of an interface, its index if it has none by now.
func (p *networkPlace) interfaceName(index uint32) table.Value {
	if index == 0 {
		return table.Null()
	}
	if name := p.interfaces[index]; name != "" {
		return table.String(name)
	}
	return table.String(table.Int(index).String())
}

// zoneColumn is the last column of each of these tables.
func zoneColumn[R any]() table.Column[networkRow[R]] {
	return table.Column[networkRow[R]]{Name: "zone", Type: table.Text, Pushed: true, Doc: "Zone it is of; joins zones.name and sockets.zone",
		Get: func(r *networkRow[R]) table.Value { return r.where.zone }}
}

// addressText returns an address as text, NULL if there is none.
func addressText(a netip.Addr) table.Value {
	if !a.IsValid() {
		return table.Null()
	}
	return table.String(string(appendAddress(nil, a)))
}

// familyOfAddress returns "inet" or "inet6".
func familyOfAddress(a netip.Addr) table.Value {
	if a.Is4() {
		return table.Static(mib2.Inet.String())
	}
	return table.Static(mib2.Inet6.String())
}
