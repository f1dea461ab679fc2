package main

import "strings"

// list is the value of a flag that takes texts between commas, and adds up if it is given again.
type list []string

func (l *list) Set(texts string) error { return l.Append(texts) }

// Append, Replace and GetSlice make it a pflag.SliceValue.
func (l *list) Append(texts string) error {
	*l = append(*l, strings.Split(texts, ",")...)
	return nil
}

func (l *list) Replace(texts []string) error {
	*l = texts
	return nil
}

func (l *list) GetSlice() []string { return *l }

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Type() string { return "list" }
