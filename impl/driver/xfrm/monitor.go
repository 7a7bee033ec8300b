package xfrm

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
	"unsafe"

	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"

	"ikewit/impl/sadb"
	"ikewit/impl/sadb/events"
)

// A monitor listens to the kernel's own messages. Its socket is non-blocking and in the runtime's poller, so that
// close wakes the reader.
type monitor struct {
	file  *os.File
	queue *events.Queue[sadb.Event]
	told  mappings
	wait  sync.WaitGroup
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
	m := &monitor{file: os.NewFile(uintptr(fd), "xfrm events"), queue: events.New[sadb.Event]()}
	m.wait.Go(m.read)
	return m, nil
}

func (m *monitor) close() error {
	err := m.file.Close()
	m.wait.Wait()
	m.queue.Close()
	return err
}

func (m *monitor) read() {
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
			if moved, ok := event.(sadb.Moved); !ok || m.told.news(moved, time.Now()) {
				m.queue.Put(event)
			}
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
