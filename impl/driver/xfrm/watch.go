package xfrm

import (
	"errors"
	"fmt"
	"os"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"ikewit/impl/sadb"
)

// Kind says what a Notice tells.
type Kind uint8

// Other is whatever is not about an SA: policies, counters, reports.
const (
	Other Kind = iota
	Added
	Updated
	Deleted
	Flushed // SA.Proto is the protocol; 0: all
	Expired
	Acquired
)

// A Notice is something that the kernel tells of its databases, whoever did it.
type Notice struct {
	Kind    Kind
	SA      sadb.SA // with its keys when it is new
	Hard    bool    // of Expired
	Acquire sadb.Acquire
	Seq     uint32 // of the netlink message
	Type    uint16 // its number
	Body    []byte // its octets
}

// A Watcher receives notices.
type Watcher struct {
	file    *os.File
	buffer  []byte
	pending []byte // of the datagram that was read last
}

// Watch listens, in the network namespace of the calling thread, to what is done to SAs and what ends; active: also to requests for
// SAs, policies, counters, reports and mappings.
func Watch(active bool) (*Watcher, error) {
	groups := []uint{nl.XFRMNLGRP_SA, nl.XFRMNLGRP_EXPIRE}
	if active {
		groups = append(groups, nl.XFRMNLGRP_ACQUIRE, nl.XFRMNLGRP_POLICY, nl.XFRMNLGRP_AEVENTS, nl.XFRMNLGRP_REPORT, nl.XFRMNLGRP_MAPPING)
	}
	var mask uint32
	for _, g := range groups {
		mask |= 1 << (g - 1)
	}
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_XFRM)
	if err != nil {
		return nil, fmt.Errorf("listen to XFRM events: %w", explain(err))
	}
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) // without privilege the default serves
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: mask}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("listen to XFRM events: %w", explain(err))
	}
	return &Watcher{file: os.NewFile(uintptr(fd), "xfrm watch"), buffer: make([]byte, 64<<10)}, nil
}

// Close ends the watcher, and Next.
func (w *Watcher) Close() error { return w.file.Close() }

// Next waits for a notice. unix.ENOBUFS says that some were lost.
func (w *Watcher) Next() (Notice, error) {
	for len(w.pending) < unix.SizeofNlMsghdr {
		n, err := w.file.Read(w.buffer)
		if err != nil {
			if errors.Is(err, unix.ENOBUFS) {
				return Notice{}, unix.ENOBUFS
			}
			return Notice{}, err
		}
		w.pending = w.buffer[:n]
	}
	length := int(nl.NativeEndian().Uint32(w.pending))
	if length < unix.SizeofNlMsghdr || length > len(w.pending) {
		w.pending = nil
		return Notice{}, fmt.Errorf("netlink message of %d octets", length)
	}
	n := Notice{Type: nl.NativeEndian().Uint16(w.pending[4:]), Seq: nl.NativeEndian().Uint32(w.pending[8:]),
		Body: append([]byte(nil), w.pending[unix.SizeofNlMsghdr:length]...)}
	w.pending = w.pending[min((length+3)&^3, len(w.pending)):]
	n.read()
	return n, nil
}

// read takes the body apart. What is too short stays an Other.
func (n *Notice) read() {
	switch {
	case (n.Type == nl.XFRM_MSG_NEWSA || n.Type == nl.XFRM_MSG_UPDSA) && len(n.Body) >= nl.SizeofXfrmUsersaInfo:
		n.Kind, n.SA = Added, saOf(nl.DeserializeXfrmUsersaInfo(n.Body))
		if n.Type == nl.XFRM_MSG_UPDSA {
			n.Kind = Updated
		}
		if sa, err := parseSA(n.Body); err == nil { // else it has an algorithm that we do not know
			n.SA = sa
		}
	case n.Type == nl.XFRM_MSG_DELSA && len(n.Body) >= nl.SizeofXfrmUsersaId:
		n.readDeleted()
	case n.Type == nl.XFRM_MSG_FLUSHSA && len(n.Body) >= 1:
		n.Kind, n.SA.Proto = Flushed, sadb.Protocol(n.Body[0])
	case n.Type == nl.XFRM_MSG_EXPIRE && len(n.Body) >= nl.SizeofXfrmUserExpire:
		m := nl.DeserializeXfrmUserExpire(n.Body)
		n.Kind, n.SA, n.Hard = Expired, saOf(&m.XfrmUsersaInfo), m.Hard != 0
	case n.Type == nl.XFRM_MSG_ACQUIRE:
		if e, err := parseAcquire(n.Body); err == nil {
			n.Kind, n.Acquire = Acquired, e.(sadb.Acquire)
		}
	}
}

// readDeleted: the name of the SA, and the SA in an attribute.
func (n *Notice) readDeleted() {
	id := nl.DeserializeXfrmUsersaId(n.Body)
	n.Kind = Deleted
	n.SA = sadb.SA{SPI: network32(id.Spi), Proto: sadb.Protocol(id.Proto), Dst: addressOf(id.Daddr, id.Family)}
	attributes, err := nl.ParseRouteAttr(n.Body[nl.SizeofXfrmUsersaId:])
	if err != nil {
		return
	}
	for _, a := range attributes {
		if a.Attr.Type == nl.XFRMA_SA && len(a.Value) >= nl.SizeofXfrmUsersaInfo {
			n.SA = saOf(nl.DeserializeXfrmUsersaInfo(a.Value))
		}
	}
}
