package ipseckey

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/pfsa"
	"ikewit/impl/wire/pfkey"
)

// patience is how long an answer is waited for.
const patience = 10 * time.Second

// errSilent ends the program.
var errSilent = fatal{text("Reply message from PF_KEY timed out.")}

// send gives the engine a message, which it numbers.
func (p *Program) send(m *pfkey.Message) error {
	p.seq++
	m.Version, m.Seq, m.PID = pfkey.V2, p.seq, p.pid
	if p.Options.Verbose {
		p.showVerbose(m)
	}
	octets := m.Append(nil)
	defer clear(octets)
	if err := p.Engine.Send(octets); err != nil {
		return fatal{fmt.Errorf("PF_KEY: %w", err)}
	}
	return nil
}

// receive gives the next message; what cannot be read is passed over.
func (p *Program) receive(deadline time.Time) (*pfkey.Message, error) {
	for {
		octets, err := p.Engine.Receive(deadline)
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, errSilent
		case errors.Is(err, unix.ENOBUFS):
			continue // the kernel dropped some of what others do
		case err != nil:
			return nil, fatal{fmt.Errorf("PF_KEY: %w", err)}
		}
		if m, err := pfkey.Parse(octets); err == nil {
			return m, nil
		}
	}
}

// call sends a request and waits for its answer.
func (p *Program) call(m *pfkey.Message) (*pfkey.Message, error) {
	if err := p.send(m); err != nil {
		return nil, err
	}
	for deadline := time.Now().Add(patience); ; {
		r, err := p.receive(deadline)
		if err != nil {
			return nil, err
		}
		if r.Type == m.Type && r.Seq == m.Seq && r.PID == m.PID {
			return r, nil
		}
	}
}

// settle says what an answer refuses. An SA that is there, or is not, is no failure.
func (p *Program) settle(r *pfkey.Message, e ends, spi uint32) error {
	switch errno := unix.Errno(r.Errno); errno {
	case 0:
		return nil
	case unix.EEXIST:
		p.existence(r.SAType, spi, e.dst, "already exists")
		return nil
	case unix.ESRCH:
		p.existence(r.SAType, spi, e.dst, "does not exist")
		return nil
	default:
		p.say("%v", refusal(errno, pfkey.Diagnostic(r.Diagnostic)))
		return errReported
	}
}

func (p *Program) existence(t pfkey.SAType, spi uint32, dst netip.Addr, what string) {
	p.missed = true
	p.say("Association (type = %s) with spi 0x%x and addr\n%v %s.", wordFor(saTypes, uint64(t)), spi, dst, what)
}

// refusal gives the text for an errno.
func refusal(errno unix.Errno, d pfkey.Diagnostic) error {
	if errno == unix.EINVAL {
		return text(fmt.Sprintf("One of the entered values is incorrect: %v.", pfsa.Invalid(d)))
	}
	return text(systemText(errno) + ".")
}

// systemText is an error of the system as C's library writes it: with a capital letter.
func systemText(errno unix.Errno) string {
	words := errno.Error()
	return strings.ToUpper(words[:1]) + words[1:]
}
