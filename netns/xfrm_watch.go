package netns

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// A KernelNotice is one thing that the kernel told everybody who listens, whoever did it.
type KernelNotice struct {
	At     time.Time
	What   string       // "add SA", "delete policy", "acquire", "hard expire" ...: the words of kernelWords
	SA     KernelSA     // SPI, protocol and addresses; of those about SAs
	Policy KernelPolicy // direction; of those about policies
}

// kernelWords names the messages of XFRM. An added policy is told as an update where whoever did it allowed a replacement.
var kernelWords = map[uint16]string{
	nl.XFRM_MSG_NEWSA: "add SA", nl.XFRM_MSG_UPDSA: "update SA", nl.XFRM_MSG_DELSA: "delete SA", nl.XFRM_MSG_FLUSHSA: "flush SAs",
	nl.XFRM_MSG_NEWPOLICY: "add policy", nl.XFRM_MSG_UPDPOLICY: "add policy", nl.XFRM_MSG_DELPOLICY: "delete policy",
	nl.XFRM_MSG_FLUSHPOLICY: "flush policies", nl.XFRM_MSG_ACQUIRE: "acquire", nl.XFRM_MSG_EXPIRE: "expire",
	nl.XFRM_MSG_MAPPING: "mapping",
}

// A KernelWatch listens to what the kernel of a host tells about SAs and policies.
type KernelWatch struct {
	file *os.File
	host string
}

// WatchKernel begins to listen. Nothing that is done afterwards is missed.
func (h *Host) WatchKernel() (*KernelWatch, error) {
	var fd int
	err := h.Do(func() (err error) {
		fd, err = unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.NETLINK_XFRM)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("host %q: watch XFRM: %w", h.name, err)
	}
	var groups uint32
	for _, g := range []uint{nl.XFRMNLGRP_ACQUIRE, nl.XFRMNLGRP_EXPIRE, nl.XFRMNLGRP_SA, nl.XFRMNLGRP_POLICY, nl.XFRMNLGRP_MAPPING} {
		groups |= 1 << (g - 1)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		unix.Close(fd)
		return nil, fmt.Errorf("host %q: watch XFRM: %w", h.name, err)
	}
	return &KernelWatch{os.NewFile(uintptr(fd), "xfrm watch"), h.name}, nil
}

// Close ends Next.
func (w *KernelWatch) Close() error { return w.file.Close() }

// Next waits for what is told next: several notices where they came together. The error is final; unix.ENOBUFS says that
// some were lost.
func (w *KernelWatch) Next() ([]KernelNotice, error) {
	buffer := make([]byte, 64<<10)
	n, err := w.file.Read(buffer)
	if err != nil {
		return nil, fmt.Errorf("host %q: watch XFRM: %w", w.host, err)
	}
	return kernelNotices(buffer[:n], time.Now())
}

// kernelNotices takes one datagram apart. Messages of other kinds are passed over.
func kernelNotices(octets []byte, at time.Time) (list []KernelNotice, err error) {
	for len(octets) >= unix.SizeofNlMsghdr {
		length := int(nl.NativeEndian().Uint32(octets))
		if length < unix.SizeofNlMsghdr || length > len(octets) {
			return list, fmt.Errorf("netlink message of %d octets in %d", length, len(octets))
		}
		kind := nl.NativeEndian().Uint16(octets[4:])
		if what := kernelWords[kind]; what != "" {
			n := KernelNotice{At: at, What: what}
			n.read(kind, octets[unix.SizeofNlMsghdr:length])
			list = append(list, n)
		}
		octets = octets[min((length+3)&^3, len(octets)):]
	}
	return list, nil
}

// read fills in what the body tells; a body that is too short tells nothing.
func (n *KernelNotice) read(kind uint16, body []byte) {
	has := func(least int) bool { return len(body) >= least }
	switch {
	case (kind == nl.XFRM_MSG_NEWSA || kind == nl.XFRM_MSG_UPDSA) && has(nl.SizeofXfrmUsersaInfo):
		n.SA = named(nl.DeserializeXfrmUsersaInfo(body))
	case kind == nl.XFRM_MSG_EXPIRE && has(nl.SizeofXfrmUserExpire):
		m := nl.DeserializeXfrmUserExpire(body)
		n.SA, n.What = named(&m.XfrmUsersaInfo), "soft expire"
		if m.Hard != 0 {
			n.What = "hard expire"
		}
	case (kind == nl.XFRM_MSG_DELSA || kind == nl.XFRM_MSG_MAPPING) && has(nl.SizeofXfrmUsersaId):
		m := nl.DeserializeXfrmUsersaId(body)
		n.SA = KernelSA{SPI: nl.Swap32(m.Spi), Proto: m.Proto, Dst: addrOf(m.Daddr.ToIP())}
	case (kind == nl.XFRM_MSG_NEWPOLICY || kind == nl.XFRM_MSG_UPDPOLICY) && has(nl.SizeofXfrmUserpolicyInfo):
		n.Policy.Direction = directionName(nl.DeserializeXfrmUserpolicyInfo(body).Dir)
	case kind == nl.XFRM_MSG_DELPOLICY && has(nl.SizeofXfrmUserpolicyId):
		n.Policy.Direction = directionName(nl.DeserializeXfrmUserpolicyId(body).Dir)
	}
}

// named is the name of an SA and its ends.
func named(m *nl.XfrmUsersaInfo) KernelSA {
	return KernelSA{SPI: nl.Swap32(m.Id.Spi), Proto: m.Id.Proto, Src: addrOf(m.Saddr.ToIP()), Dst: addrOf(m.Id.Daddr.ToIP())}
}

// directionName gives "" for the policies of sockets.
func directionName(n uint8) string {
	for _, name := range []string{"in", "out", "fwd"} {
		if directions[name] == netlink.Dir(n) {
			return name
		}
	}
	return ""
}

// KernelNoticeWords lists what a notice may be.
func KernelNoticeWords() []string {
	list := []string{"soft expire", "hard expire"}
	for _, word := range kernelWords {
		if word != "expire" && !slices.Contains(list, word) {
			list = append(list, word)
		}
	}
	slices.Sort(list)
	return list
}
