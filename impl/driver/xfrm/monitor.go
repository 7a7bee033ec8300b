package xfrm

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"sync"
	"unsafe"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"ikewit/impl/sadb"
)

// A monitor listens to the kernel's own messages. Its socket is non-blocking and in the runtime's poller, so that
// close wakes the reader.
type monitor struct {
	file   *os.File
	events chan sadb.Event
	queue  chan sadb.Event // between the reader and the unbounded buffer
	done   chan struct{}
	wait   sync.WaitGroup
}

// receiveBuffer holds a burst of acquires: each is some hundred octets.
const receiveBuffer = 4 << 20

func listen() (*monitor, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_XFRM)
	if err != nil {
		return nil, err
	}
	unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) // without privilege the default serves
	groups := uint32(1<<(nl.XFRMNLGRP_ACQUIRE-1) | 1<<(nl.XFRMNLGRP_EXPIRE-1) | 1<<(nl.XFRMNLGRP_MAPPING-1))
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		unix.Close(fd)
		return nil, err
	}
	m := &monitor{
		file: os.NewFile(uintptr(fd), "xfrm events"), events: make(chan sadb.Event),
		queue: make(chan sadb.Event), done: make(chan struct{}),
	}
	m.wait.Add(2)
	go m.read()
	go m.deliver()
	return m, nil
}

func (m *monitor) close() error {
	close(m.done)
	err := m.file.Close()
	m.wait.Wait()
	return err
}

func (m *monitor) read() {
	defer m.wait.Done()
	defer close(m.queue)
	buffer := make([]byte, 64<<10)
	for {
		n, err := m.file.Read(buffer)
		if errors.Is(err, unix.ENOBUFS) {
			continue // the kernel dropped some; the next packet asks again
		}
		if err != nil {
			return
		}
		messages, _ := parseMessages(buffer[:n]) // what makes no sense, and what is behind it, is passed over
		for _, event := range messages {
			select {
			case m.queue <- event:
			case <-m.done:
				return
			}
		}
	}
}

// deliver keeps events until they are taken, so that a slow reader loses none.
func (m *monitor) deliver() {
	defer m.wait.Done()
	defer close(m.events)
	var waiting []sadb.Event
	for {
		var out chan sadb.Event
		var next sadb.Event
		if len(waiting) > 0 {
			out, next = m.events, waiting[0]
		}
		select {
		case event, ok := <-m.queue:
			if !ok {
				return
			}
			waiting = append(waiting, event)
		case out <- next:
			waiting = waiting[1:]
		case <-m.done:
			return
		}
	}
}

// parseMessages reads what one receive brought. Messages that are no events are passed over.
func parseMessages(octets []byte) ([]sadb.Event, error) {
	var list []sadb.Event
	for len(octets) >= unix.SizeofNlMsghdr {
		length := int(nl.NativeEndian().Uint32(octets))
		kind := nl.NativeEndian().Uint16(octets[4:])
		if length < unix.SizeofNlMsghdr || length > len(octets) {
			return list, fmt.Errorf("netlink message of %d octets in %d", length, len(octets))
		}
		event, err := parseEvent(kind, octets[unix.SizeofNlMsghdr:length])
		if err != nil {
			return list, err
		}
		if event != nil {
			list = append(list, event)
		}
		octets = octets[min((length+3)&^3, len(octets)):]
	}
	return list, nil
}

func parseEvent(kind uint16, body []byte) (sadb.Event, error) {
	switch kind {
	case nl.XFRM_MSG_ACQUIRE:
		return parseAcquire(body)
	case nl.XFRM_MSG_EXPIRE:
		if len(body) < nl.SizeofXfrmUserExpire {
			return nil, fmt.Errorf("expire message of %d octets", len(body))
		}
		m := nl.DeserializeXfrmUserExpire(body)
		return sadb.Expire{SA: saOf(&m.XfrmUsersaInfo), Hard: m.Hard != 0}, nil
	case nl.XFRM_MSG_MAPPING:
		return parseMapping(body)
	}
	return nil, nil
}

// userAcquire is struct xfrm_user_acquire of include/uapi/linux/xfrm.h.
type userAcquire struct {
	ID                     nl.XfrmId
	Saddr                  nl.XfrmAddress
	Sel                    nl.XfrmSelector
	Policy                 nl.XfrmUserpolicyInfo
	Aalgos, Ealgos, Calgos uint32
	Seq                    uint32
}

const sizeofUserAcquire = int(unsafe.Sizeof(userAcquire{}))

func parseAcquire(body []byte) (sadb.Event, error) {
	if len(body) < sizeofUserAcquire {
		return nil, fmt.Errorf("acquire message of %d octets, at least %d are needed", len(body), sizeofUserAcquire)
	}
	m := (*userAcquire)(unsafe.Pointer(&body[0]))
	list, err := templatesIn(body[sizeofUserAcquire:])
	if err != nil {
		return nil, err
	}
	a := sadb.Acquire{Packet: selectorOf(m.Sel), Policy: policyOf(&m.Policy), Seq: m.Seq}
	a.Policy.Do, a.Policy.Templates = sadb.Protect, list
	if len(list) > 0 {
		a.Template = list[0]
	}
	// The kernel names the outer addresses that it wants; a transport mode template leaves them open.
	a.Template.Src, a.Template.Dst = addressOf(m.Saddr, m.Sel.Family), addressOf(m.ID.Daddr, m.Sel.Family)
	if len(list) > 0 && list[0].Dst.IsValid() {
		a.Template.Src, a.Template.Dst = list[0].Src, list[0].Dst
	}
	return a, nil
}

// userMapping is struct xfrm_user_mapping of include/uapi/linux/xfrm.h: the kernel has opened ESP in UDP of an inbound SA that came
// from another end than the SA says. It says so once a packet until the SA is changed.
type userMapping struct {
	ID       nl.XfrmUsersaId
	Reqid    uint32
	Old, New nl.XfrmAddress
	OldSport uint16 // in the order of the wire
	NewSport uint16
}

const sizeofUserMapping = int(unsafe.Sizeof(userMapping{}))

func parseMapping(body []byte) (sadb.Event, error) {
	if len(body) < sizeofUserMapping {
		return nil, fmt.Errorf("mapping message of %d octets, at least %d are needed", len(body), sizeofUserMapping)
	}
	m := (*userMapping)(unsafe.Pointer(&body[0]))
	return sadb.Moved{
		ID:     sadb.ID{SPI: network32(m.ID.Spi), Dst: addressOf(m.ID.Daddr, m.ID.Family), Proto: sadb.Protocol(m.ID.Proto)},
		Remote: netip.AddrPortFrom(addressOf(m.New, m.ID.Family), network16(m.NewSport)),
	}, nil
}
