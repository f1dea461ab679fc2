// Package engine answers SQL about declared tables.
package engine
