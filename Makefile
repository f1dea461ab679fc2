# What is typed to build and install from source. Go alone is enough: go build.
PREFIX ?= /usr/local
DESTDIR ?=
version := $(shell git describe --tags --always --dirty 2>/dev/null)
manual = $(DESTDIR)$(PREFIX)/share/man
completions = $(DESTDIR)$(PREFIX)/share

sockstat: FORCE
	CGO_ENABLED=0 go build -ldflags "-s -w -X main.release=$(version)" -o $@ .

install: sockstat
	install -D -m 755 sockstat $(DESTDIR)$(PREFIX)/bin/sockstat
	install -d $(manual)/man1 $(manual)/man5 $(manual)/man7 $(completions)/bash-completion/completions $(completions)/zsh/site-functions $(completions)/fish/vendor_completions.d
	./sockstat --manual sockstat.1 >$(manual)/man1/sockstat.1
	./sockstat --manual sockstat-schema.5 >$(manual)/man5/sockstat-schema.5
	./sockstat --manual sockstat-queries.7 >$(manual)/man7/sockstat-queries.7
	./sockstat --completion bash >$(completions)/bash-completion/completions/sockstat
	./sockstat --completion zsh >$(completions)/zsh/site-functions/_sockstat
	./sockstat --completion fish >$(completions)/fish/vendor_completions.d/sockstat.fish

# Packages for Debian and Red Hat and their checksums, in dist.
package:
	.ci/package

FORCE:
.PHONY: install package FORCE
