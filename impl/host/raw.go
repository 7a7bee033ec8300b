package host

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"golang.org/x/sys/unix"
)

// RawOptions say which sockets to open. The zero value opens those of ESP and AH for all addresses.
type RawOptions struct {
	In        Inside
	Listen    netip.Addr // not valid: all addresses of IPv4 and IPv6
	Protocols []int      // IP protocol numbers; nil: 50, 51, and 17 for ESP in UDP (see Packet.UDP)
	Mark      uint32     // of packets sent, for the rules of a Diversion (SO_MARK); 0: none
}

// A Raw is a set of raw sockets that carry whole IP packets: for each protocol one of IPv4 and one of IPv6.
// All methods may be called by several goroutines.
//
// The kernel puts fragments together before packets come here. It gives no IPv6 header to a raw socket: one is made
// from what it tells beside the packet. Extension headers in front of ESP or AH are lost that way, and an AH that
// covers some does not verify.
type Raw struct{ *sockets }

// A Packet is a whole IP packet with room around it: Buffer[From:To].
//
// With Err, it is word that this packet, which was sent, did not arrive: Err is a *Refused, and the packet may be only
// the beginning of what was sent. Err is ErrTruncated for a packet that arrived and did not fit.
type Packet struct {
	Buffer   []byte
	From, To int
	UDP      bool // Read: it came as ESP in UDP, to port 4500
	Err      error
}

// Octets is the packet itself; it shares Buffer.
func (p *Packet) Octets() []byte { return p.Buffer[p.From:p.To] }

// OpenRaw opens raw sockets; it takes CAP_NET_RAW. On a host without IPv6 those of IPv4 do.
func OpenRaw(o RawOptions) (*Raw, error) {
	if o.Protocols == nil {
		o.Protocols = []int{unix.IPPROTO_ESP, unix.IPPROTO_AH, unix.IPPROTO_UDP}
	}
	addrs := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	if o.Listen.IsValid() {
		addrs = []netip.Addr{o.Listen.Unmap()}
	}
	s, err := newSockets(o.In, func(s *sockets) error {
		for _, protocol := range o.Protocols {
			for _, a := range addrs {
				fd, err := openRaw(a, protocol, o.Mark)
				if errors.Is(err, unix.EAFNOSUPPORT) && a.Is6() && !o.Listen.IsValid() {
					continue
				}
				if err != nil {
					return fmt.Errorf("open a raw socket for IP protocol %d at %v: %w", protocol, a, err)
				}
				if err := s.add(socket{fd: fd, local: netip.AddrPortFrom(a, 0), proto: protocol}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &Raw{s}, nil
}

func openRaw(local netip.Addr, protocol int, mark uint32) (fd int, err error) {
	family, level, options := unix.AF_INET, unix.IPPROTO_IP, []int{
		unix.IP_HDRINCL, 1, unix.IP_RECVERR, 1, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_INTERFACE,
	}
	if local.Is6() {
		family, level, options = unix.AF_INET6, unix.IPPROTO_IPV6, []int{
			unix.IPV6_HDRINCL, 1, unix.IPV6_RECVERR, 1, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_INTERFACE,
			unix.IPV6_RECVPKTINFO, 1, unix.IPV6_RECVHOPLIMIT, 1, ipv6FlowInfo, 1,
		}
	}
	fd, err = unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if errors.Is(err, unix.EPERM) {
		err = fmt.Errorf("%w (it takes root or CAP_NET_RAW)", err)
	}
	if err != nil {
		return -1, err
	}
	err = setOptions(fd, level, options...)
	if err == nil && mark != 0 {
		err = setOptions(fd, unix.SOL_SOCKET, unix.SO_MARK, int(mark))
	}
	if err == nil && protocol == unix.IPPROTO_UDP {
		err = onlyESPInUDP(fd, local.Is4())
	}
	if err == nil && !local.IsUnspecified() {
		err = bind(fd, netip.AddrPortFrom(local, 0))
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Read waits for packets and returns how many it read: at least one, unless there is an error. Every Buffer is the
// caller's, and so is From: packets are put there, and To is set. After Close the error is os.ErrClosed.
func (r *Raw) Read(batch []Packet) (int, error) {
	batch = batch[:min(len(batch), maxBatch)]
	return r.read(func(k *socket, failed bool) (int, error) {
		m, front, flags := &r.in, 0, 0
		if failed {
			flags = unix.MSG_ERRQUEUE // what comes from there has its header
		} else if k.local.Addr().Is6() {
			front = ipv6Header
		}
		for i, p := range batch {
			m.prepare(i, p.Buffer[min(p.From+front, len(p.Buffer)):])
		}
		n, err := m.receive(k.fd, len(batch), flags)
		if err != nil {
			return 0, harmless(err)
		}
		for i := range batch[:n] {
			r.take(&batch[i], i, k, front, failed)
		}
		return n, nil
	})
}

// take makes a packet of received message i.
func (r *Raw) take(p *Packet, i int, k *socket, front int, failed bool) {
	m := &r.in
	p.UDP = k.proto == unix.IPPROTO_UDP
	p.To, p.Err = min(p.From+front+int(m.headers[i].size), len(p.Buffer)), nil
	if m.truncated(i) || p.To < p.From+front {
		p.Err = ErrTruncated
	}
	switch {
	case failed:
		p.Err = errUnexplained
		m.ancillary(i, func(level, kind int32, data []byte) {
			if refused, ok := refusedOf(level, kind, data); ok {
				p.Err = refused
			}
		})
	case front > 0 && p.To >= p.From+front:
		m.writeHeader(i, k.proto, p.Octets())
	}
}

const ipv6FlowInfo = 11 // IPV6_FLOWINFO of linux/in6.h

const (
	ipv4Header = 20 // octets at least: RFC 791 section 3.1
	ipv6Header = 40 // octets: RFC 8200 section 3
)

// writeHeader makes the IPv6 header of a packet whose body is already in place from what the kernel told beside it.
func (m *mmsg) writeHeader(i, protocol int, packet []byte) {
	var flow, hops [4]byte
	var dst [16]byte
	m.ancillary(i, func(level, kind int32, data []byte) {
		switch {
		case level != unix.IPPROTO_IPV6:
		case kind == unix.IPV6_PKTINFO:
			copy(dst[:], data)
		case kind == unix.IPV6_HOPLIMIT:
			copy(hops[:], data)
		case kind == ipv6FlowInfo: // only there if it is not 0: traffic class and flow label as on the wire
			copy(flow[:], data)
		}
	})
	copy(packet, flow[:])
	packet[0] |= 6 << 4
	binary.BigEndian.PutUint16(packet[4:], uint16(len(packet)-ipv6Header))
	packet[6], packet[7] = byte(protocol), byte(binary.NativeEndian.Uint32(hops[:]))
	src := m.names[i].Addr
	copy(packet[8:], src[:])
	copy(packet[24:], dst[:])
}

// Write sends packets to the destinations in their headers. It returns how many were sent and why the next one was not
// (EMSGSIZE: it is longer than the link allows); the socket is usable afterwards. Of an IPv4 header the kernel fills
// in the checksum, and the identification if it is 0.
func (r *Raw) Write(batch []Packet) (n int, err error) {
	r.writing.Lock()
	defer r.writing.Unlock()
	for n < len(batch) {
		k, run := r.route(batch[n:])
		if k == nil {
			return n, fmt.Errorf("send: %d octets that are no IP packet, or of a family without a socket", batch[n].To-batch[n].From)
		}
		for i := range batch[n : n+run] {
			p := batch[n+i].Octets()
			r.out.prepare(i, p)
			r.out.headers[i].Namelen = r.out.names[i].set(netip.AddrPortFrom(destination(p), 0))
			r.out.headers[i].SetControllen(0)
		}
		sent, err := r.write(k, run)
		n += sent
		if err != nil {
			return n, fmt.Errorf("send to %v: %w", destination(batch[n].Octets()), err)
		}
	}
	return n, nil
}

// route finds the socket for the first packet, and how many after it take the same. Sockets with headers included send
// packets of every protocol.
func (r *Raw) route(batch []Packet) (k *socket, run int) {
	first := destination(batch[0].Octets())
	for i := range r.list {
		if first.IsValid() && r.list[i].local.Addr().Is4() == first.Is4() {
			k = &r.list[i]
			break
		}
	}
	for run < min(len(batch), maxBatch) {
		if to := destination(batch[run].Octets()); !to.IsValid() || to.Is4() != first.Is4() {
			break
		}
		run++
	}
	return k, run
}

// destination reads the destination of an IP packet; it is not valid if there is none.
func destination(packet []byte) netip.Addr {
	switch {
	case len(packet) >= ipv4Header && packet[0]>>4 == 4:
		return netip.AddrFrom4([4]byte(packet[16:20]))
	case len(packet) >= ipv6Header && packet[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(packet[24:40]))
	}
	return netip.Addr{}
}

// Close closes the sockets and ends Read and Write.
func (r *Raw) Close() error { return r.close() }
