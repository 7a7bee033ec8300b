package ipseckey

import (
	"fmt"
	"slices"
)

// A where says where a command stands.
type where int

const (
	fromShell where = iota
	fromSession
	fromFile
)

// A command is a row of the language.
type command struct {
	words []string
	help  string
	run   func(p *Program, word string, words []string, at where) error
}

var table []command

func init() {
	request := func(p *Program, word string, words []string, _ where) error { return p.request(word, words) }
	table = []command{
		{[]string{"add"}, "add a new security association", request},
		{[]string{"update"}, "change the lifetimes of a security association, or complete a larval one", request},
		{[]string{"delete"}, "delete a security association", request},
		{[]string{"get"}, "print a security association", request},
		{[]string{"flush"}, "delete all security associations of a type", (*Program).flush},
		{[]string{"dump"}, "print all security associations of a type", (*Program).dump},
		{[]string{"monitor"}, "print all key messages, promiscuously", (*Program).monitor},
		{[]string{"passive_monitor", "pmonitor"}, "print the key messages that every listener receives", (*Program).monitor},
		{[]string{"save"}, "write security associations as add commands", (*Program).save},
		{[]string{"load"}, "execute the commands of a file", (*Program).load},
		{[]string{"help", "?"}, "print this list", (*Program).help},
		{[]string{"exit", "quit"}, "leave", (*Program).leave},
	}
}

func isCommand(word string) bool { return find(word) != nil }

func find(word string) *command {
	for i := range table {
		if slices.Contains(table[i].words, word) {
			return &table[i]
		}
	}
	return nil
}

// execute runs one command.
func (p *Program) execute(words []string, at where) error {
	if len(words) == 0 {
		return nil
	}
	c := find(words[0])
	if c == nil {
		return &ParseError{Text: fmt.Sprintf("Unknown command (%s).", shown(words[0])), Usage: true}
	}
	err := c.run(p, words[0], words[1:], at)
	if failed := p.out.Flush(); failed != nil {
		return fatal{fmt.Errorf("standard output: %w", failed)}
	}
	return err
}

// help prints the list of commands.
func (p *Program) help(_ string, words []string, _ where) error {
	if len(words) > 0 {
		return errUsage
	}
	fmt.Fprintln(p.out, "Commands:")
	for _, c := range table {
		text := c.words[0]
		for _, other := range c.words[1:] {
			text += ", " + other
		}
		fmt.Fprintf(p.out, "  %-26s%s\n", text, c.help)
	}
	return nil
}

func (p *Program) leave(_ string, words []string, _ where) error {
	if len(words) > 0 {
		return errUsage
	}
	return errLeave
}
