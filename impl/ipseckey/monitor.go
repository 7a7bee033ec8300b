package ipseckey

import (
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/wire/pfkey"
)

// monitor prints every key message until a signal; unless it is passive also those that only promiscuous listeners
// receive.
func (p *Program) monitor(word string, words []string, at where) error {
	switch {
	case at == fromFile:
		return wrong("Command %s not appropriate in config file.", word)
	case len(words) > 0:
		return errUsage
	}
	active := word == "monitor"
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(signals)
	e, err := p.watch(active)
	if err != nil {
		return err
	}
	if active {
		fmt.Fprintln(p.out, "Actively monitoring the PF_KEY socket.")
	} else {
		fmt.Fprintln(p.out, "Passively monitoring the PF_KEY socket.")
	}
	over := make(chan error, 1)
	go func() { over <- p.printAll(e) }()
	select {
	case s := <-signals:
		e.Close()
		<-over
		return interrupted(s.(syscall.Signal))
	case err := <-over:
		return err
	}
}

// watch gives the engine that receives what others do.
func (p *Program) watch(active bool) (Engine, error) {
	if watch := p.Engine.Traits().Watch; watch != nil {
		e, err := watch(active)
		if err != nil {
			return nil, fatal{err}
		}
		return e, nil
	}
	promiscuous := pfkey.SAType(0)
	if active {
		promiscuous = 1
	}
	if active || !p.Engine.Traits().Kernel { // of a daemon the answer says too that it has taken us in: until then it tells us nothing
		a, err := p.call(&pfkey.Message{Type: pfkey.Promisc, SAType: promiscuous})
		if err != nil {
			return nil, err
		}
		if a.Errno != 0 {
			return nil, refusal(unix.Errno(a.Errno), pfkey.Diagnostic(a.Diagnostic))
		}
	}
	return p.Engine, nil
}

// printAll prints what comes until the engine ends.
func (p *Program) printAll(e Engine) error {
	for {
		if err := p.out.Flush(); err != nil {
			return fatal{fmt.Errorf("standard output: %w", err)}
		}
		octets, err := e.Receive(time.Time{})
		switch {
		case errors.Is(err, unix.ENOBUFS):
			p.say("PF_KEY: some messages were lost.")
		case err != nil:
			return fatal{fmt.Errorf("PF_KEY: %w", err)}
		default:
			p.printOne(octets)
		}
	}
}

// printOne prints a message as it was read; one that was wrapped for a promiscuous listener without its wrapping.
func (p *Program) printOne(octets []byte) {
	fmt.Fprintf(p.out, "Read %d bytes.\n", len(octets))
	fmt.Fprintf(p.out, "Timestamp: %s\n", ctime(p.Now()))
	if len(octets) > pfkey.HeaderSize && pfkey.Type(octets[1]) == pfkey.Promisc {
		octets = octets[pfkey.HeaderSize:]
	}
	m, err := pfkey.Parse(octets)
	if m != nil {
		p.show(m)
	}
	if err != nil {
		fmt.Fprintf(p.out, "Malformed message: %v.\n", err)
	}
	fmt.Fprintln(p.out)
}
