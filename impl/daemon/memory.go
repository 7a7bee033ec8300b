package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"

	"ikewit/impl/ike"
)

// A Memory is a network without a kernel: what one daemon sends, the one that opened the address
// receives, in order and at once. The zero value is ready.
type Memory struct {
	mu    sync.Mutex
	hosts map[netip.AddrPort]*memorySockets
}

// Open gives the sockets of one address.
func (m *Memory) Open(local netip.AddrPort) (Sockets, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.hosts[local] != nil {
		return nil, errors.New("the address is in use")
	}
	if m.hosts == nil {
		m.hosts = map[netip.AddrPort]*memorySockets{}
	}
	s := &memorySockets{net: m, local: local, inbox: make(chan ike.Input, memoryInbox), closed: make(chan struct{})}
	m.hosts[local] = s
	return s, nil
}

// memoryInbox is how many datagrams wait at most; what comes on top is lost, as with a kernel.
const memoryInbox = 256

type memorySockets struct {
	net    *Memory
	local  netip.AddrPort
	inbox  chan ike.Input
	once   sync.Once
	closed chan struct{}
}

var _ Sockets = (*memorySockets)(nil)

func (s *memorySockets) Receive() (ike.Input, error) {
	select {
	case in := <-s.inbox:
		return in, nil
	case <-s.closed:
		return nil, net.ErrClosed
	}
}

func (s *memorySockets) Send(local, remote netip.AddrPort, octets []byte) error {
	if local.Addr().IsValid() && !local.Addr().IsUnspecified() && local != s.local {
		return fmt.Errorf("%v is not an address of ours", local)
	}
	s.net.mu.Lock()
	to := s.net.hosts[remote]
	s.net.mu.Unlock()
	if to == nil {
		return errors.New("nobody has that address")
	}
	select {
	case to.inbox <- ike.Datagram{Local: remote, Remote: s.local, Octets: bytes.Clone(octets)}:
	default:
	}
	return nil
}

func (s *memorySockets) Close() error {
	s.once.Do(func() {
		s.net.mu.Lock()
		delete(s.net.hosts, s.local)
		s.net.mu.Unlock()
		close(s.closed)
	})
	return nil
}
