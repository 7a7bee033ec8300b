package ipseckey

import (
	"bytes"
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"

	"ikewit/harness/peer"
	"ikewit/impl/ipseckey"
)

type noNames struct{}

func (noNames) Lookup(string) ([]ipseckey.Found, error) { return nil, ipseckey.ErrUnknownName }
func (noNames) Name(netip.Addr) string                  { return "" }

// A monitor is one run of ipseckey -np monitor.
type monitor struct {
	engine *held
	done   chan struct{}
}

// Monitor starts to print what happens in the database. It returns when nothing is missed any more.
func (p *Peer) Monitor(ctx context.Context, word string) error {
	e, err := p.open()
	if err != nil {
		return err
	}
	m := &monitor{engine: &held{Engine: e, peer: p}, done: make(chan struct{})}
	x := ipseckey.New(ipseckey.Config{
		Options: ipseckey.Options{Numeric: true, Paranoid: true}, Engine: m.engine, Names: noNames{},
		Out: &lines{p: p, stream: peer.Out}, Err: &lines{p: p, stream: peer.Err},
	})
	p.monitors = append(p.monitors, m)
	others := p.watching()
	go func() {
		defer close(m.done)
		x.Command([]string{word}) // until its engine is closed
		p.journal.Poke()
	}()
	over := func() bool {
		select {
		case <-m.done:
			return true
		default:
			return false
		}
	}
	if err := p.journal.Until(ctx, func() bool { return over() || p.watching() > others }); err != nil {
		return err
	}
	if over() {
		return fmt.Errorf("%s: ipseckey %s ended at once", p.host, word)
	}
	return nil
}

// watching counts the monitors that have said that they are ready.
func (p *Peer) watching() (n int) {
	for _, l := range p.journal.Lines(peer.Out) {
		if strings.HasSuffix(l.Text, "monitoring the PF_KEY socket.") {
			n++
		}
	}
	return n
}

func (m *monitor) close() {
	m.engine.Close()
	<-m.done
}

// held is the engine of a monitor, with the one that it opens itself to watch the kernel.
type held struct {
	ipseckey.Engine
	peer *Peer

	mu     sync.Mutex
	watch  ipseckey.Engine
	closed bool
}

// Traits lets the watching engine be opened in the namespace of the host.
func (h *held) Traits() ipseckey.Traits {
	t := h.Engine.Traits()
	watch := t.Watch
	if watch == nil {
		return t
	}
	t.Watch = func(active bool) (e ipseckey.Engine, err error) {
		err = h.peer.inside(func() error {
			e, err = watch(active)
			return err
		})
		h.mu.Lock()
		defer h.mu.Unlock()
		h.watch = e
		return e, err
	}
	return t
}

// Close closes both.
func (h *held) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil
	}
	h.closed = true
	if h.watch != nil {
		h.watch.Close()
	}
	return h.Engine.Close()
}

// lines writes whole lines into the journal.
type lines struct {
	p      *Peer
	stream peer.Stream
	rest   []byte
}

func (l *lines) Write(b []byte) (int, error) {
	l.rest = append(l.rest, b...)
	if end := bytes.LastIndexByte(l.rest, '\n'); end >= 0 {
		if l.stream != peer.Err || !l.p.isClosing() { // that its engine was closed is our own doing
			l.p.journal.Write(l.stream, string(l.rest[:end+1]))
		}
		l.rest = append([]byte(nil), l.rest[end+1:]...)
	}
	return len(b), nil
}

func (p *Peer) isClosing() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// Told gives what the monitor printed, a message a line: "ADD ESP 0x1001", "EXPIRE ESP 0x1001 soft", "FLUSH AH".
func (p *Peer) Told() []string {
	var list []string
	for _, l := range p.journal.Lines(peer.Out) {
		last := len(list) - 1
		switch text := l.Text; {
		case strings.HasPrefix(text, "Base message "):
			_, text, _ = strings.Cut(text, " type ")
			kind, of, _ := strings.Cut(strings.TrimSuffix(text, "."), ", SA type ")
			list = append(list, kind+" "+of)
		case last < 0:
		case strings.HasPrefix(text, "SA: SADB_ASSOC spi="):
			spi, _, _ := strings.Cut(strings.TrimPrefix(text, "SA: SADB_ASSOC spi="), ",")
			list[last] += " " + spi
		case strings.HasPrefix(list[last], "EXPIRE") && strings.HasPrefix(text, "SLT:") && !strings.HasSuffix(list[last], "soft"):
			list[last] += " soft"
		case strings.HasPrefix(list[last], "EXPIRE") && strings.HasPrefix(text, "HLT:") && !strings.HasSuffix(list[last], "hard"):
			list[last] += " hard"
		}
	}
	return list
}
