package host

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"golang.org/x/sys/unix"
)

// The ports of IKE: RFC 2408 section 2.5.1, RFC 3947 section 4.
const (
	PortIKE  = 500
	PortNATT = 4500
)

// UDPOptions say which sockets to open. The zero value opens those of IKE on all addresses.
type UDPOptions struct {
	In     Inside
	Listen netip.Addr // not valid: all addresses of IPv4 and IPv6
	Ports  []uint16   // nil: 500 and 4500; a port 0 lets the kernel choose
	Mark   uint32     // of packets sent, for the rules of a Diversion (SO_MARK); 0: none

	// Encapsulated has the kernel take what comes to port 4500 as ESP in UDP, and keepalives (UDP_ENCAP).
	Encapsulated bool
}

// A UDP is a set of UDP sockets: for each port one of IPv4 and one of IPv6, or one for each port on a single address.
// All methods may be called by several goroutines.
type UDP struct{ *sockets }

// A Datagram is what one UDP datagram carried, and between whom. Addresses of IPv4 are never mapped into IPv6.
//
// With Err, it is not a datagram that arrived, but word that one which was sent from Local to Remote did not: Err is a
// *Refused, and Octets is what was sent, or the beginning of it. Err is ErrTruncated for a datagram that arrived and
// did not fit into its buffer.
type Datagram struct {
	Octets        []byte
	Local, Remote netip.AddrPort
	Err           error
}

// ErrTruncated says that a packet was longer than the buffer it was read into.
var ErrTruncated = errors.New("the packet is longer than the buffer")

// ListenUDP opens UDP sockets. On a host without IPv6 those of IPv4 do.
func ListenUDP(o UDPOptions) (*UDP, error) {
	if o.Ports == nil {
		o.Ports = []uint16{PortIKE, PortNATT}
	}
	addrs := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	if o.Listen.IsValid() {
		addrs = []netip.Addr{o.Listen.Unmap()}
	}
	s, err := newSockets(o.In, func(s *sockets) error {
		for _, port := range o.Ports {
			for _, a := range addrs {
				k, err := openUDP(netip.AddrPortFrom(a, port), o.Mark)
				if errors.Is(err, unix.EAFNOSUPPORT) && a.Is6() && !o.Listen.IsValid() {
					continue
				}
				if err != nil {
					return fmt.Errorf("listen on UDP %v: %w", netip.AddrPortFrom(a, port), explainListen(err))
				}
				if o.Encapsulated && k.local.Port() == PortNATT {
					if err := setOptions(k.fd, unix.IPPROTO_UDP, unix.UDP_ENCAP, unix.UDP_ENCAP_ESPINUDP); err != nil {
						return errors.Join(fmt.Errorf("have the kernel take ESP at UDP %v: %w", k.local, err), unix.Close(k.fd))
					}
				}
				if err := s.add(k); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &UDP{s}, nil
}

func explainListen(err error) error {
	switch {
	case errors.Is(err, unix.EADDRINUSE):
		return fmt.Errorf("%w (another IKE daemon?)", err)
	case errors.Is(err, unix.EACCES):
		return fmt.Errorf("%w (ports below 1024 take root or CAP_NET_BIND_SERVICE)", err)
	case errors.Is(err, unix.EADDRNOTAVAIL):
		return fmt.Errorf("%w (this host does not have the address)", err)
	}
	return err
}

func openUDP(local netip.AddrPort, mark uint32) (k socket, err error) {
	family, level, options := unix.AF_INET, unix.IPPROTO_IP, []int{
		unix.IP_PKTINFO, 1, unix.IP_RECVERR, 1, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_DONT,
	}
	if local.Addr().Is6() {
		family, level, options = unix.AF_INET6, unix.IPPROTO_IPV6, []int{
			unix.IPV6_V6ONLY, 1, unix.IPV6_RECVPKTINFO, 1, unix.IPV6_RECVERR, 1, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_DONT,
		}
	}
	fd, err := unix.Socket(family, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return socket{}, err
	}
	defer func() {
		if err != nil {
			unix.Close(fd)
		}
	}()
	if err := setOptions(fd, level, options...); err != nil {
		return socket{}, err
	}
	if mark != 0 {
		if err := setOptions(fd, unix.SOL_SOCKET, unix.SO_MARK, int(mark)); err != nil {
			return socket{}, err
		}
	}
	bypassXFRM(fd, family)
	if err := bind(fd, local); err != nil {
		return socket{}, err
	}
	if local.Port() == 0 {
		if local, err = boundTo(fd, local.Addr()); err != nil {
			return socket{}, err
		}
	}
	return socket{fd: fd, local: local}, nil
}

func bind(fd int, local netip.AddrPort) error {
	if local.Addr().Is4() {
		return unix.Bind(fd, &unix.SockaddrInet4{Port: int(local.Port()), Addr: local.Addr().As4()})
	}
	return unix.Bind(fd, &unix.SockaddrInet6{Port: int(local.Port()), ZoneId: uint32(device(local.Addr())), Addr: local.Addr().As16()})
}

// boundTo asks for the port that the kernel chose.
func boundTo(fd int, local netip.Addr) (netip.AddrPort, error) {
	name, err := unix.Getsockname(fd)
	if err != nil {
		return netip.AddrPort{}, err
	}
	switch name := name.(type) {
	case *unix.SockaddrInet4:
		return netip.AddrPortFrom(local, uint16(name.Port)), nil
	case *unix.SockaddrInet6:
		return netip.AddrPortFrom(local, uint16(name.Port)), nil
	}
	return netip.AddrPort{}, fmt.Errorf("unexpected kind of address %T", name)
}

// Local lists what the sockets are bound to, in the order of Ports, IPv4 before IPv6.
func (u *UDP) Local() []netip.AddrPort {
	list := make([]netip.AddrPort, len(u.list))
	for i, k := range u.list {
		list[i] = k.local
	}
	return list
}

// Read waits for datagrams and returns how many it read: at least one, unless there is an error; all from one socket.
// Every Octets is a buffer of the caller, used from its beginning to its capacity. After Close the error is
// os.ErrClosed.
func (u *UDP) Read(batch []Datagram) (int, error) {
	batch = batch[:min(len(batch), maxBatch)]
	return u.read(func(k *socket, failed bool) (int, error) {
		m := &u.in
		for i := range batch {
			m.prepare(i, batch[i].Octets[:cap(batch[i].Octets)])
		}
		flags := 0
		if failed {
			flags = unix.MSG_ERRQUEUE
		}
		n, err := m.receive(k.fd, len(batch), flags)
		if err != nil {
			return 0, harmless(err)
		}
		for i := range batch[:n] {
			u.take(&batch[i], i, k, failed)
		}
		return n, nil
	})
}

// take makes a datagram of received message i.
func (u *UDP) take(d *Datagram, i int, k *socket, failed bool) {
	m := &u.in
	d.Octets = d.Octets[:min(int(m.headers[i].size), cap(d.Octets))]
	d.Remote, d.Local, d.Err = m.names[i].get(), k.local, nil
	if failed {
		d.Err = errUnexplained
	}
	m.ancillary(i, func(level, kind int32, data []byte) {
		if a, ok := localOf(level, kind, data, failed); ok && !a.IsUnspecified() {
			d.Local = netip.AddrPortFrom(a, k.local.Port())
		}
		if r, ok := refusedOf(level, kind, data); ok && failed {
			d.Err = r
		}
	})
	if d.Err == nil && m.truncated(i) {
		d.Err = ErrTruncated
	}
}

// harmless is nil for errors of receiving after which one just goes on: nothing there any more, or a refusal, whose
// story is in the error queue.
func harmless(err error) error {
	if err == unix.EAGAIN || refusal(err) {
		return nil
	}
	return fmt.Errorf("receive: %w", err)
}

// Write sends datagrams, each from its Local (an unspecified address: the kernel chooses) to its Remote. It returns how
// many were sent and why the next one was not; the socket is usable afterwards.
func (u *UDP) Write(batch []Datagram) (n int, err error) {
	u.writing.Lock()
	defer u.writing.Unlock()
	for n < len(batch) {
		k, run, err := u.route(batch[n:])
		if err != nil {
			return n, err
		}
		for i, d := range batch[n : n+run] {
			u.out.prepare(i, d.Octets)
			u.out.headers[i].Namelen = u.out.names[i].set(d.Remote)
			u.out.from(i, d.Local.Addr())
		}
		sent, err := u.write(k, run)
		n += sent
		if err != nil {
			return n, fmt.Errorf("send from %v to %v: %w", batch[n].Local, batch[n].Remote, err)
		}
	}
	return n, nil
}

// route finds the socket for the first datagram, and how many after it take the same.
func (u *UDP) route(batch []Datagram) (k *socket, run int, err error) {
	same := func(d Datagram) bool {
		return d.Local.Port() == batch[0].Local.Port() && d.Remote.Addr().Is4() == batch[0].Remote.Addr().Is4()
	}
	at := slices.IndexFunc(u.list, func(k socket) bool {
		bound := k.local.Addr()
		return k.local.Port() == batch[0].Local.Port() && bound.Is4() == batch[0].Remote.Addr().Is4() &&
			(bound.IsUnspecified() || batch[0].Local.Addr().IsUnspecified() || bound == batch[0].Local.Addr())
	})
	if at < 0 || !batch[0].Remote.IsValid() {
		return nil, 0, fmt.Errorf("send from %v to %v: no socket for that among %v", batch[0].Local, batch[0].Remote, u.Local())
	}
	for run < min(len(batch), maxBatch) && same(batch[run]) {
		run++
	}
	return &u.list[at], run, nil
}

// Close closes the sockets and ends Read and Write.
func (u *UDP) Close() error { return u.close() }
