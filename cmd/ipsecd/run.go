package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"ikewit/impl/driver/none"
	"ikewit/impl/driver/user"
	"ikewit/impl/pfserver"
	"ikewit/impl/sadb"
)

// run is the program. It gives the exit status.
func run(args []string) int {
	o, err := parse(args, os.Stderr)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err == nil {
		err = serve(o)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "ipsecd: %v\n", err)
		return 1
	}
	return 0
}

// serve runs until a signal.
func serve(o *options) error {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	l, err := pfserver.Listen(o.socket)
	if err != nil {
		return err
	}
	db, err := open(o)
	if err != nil {
		l.Close()
		return err
	}
	server := pfserver.New(pfserver.Config{Database: db})
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	fmt.Printf("ipsecd: serving %s\n", o.socket)
	select {
	case <-signals:
		l.Close()
		err = <-ended
	case err = <-ended:
	}
	err = errors.Join(err, db.Close())
	server.Close()
	return err
}

// open opens the stack, with the policies of the command line in it.
func open(o *options) (sadb.Driver, error) {
	var db sadb.Driver
	if o.noTUN {
		db = none.New(nil)
	} else {
		stack, err := user.New(user.Options{Device: o.device, Veth: o.veth})
		if err != nil {
			return nil, err
		}
		db = stack
	}
	for i, p := range o.policies {
		p.Priority = uint32(i)
		if err := db.Apply(sadb.AddPolicy{Policy: p}); err != nil {
			db.Close()
			return nil, fmt.Errorf("policy %d: %w", i+1, err)
		}
	}
	return db, nil
}
