package main

import (
	"fmt"
	"os"
	"syscall"

	"ikewit/impl/ipseckey"
)

// names is how names and addresses are found.
var names ipseckey.Names = &ipseckey.SystemNames{}

// run is the program. It gives the exit status.
func run(args []string) int {
	o, err := parse(args)
	if err != nil {
		ipseckey.Usage(os.Stderr)
		return ipseckey.StatusFailed
	}
	syscall.Umask(0o377)
	p, err := open(o)
	if err != nil {
		fmt.Fprintf(os.Stderr, "ipseckey: %v\n", err)
		return ipseckey.StatusFailed
	}
	switch {
	case o.loads:
		return p.File(o.load)
	case o.saves:
		return p.Save(o.save)
	case len(o.command) > 0:
		return p.Command(o.command)
	}
	return p.Session()
}

// open makes the program, with its SA database unless all that is wanted is help.
func open(o *options) (*ipseckey.Program, error) {
	cfg := ipseckey.Config{Options: o.Options, In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Names: names}
	if len(o.command) > 0 && (o.command[0] == "help" || o.command[0] == "?") {
		return ipseckey.New(cfg), nil
	}
	choice := os.Getenv(ipseckey.Variable)
	if ipseckey.NeedsRoot(choice) && os.Geteuid() != 0 {
		return nil, errNotRoot
	}
	var err error
	cfg.Engine, err = ipseckey.Open(choice)
	return ipseckey.New(cfg), err
}

var errNotRoot = message("You must be root to run ipseckey.")

// A message is a diagnostic as users know it.
type message string

func (m message) Error() string { return string(m) }
