package queries

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"sockstat/internal/similar"
	"sockstat/mib2"
)

// portsForm are ports as a word: 443 :443 8000-8099 22,80 :https. Behind a colon or hyphen may
// be a name.
var portsForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(:[\w,.-]+|[0-9][0-9,]*(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*)$`)
})

// Word adds what a word stands for by its shape: ports (443, :https, 8000-8099), a protocol (tcp,
// udp6, unix), a state (listen, time-wait), an address or network with or without ports (10.0.0.1,
// ::1, 10.0.0.0/8, [::1]:443, *:22, localhost), the path of a Unix socket (/run/x, @abstract), or
// else the name of a program. Words of one kind add up; those of several kinds all have to hold.
func (l *Listing) Word(word string) error {
	lower := strings.ToLower(word)
	switch {
	case word == "":
		return errors.New("an argument is empty")
	case portsForm().MatchString(word):
		l.Ports = append(l.Ports, strings.Split(strings.TrimPrefix(word, ":"), ",")...)
		return nil
	case l.protocolWord(lower):
		return nil
	case strings.HasPrefix(word, "/"), strings.HasPrefix(word, "@") && len(word) > 1:
		l.Paths, l.Unix = append(l.Paths, word), true
		return nil
	}
	if s, ok := findState(word); ok {
		l.States = append(l.States, s.String())
		return nil
	}
	if e, ok, err := parseEnd(word); ok || err != nil {
		if err == nil && e.Ports == nil && e.Protocol == "" {
			l.Hosts = append(l.Hosts, word)
		} else {
			l.Ends = append(l.Ends, e)
			if e.Protocol != "" {
				l.Protocols = append(l.Protocols, e.Protocol)
			}
		}
		return err
	}
	return l.commandWord(word)
}

// protocolWord adds a word that names a protocol, a label or an IP version.
func (l *Listing) protocolWord(word string) bool {
	switch {
	case slices.Contains(Protocols(), word):
		l.Protocols = append(l.Protocols, word)
		return true
	case word == "inet", word == "ipv4":
		l.IPv4 = true
		return true
	case word == "inet6", word == "ipv6":
		l.IPv6 = true
		return true
	case word == mib2.SeqPacket.String():
		word = "seqpac"
	}
	for _, p := range mib2.Protocols {
		if slices.Contains(p.Labels(), word) {
			l.Labels, l.Protocols = append(l.Labels, word), append(l.Protocols, p.String())
			return true
		}
	}
	return false
}

// commandForm is what a word may be that is taken for the name of a program.
var commandForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[\pL_(\[*?][^\s:=,/'"]*$`) })

// commandWord adds the name of a program.
func (l *Listing) commandWord(word string) error {
	switch {
	case commandForm().MatchString(word):
		l.Commands = append(l.Commands, word)
		return nil
	case strings.Contains(word, "="):
		return hinted(fmt.Errorf("unexpected argument %q", word), "name=value goes with a saved query, -q or -f; a condition is --where '"+word+"'")
	}
	return hinted(fmt.Errorf("unexpected argument %q: neither ports nor an address, a protocol, a state or a program", word),
		"a program of such a name is --command '"+word+"'")
}

// Misspelt returns what to ask about the words that were taken for programs although they are much
// like another word, "" if there are none. The names are others that may have been meant.
func (l *Listing) Misspelt(names []string) (word, hint string) {
	all := slices.Concat(names, Protocols(), allLabels())
	for _, s := range StateNames() {
		all = append(all, strings.ToLower(s))
	}
	for _, word := range l.Commands {
		if len(word) < 5 {
			continue
		}
		if hint := similar.Hint(word, all); hint != "" {
			return word, hint
		}
	}
	return "", ""
}

// parseEnd reads an end of a socket: an address with ports, or a protocol with ports. It is not ok
// if the word is none of that, and an error if it seems to be.
func parseEnd(word string) (e End, ok bool, err error) {
	host, ports, has := cutPorts(word)
	proto := strings.ToLower(host)
	if before, after, found := strings.Cut(strings.ToLower(word), "/"); found && slices.Contains(Protocols(), after) {
		proto, ports, has = after, before, true // as in 443/tcp
	} else if found && slices.Contains(Protocols(), before) {
		proto, ports, has = before, after, true
	}
	switch {
	case has && slices.Contains(Protocols(), proto):
		e.Protocol = proto
	case !addressLike(host):
		return e, false, nil
	default:
		if e, err = parseHost(host); err != nil {
			return e, false, err
		}
	}
	if has {
		e.Ports, err = parsePorts(strings.Split(ports, ","))
	}
	return e, err == nil, err
}

// cutPorts cuts a word before the colon of its ports, if it has any.
func cutPorts(word string) (host, ports string, has bool) {
	i := strings.LastIndexByte(word, ':')
	switch {
	case i < 0, strings.Count(word, ":") > 1 && word[i-1] != ']': // an IPv6 address
		return word, "", false
	}
	return word[:i], word[i+1:], true
}

// addressForm is what looks like an address or network, or is meant to be one.
var addressForm = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(\*|localhost|\[.*:.*\]|[0-9]+(\.[0-9]*)+(/.*)?|[0-9a-f]*:[0-9a-f:.]*(%.*)?(/.*)?|[0-9]+/.*)$`)
})

func addressLike(text string) bool { return addressForm().MatchString(text) }
