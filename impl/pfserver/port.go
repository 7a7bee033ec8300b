package pfserver

import (
	"context"
	"errors"
	"sync"

	"golang.org/x/sys/unix"

	"ikewit/impl/wire/pfkey"
)

// Errors of ports.
var (
	ErrTooMany = errors.New("too many key sockets are open")
	ErrClosed  = errors.New("the key socket is closed")
)

// waiting is how many octets of what others do may wait for a port that is not read.
const waiting = 4 << 20

// A Port is one key socket: what a client sends, and what waits to be read by it.
type Port struct {
	server *Server
	pid    uint32

	// Guarded by the server's lock.
	registered  map[pfkey.SAType]bool
	promiscuous bool
	dump        *dump // under way

	mu      sync.Mutex
	queue   [][]byte
	octets  int           // in the queue
	lost    bool          // something did not fit since the last note of it
	dumping bool          // more comes when the queue is empty
	some    chan struct{} // one token when something may have changed for a reader
	less    chan struct{} // one token when the queue has become shorter
	done    chan struct{}
	once    sync.Once
}

func newPort(s *Server, pid uint32) *Port {
	return &Port{server: s, pid: pid, registered: map[pfkey.SAType]bool{},
		some: make(chan struct{}, 1), less: make(chan struct{}, 1), done: make(chan struct{})}
}

// Send gives the engine a message. What it answers, refusals too, comes with Receive.
func (p *Port) Send(octets []byte) error {
	select {
	case <-p.done:
		return ErrClosed
	default:
	}
	p.server.request(p, octets)
	return nil
}

// Receive waits for the next message. The caller must not write to it.
func (p *Port) Receive(ctx context.Context) ([]byte, error) {
	for {
		octets, dumping := p.next()
		switch {
		case octets != nil:
			return octets, nil
		case dumping:
			p.server.refill(p)
			continue
		}
		select {
		case <-p.some:
		case <-p.done:
			return nil, ErrClosed
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// Close ends the port.
func (p *Port) Close() error {
	p.once.Do(func() {
		close(p.done)
		p.server.forget(p)
	})
	return nil
}

// next takes a message off the queue; nil and whether a dump has more to give.
func (p *Port) next() (octets []byte, dumping bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.queue) == 0 {
		if p.lost {
			p.lost = false
			return lostNote(), false
		}
		return nil, p.dumping
	}
	octets = p.queue[0]
	p.queue[0] = nil
	if p.queue = p.queue[1:]; len(p.queue) == 0 {
		p.queue = nil
	}
	p.octets -= len(octets)
	signal(p.less)
	return octets, false
}

// put appends a message; own: it answers this port's request and is never lost.
func (p *Port) put(octets []byte, own bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !own && p.octets+len(octets) > waiting {
		p.lost = true
		return
	}
	if p.lost && !own {
		p.lost = false
		p.push(lostNote())
	}
	p.push(octets)
	signal(p.some)
}

func (p *Port) push(octets []byte) {
	p.queue = append(p.queue, octets)
	p.octets += len(octets)
}

// setDump says whether a dump is under way.
func (p *Port) setDump(d *dump) {
	p.dump = d
	p.mu.Lock()
	p.dumping = d != nil
	p.mu.Unlock()
	signal(p.some)
}

// room waits until the queue is short enough for another request to be answered. It reports false when the port
// is closed.
func (p *Port) room() bool {
	for {
		p.mu.Lock()
		short := p.octets < waiting/2
		p.mu.Unlock()
		if short {
			return true
		}
		select {
		case <-p.less:
		case <-p.done:
			return false
		}
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// lostNote tells a slow reader that it missed something.
func lostNote() []byte {
	return (&pfkey.Message{Version: pfkey.V2, Errno: uint8(unix.ENOBUFS)}).Append(nil)
}
