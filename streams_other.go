//go:build !unix

package main

import "errors"

var errNoOutput = errors.New("standard output is closed")

func outputClosed() bool { return false }
