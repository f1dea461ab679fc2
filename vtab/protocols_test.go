package vtab

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sockstat/mib2"
	"sockstat/vtab/table"
)

// withoutTable are the protocols that have no table of their own, only rows in sockets. It has to
// be said here: a protocol that is in neither list was forgotten.
var withoutTable = []mib2.Protocol{mib2.UDPLite, mib2.SMC, mib2.ICMP}

// Whoever adds a protocol to the table of package mib2 has to decide on its table and to document
// its names, families and labels where a user looks for them.
func TestNoProtocolIsForgotten(t *testing.T) {
	docs := map[string]string{}
	for _, c := range identityColumns {
		docs[c.Name] = c.Doc
	}
	documented := func(column, name string) {
		t.Helper()
		if !regexp.MustCompile(`\b` + regexp.QuoteMeta(name) + `\b`).MatchString(docs[column]) {
			t.Errorf("the documentation of column %s does not name %s: %q", column, name, docs[column])
		}
	}
	for _, p := range mib2.Protocols {
		kernel, has := kernelTables[p]
		if has == slices.Contains(withoutTable, p) {
			t.Errorf("%v: has it a table? %v in kernelTables, and the contrary in withoutTable", p, has)
		}
		if has && (kernel.doc == "" || kernel.rows <= 0 || !slices.ContainsFunc(kernel.columns(), func(c table.Column[socket]) bool { return c.Name == "inode" })) {
			t.Errorf("%v: table %+v", p, kernel)
		}
		documented("proto", p.String())
		for _, f := range p.Families() {
			documented("family", f.String())
		}
		for _, label := range p.Labels() {
			documented("label", label)
		}
		if !p.Internet() && !strings.Contains(docs["local_address"], p.String()) {
			t.Errorf("%v has no internet addresses, and nothing says what local_address is: %q", p, docs["local_address"])
		}
	}
	for p := range kernelTables {
		if !slices.Contains(mib2.Protocols, p) {
			t.Errorf("the table of %v is of no protocol", p)
		}
	}
	for _, typ := range mib2.UnixTypes {
		if int(typ) >= len(endpointTypes) || endpointTypes[typ] == 0 {
			t.Errorf("no descriptor can be of a %v socket", typ)
		}
	}
}

// Every protocol that there is reaches sockets, and its own table alone if it has one.
func TestEveryProtocolIsShown(t *testing.T) {
	m, tables, _ := rowMachine()
	tables.rows = everySocket()
	db := openMachine(t, m)
	for _, p := range mib2.Protocols {
		var labels []string
		for _, label := range p.Labels() {
			labels = append(labels, p.String()+" "+label)
		}
		shown := p.ShownBy() == p // those of Multipath TCP are shown by those of TCP
		if shown {
			equal(t, query(t, db, "SELECT DISTINCT proto, label FROM sockets WHERE proto = '%s'", p), slices.Clone(labels)...)
		}
		if _, has := kernelTables[p]; has {
			equal(t, query(t, db, "SELECT DISTINCT proto, label FROM %s", p), labels...)
		}
		var states []string
		for _, s := range p.States() {
			states = append(states, s.String())
		}
		if shown {
			equal(t, query(t, db, "SELECT DISTINCT state FROM sockets WHERE proto = '%s'", p), states...)
		}
	}
}

// Sockets of a protocol that the system cannot read are an error, not an empty table.
func TestProtocolsThatAreNotSupported(t *testing.T) {
	m, tables, _ := rowMachine()
	m.Sockets = tablesFunc(func(ctx context.Context, protocols []mib2.Protocol, f mib2.Filter) (mib2.Reader, []mib2.Protocol, error) {
		if protocols[0] == mib2.TCP {
			return nil, nil, mib2.ErrUnsupported
		}
		return tables.Open(ctx, protocols, f)
	})
	db := openMachine(t, m)
	for _, sql := range []string{"SELECT 1 FROM tcp", "SELECT 1 FROM sockets WHERE label = 'tcp46'"} {
		if err := fails(t, db, sql); !errors.Is(err, mib2.ErrUnsupported) {
			t.Errorf("%s: %v", sql, err)
		}
	}
	equal(t, query(t, db, "SELECT count(*) FROM sockets WHERE proto = 'udp'"), "2")
}
