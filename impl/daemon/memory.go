package daemon

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"

	"ikewit/impl/ike"
	"ikewit/impl/wire/ikehdr"
)

// A Memory is a network without a kernel: what one daemon sends, the one that opened the address
// receives, in order and at once. The zero value is ready.
type Memory struct {
	mu    sync.Mutex
	hosts map[netip.AddrPort]*memorySockets
}

// Open gives the sockets of one address, and of more ports there.
func (m *Memory) Open(local netip.AddrPort, more ...uint16) (Sockets, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := []netip.AddrPort{local}
	for _, port := range more {
		all = append(all, netip.AddrPortFrom(local.Addr(), port))
	}
	for _, a := range all {
		if m.hosts[a] != nil {
			return nil, errors.New("the address is in use")
		}
	}
	if m.hosts == nil {
		m.hosts = map[netip.AddrPort]*memorySockets{}
	}
	s := &memorySockets{net: m, all: all, inbox: make(chan ike.Input, memoryInbox), closed: make(chan struct{})}
	for _, a := range all {
		m.hosts[a] = s
	}
	return s, nil
}

// memoryInbox is how many datagrams wait at most; what comes on top is lost, as with a kernel.
const memoryInbox = 256

type memorySockets struct {
	net    *Memory
	all    []netip.AddrPort
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
	if !local.Addr().IsValid() || local.Addr().IsUnspecified() {
		local = netip.AddrPortFrom(s.all[0].Addr(), local.Port())
	}
	if !slices.Contains(s.all, local) {
		return fmt.Errorf("%v is not an address of ours", local)
	}
	if ikehdr.IsKeepalive(octets) {
		return nil // nobody would see it
	}
	s.net.mu.Lock()
	to := s.net.hosts[remote]
	s.net.mu.Unlock()
	if to == nil {
		return errors.New("nobody has that address")
	}
	select {
	case to.inbox <- ike.Datagram{Local: remote, Remote: local, Octets: bytes.Clone(octets)}:
	default:
	}
	return nil
}

func (s *memorySockets) Close() error {
	s.once.Do(func() {
		s.net.mu.Lock()
		for _, a := range s.all {
			delete(s.net.hosts, a)
		}
		s.net.mu.Unlock()
		close(s.closed)
	})
	return nil
}
