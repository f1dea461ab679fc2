// Package testns gives the tests of a package a network namespace of their own, so that
// neither the sockets of a busy machine nor those of other tests slow or change them.
package testns
