package repl

import (
	"slices"
	"strings"

	"sockstat/internal/similar"
	"sockstat/vtab/engine"
	"sockstat/vtab/table"
)

// foreignValues are what other programs call values of the columns that have few.
var foreignValues = words(`
	listening: LISTEN
	estab connected: ESTABLISHED CONNECTED
	syn-recv syn_recv syn_received syn-rcvd: SYN_RCVD
	syn-sent: SYN_SENT
	fin-wait-1 fin_wait1 finwait1 fin-wait1: FIN_WAIT_1
	fin-wait-2 fin_wait2 finwait2 fin-wait2: FIN_WAIT_2
	time-wait timewait: TIME_WAIT
	close-wait closewait: CLOSE_WAIT
	last-ack lastack: LAST_ACK
	close unconn: CLOSED IDLE UNBOUND
	unconn: IDLE
	ipv4 ip4 af_inet 4 2: inet
	ipv6 ip6 af_inet6 6 10: inet6
	af_unix af_local local 1: unix
	tcpv4 4tcp: tcp4
	tcpv6 6tcp: tcp6
	u_str u_stream sock_stream: stream
	u_dgr u_dgram sock_dgram datagram: dgram
	u_seq seqpacket: seqpac seqpacket
	seqpac: seqpacket
	local localhost lo: loopback
	lan rfc1918 internal: private
	internet global wan external: public
	wildcard all: any
`)

// noteValues tells of texts that a statement compares with columns that never have them: that
// there are no such rows would else be the answer.
func noteValues(db *engine.DB, sql string, params map[string]table.Value) {
	all := firstStatement(sql)
	var tables []table.Info
	told := map[string]bool{}
	for i := range all {
		column, texts := compared(all, i, params)
		if texts == nil || isAlias(all, column) {
			continue
		}
		if tables == nil {
			tables = (&advice{db: db, tokens: all}).tables()
		}
		values, where := valuesOf(tables, column)
		for _, t := range texts {
			if n := foreignTo(t, column, values, where); n.Text != "" && !told[n.Text] {
				told[n.Text] = true
				db.Note(n)
			}
		}
	}
}

// comparedText is a text that a column is compared with.
type comparedText struct {
	text   string
	noCase bool
}

// compared returns the texts that the column at a token is compared with.
func compared(all []token, i int, params map[string]table.Value) (column string, texts []comparedText) {
	if column = all[i].name(); column == "" || i+1 >= len(all) {
		return "", nil
	}
	next := i + 1
	negated := all[next].is("NOT")
	if negated {
		next++
	}
	switch {
	case next+1 >= len(all):
		return "", nil
	case all[next].is("IN") && all[next+1].is("("):
		for j := next + 2; j < len(all) && !all[j].is(")"); j++ {
			texts = appendText(texts, all, j, params, false)
		}
		return column, texts
	case negated:
		return "", nil
	case all[next].is("IS") && all[next+1].is("NOT"):
		next++
	case all[next].is("LIKE"):
		texts = appendText(texts, all, next+1, params, true)
		return column, slices.DeleteFunc(texts, func(t comparedText) bool { return strings.ContainsAny(t.text, "%_") })
	case !all[next].is("=", "==", "<>", "!=", "IS"):
		return reversed(all, i, params)
	}
	texts = appendText(texts, all, next+1, params, false)
	if texts == nil {
		return reversed(all, i, params)
	}
	return column, texts
}

// reversed returns the text that stands before the column that it is compared with.
func reversed(all []token, i int, params map[string]table.Value) (column string, texts []comparedText) {
	first := i
	for first >= 2 && all[first-1].is(".") {
		first -= 2
	}
	if first >= 2 && all[first-1].is("=", "==", "<>", "!=") {
		texts = appendText(nil, all, first-2, params, false)
	}
	return all[i].name(), texts
}

// appendText appends the text at a token, if it is one and stands alone.
func appendText(texts []comparedText, all []token, i int, params map[string]table.Value, noCase bool) []comparedText {
	if i >= len(all) || i+1 < len(all) && all[i+1].is("||", "->", "->>") {
		return texts
	}
	if i+2 < len(all) && all[i+1].is("COLLATE") {
		noCase = noCase || all[i+2].is("NOCASE")
	}
	switch t := all[i]; t.kind {
	case tokenText:
		return append(texts, comparedText{t.value(), noCase})
	case tokenVariable:
		if v, ok := params[t.text[1:]]; ok && v.Kind() == table.KindText {
			return append(texts, comparedText{v.Bytes(), noCase})
		}
	}
	return texts
}

// isAlias reports whether a statement gives something else the name of a column.
func isAlias(all []token, name string) bool {
	for i := 1; i < len(all); i++ {
		if all[i-1].is("AS") && strings.EqualFold(all[i].name(), name) && !(i >= 2 && strings.EqualFold(all[i-2].name(), name)) {
			return true
		}
	}
	return false
}

// valuesOf returns all values of the columns of a name, nil if one of them may have any.
func valuesOf(tables []table.Info, column string) (values, where []string) {
	for _, t := range tables {
		i := t.Column(strings.ToLower(column))
		switch {
		case i < 0:
			continue
		case t.Columns[i].Values == nil:
			return nil, nil
		}
		where = append(where, t.Name)
		for _, v := range t.Columns[i].Values {
			if !slices.Contains(values, v) {
				values = append(values, v)
			}
		}
	}
	return values, where
}

// foreignTo returns the notice of a text that is none of the values of a column, the zero Notice
// if there is nothing to be said.
func foreignTo(t comparedText, column string, values, where []string) (n table.Notice) {
	same := func(v string) bool { return v == t.text || t.noCase && strings.EqualFold(v, t.text) }
	if values == nil || slices.ContainsFunc(values, same) {
		return n
	}
	meant := among(foreignValues(t.text), values)
	if i := slices.IndexFunc(values, func(v string) bool { return strings.EqualFold(v, t.text) }); i >= 0 {
		meant = values[i : i+1]
	}
	column = strings.ToLower(column)
	n.Text = column + " is never '" + t.text + "'"
	if column == "proto" && len(where) > 0 && slices.Contains(where, "sockets") {
		// A socket that is in no table of the kernel may be of any protocol.
		if label := strings.TrimRight(strings.ToLower(t.text), "46v"); meant == nil && slices.Contains(values, label) {
			n.Hint = "did you mean proto = '" + label + "', or label = '" + strings.ToLower(t.text) + "'?"
			return n
		} else if meant == nil {
			return table.Notice{}
		}
	}
	if meant == nil {
		meant = similar.To(t.text, values)
	}
	list := strings.Join(values, " ")
	if len(meant) > 0 {
		n.Hint = "did you mean '" + strings.Join(meant, "' or '") + "'? It is one of " + list
	} else {
		n.Hint = "it is one of " + list
	}
	return n
}
