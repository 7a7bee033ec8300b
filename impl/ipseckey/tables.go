package ipseckey

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"ikewit/impl/wire/pfkey"
)

// flush deletes all SAs of a type, or of all.
func (p *Program) flush(_ string, words []string, _ where) error {
	t, err := optionalType(words)
	if err != nil {
		return err
	}
	a, err := p.call(&pfkey.Message{Type: pfkey.Flush, SAType: t})
	switch {
	case err != nil:
		return err
	case a.Errno == uint8(unix.EINVAL):
		return text(fmt.Sprintf("Cannot flush SA type %d.", t))
	case a.Errno != 0:
		return refusal(unix.Errno(a.Errno), 0)
	}
	return nil
}

// optionalType takes nothing, or an SA type that may be all.
func optionalType(words []string) (pfkey.SAType, error) {
	switch len(words) {
	case 0:
		return pfkey.SATypeUnspec, nil
	case 1:
		return readSAType(words[0])
	}
	return 0, errUsage
}

// dump prints all SAs of a type, or of all.
func (p *Program) dump(_ string, words []string, _ where) error {
	t, err := optionalType(words)
	if err != nil {
		return err
	}
	err = p.each(t, func(m *pfkey.Message) error {
		p.show(m)
		_, err := fmt.Fprintln(p.out)
		return err
	})
	if err != nil {
		return err
	}
	fmt.Fprintf(p.out, "Dump succeeded for SA type %d.\n", t)
	return nil
}

// each gives f every SA of a type. Engines end a dump with sequence number 0, with the last SA or behind it; of nothing
// Linux says that there is no such entry. After an error of f the rest is read and dropped.
func (p *Program) each(t pfkey.SAType, f func(*pfkey.Message) error) error {
	request := &pfkey.Message{Type: pfkey.Dump, SAType: t}
	if err := p.send(request); err != nil {
		return err
	}
	var failed error
	for {
		m, err := p.receive(time.Now().Add(patience))
		switch {
		case err != nil:
			return err
		case m.Type != pfkey.Dump || m.PID != p.pid:
			continue
		case m.Errno == uint8(unix.ENOENT):
			return failed
		case m.Errno != 0:
			return errors.Join(failed, refusal(unix.Errno(m.Errno), pfkey.Diagnostic(m.Diagnostic)))
		}
		// Linux does not look at the type.
		if m.Find(pfkey.ExtSA) != nil && failed == nil && (t == pfkey.SATypeUnspec || m.SAType == t) {
			failed = f(m)
		}
		if m.Seq == 0 {
			return failed
		}
	}
}
